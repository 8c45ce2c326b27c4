//===- WarpgroupChoice.cpp - Products for groups of warps -----------------===//

#include "WarpgroupChoice.h"

#include "HostConstants.h"
#include "WarpgroupLayout.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace bptt;

/// The least that does not leave half of the smallest tile empty.
constexpr int64_t kMinRows = 33, kMinColumns = 17;

static Attribute getKind(const KernelNode &node) {
  linalg::GenericOp op = node.op;
  Builder builder(op);
  SmallVector<Attribute> kind{op.getIndexingMapsAttr(),
                              builder.getI64ArrayAttr(node.extents)};
  for (Value operand : op->getOperands())
    kind.push_back(TypeAttr::get(getElementTypeOrSelf(operand.getType())));
  return builder.getArrayAttr(kind);
}

/// Whether the copy engine brings the factor: a matrix in device memory, whose
/// base and strides are multiples of 16 bytes.
static bool isCopied(const KernelNode &product, bool isLeft) {
  OpOperand &operand = getFactor(product, isLeft);
  auto type = cast<MemRefType>(operand.get().getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  return type.getRank() == 2 &&
         succeeded(type.getStridesAndOffset(strides, offset)) &&
         strides[0] >= type.getDimSize(1) && !findConstant(operand.get()) &&
         product.product->isWide[operand.getOperandNumber()];
}

static bool canBeComputed(const KernelNode &node) {
  const ProductLoops &loops = *node.product;
  if (!loops.tensor || !loops.outer.empty() || loops.sum.size() != 1)
    return false;
  bool isNarrow = loops.tensor->type.isBF16() || loops.tensor->type.isF16();
  return isNarrow && node.extents[loops.row] >= kMinRows &&
         node.extents[loops.column] >= kMinColumns && isCopied(node, true) &&
         isCopied(node, false);
}

void WarpgroupChoice::add(const KernelNode &node) {
  if (!node.product)
    return;
  bool &all = kinds.try_emplace(getKind(node), true).first->second;
  all = all && canBeComputed(node);
}

bool WarpgroupChoice::covers(const KernelNode &node) const {
  return node.product && kinds.lookup(getKind(node));
}
