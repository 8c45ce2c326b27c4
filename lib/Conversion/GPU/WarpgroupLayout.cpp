//===- WarpgroupLayout.cpp - Tiles for groups of warps --------------------===//

#include "WarpgroupLayout.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace bptt;

OpOperand &bptt::getFactor(const KernelNode &product, bool isLeft) {
  linalg::GenericOp op = product.op;
  unsigned left = product.product->left;
  return *op.getDpsInputOperand(isLeft ? left : 1 - left);
}

WarpgroupLayout WarpgroupLayout::get(const KernelNode &product, bool isLeft,
                                     int64_t lines) {
  linalg::GenericOp op = product.op;
  OpOperand &factor = getFactor(product, isLeft);
  AffineMap map = op.getMatchingIndexingMap(&factor);
  bool termsFirst = map.getDimPosition(map.getNumResults() - 1) ==
                    product.product->sum.back();
  const TensorFactors &factors = *product.product->tensor;
  return {termsFirst, lines, isLeft ? factors.leftParts : factors.rightParts,
          factors.type,
          cast<FloatType>(getElementTypeOrSelf(factor.get().getType()))};
}

int64_t WarpgroupLayout::getDescriptor() const {
  auto field = [](int64_t bytes, int bit) { return bytes >> 4 << bit; };
  // With neighbouring terms the leading offset is not read.
  int64_t leading = termsFirst ? 16 : getBoxBytes();
  int64_t swizzle = getRowBytes() == 128 ? 1 : getRowBytes() == 64 ? 2 : 3;
  return field(leading, 16) | field(8 * getRowBytes(), 32) | swizzle << 62;
}
