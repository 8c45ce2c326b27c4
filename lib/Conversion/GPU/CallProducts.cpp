//===- CallProducts.cpp - Matrix products by a library --------------------===//

#include "CallProducts.h"

#include "HostAddress.h"
#include "HostConstants.h"
#include "MemoryRegion.h"

#include "../Contraction.h"

#include "bptt-c/cuda.h"
#include "bptt/Conversion/Passes.h"
#include "bptt/Transforms/Arena.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace bptt;

namespace bptt {
#define GEN_PASS_DEF_CALLPRODUCTS
#include "bptt/Conversion/Passes.h.inc"
} // namespace bptt

namespace {

/// A matrix in which the elements of a row, or else of a column, are
/// neighbours.
struct Matrix {
  Value memref;
  /// From row to row, or from column to column; in elements.
  int64_t stride;
  bool isTransposed;
};

/// out += lhs rhs, with the rows of `out` and `lhs` along `row`.
struct Product {
  unsigned row, column, term; ///< loops
  Matrix out, lhs, rhs;
  bptt_element factors, result;

  static std::optional<Product> match(linalg::LinalgOp op);
};

} // namespace

static std::optional<bptt_element> getElement(Value memref) {
  Type type = cast<MemRefType>(memref.getType()).getElementType();
  if (type.isF16())
    return BPTT_F16;
  if (type.isBF16())
    return BPTT_BF16;
  if (type.isF32())
    return BPTT_F32;
  if (type.isF64())
    return BPTT_F64;
  return std::nullopt;
}

/// `operand` as a matrix with its rows along loop `row` and its columns along
/// `column`; nothing where neighbours are neither.
static std::optional<Matrix> getMatrix(linalg::LinalgOp op, OpOperand &operand,
                                       unsigned row, unsigned column) {
  auto type = cast<MemRefType>(operand.get().getType());
  AffineMap map = op.getMatchingIndexingMap(&operand);
  SmallVector<int64_t> strides;
  int64_t offset;
  if (type.getRank() != 2 || !map.isProjectedPermutation() ||
      failed(type.getStridesAndOffset(strides, offset)))
    return std::nullopt;
  unsigned rowPlace = map.getDimPosition(0) == row ? 0 : 1;
  if (map.getDimPosition(rowPlace) != row ||
      map.getDimPosition(1 - rowPlace) != column)
    return std::nullopt;
  // A matrix of one row or one column may be seen either way; what is stored
  // row by row comes first.
  for (unsigned last : {1u, 0u}) {
    unsigned first = 1 - last;
    int64_t stride = strides[first];
    if (type.getDimSize(first) == 1)
      stride = std::max(stride, type.getDimSize(last));
    if (strides[last] == 1 && stride >= type.getDimSize(last))
      return Matrix{operand.get(), stride, /*isTransposed=*/last == rowPlace};
  }
  return std::nullopt;
}

std::optional<Product> Product::match(linalg::LinalgOp op) {
  OpBuilder builder(op);
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  if (extents.size() != 3 || llvm::any_of(extents, ShapedType::isDynamic) ||
      llvm::is_contained(extents, 0) || !Contraction::match(builder, op))
    return std::nullopt;
  auto dims = linalg::inferContractionDims(op);
  if (failed(dims) || dims->m.size() != 1 || dims->n.size() != 1 ||
      dims->k.size() != 1)
    return std::nullopt;
  Product product;
  product.row = dims->m.front();
  product.column = dims->n.front();
  product.term = dims->k.front();
  OpOperand *lhs = op.getDpsInputOperand(0), *rhs = op.getDpsInputOperand(1);
  OpOperand *init = op.getDpsInitOperand(0);
  // A constant is the host's, or a kernel's own.
  if (findConstant(lhs->get()) || findConstant(rhs->get()))
    return std::nullopt;
  auto out = getMatrix(op, *init, product.row, product.column);
  if (!out)
    return std::nullopt;
  if (out->isTransposed) {
    // out^T = rhs^T lhs^T
    std::swap(product.row, product.column);
    std::swap(lhs, rhs);
    out->isTransposed = false;
  }
  auto left = getMatrix(op, *lhs, product.row, product.term);
  auto right = getMatrix(op, *rhs, product.term, product.column);
  auto leftType = getElement(lhs->get()), rightType = getElement(rhs->get());
  auto resultType = getElement(init->get());
  bool isNarrow = leftType == BPTT_F16 || leftType == BPTT_BF16;
  if (!left || !right || !leftType || leftType != rightType || !resultType ||
      (leftType != resultType && !(isNarrow && resultType == BPTT_F32)))
    return std::nullopt;
  product.out = *out, product.lhs = *left, product.rhs = *right;
  product.factors = *leftType, product.result = *resultType;
  return product;
}

/// The fill with zero that `op` starts from, if nothing is between the two.
static linalg::FillOp findZeroFill(linalg::LinalgOp op) {
  Operation *previous = op->getPrevNode();
  while (previous && isPure(previous))
    previous = previous->getPrevNode();
  auto fill = dyn_cast_or_null<linalg::FillOp>(previous);
  if (!fill || !matchPattern(fill.getInputs().front(), m_PosZeroFloat()))
    return {};
  auto filled = MemoryRegion::get(fill.getOutputs().front());
  bool isSame =
      filled.isSameAs(MemoryRegion::get(op.getDpsInitOperand(0)->get()));
  return isSame ? fill : linalg::FillOp();
}

static void replaceByCall(linalg::LinalgOp op, const Product &product,
                          func::FuncOp callee) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  SmallVector<int64_t> extents = op.getStaticLoopRanges();
  int64_t flags = (product.lhs.isTransposed ? BPTT_TRANSPOSED_LHS : 0) |
                  (product.rhs.isTransposed ? BPTT_TRANSPOSED_RHS : 0);
  if (linalg::FillOp fill = findZeroFill(op))
    fill.erase();
  else
    flags |= BPTT_ACCUMULATE;
  SmallVector<Value> arguments;
  for (const Matrix &matrix : {product.out, product.lhs, product.rhs})
    arguments.push_back(getHostAddress(builder, loc, matrix.memref));
  for (int64_t number :
       {extents[product.row], extents[product.column], extents[product.term],
        product.out.stride, product.lhs.stride, product.rhs.stride,
        int64_t(product.factors), int64_t(product.result), flags})
    arguments.push_back(arith::ConstantIndexOp::create(builder, loc, number));
  func::CallOp::create(builder, loc, callee, arguments);
  op.erase();
}

namespace {
struct CallProducts : bptt::impl::CallProductsBase<CallProducts> {
  void runOnOperation() override {
    SmallVector<std::pair<linalg::LinalgOp, Product>> products;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function->hasAttr(kCompanionAttr))
        function.walk([&](linalg::LinalgOp op) {
          if (auto product = Product::match(op))
            products.emplace_back(op, *product);
        });
    if (products.empty())
      return;
    func::FuncOp callee = declare();
    for (auto &[op, product] : products)
      replaceByCall(op, product, callee);
  }

private:
  func::FuncOp declare() {
    OpBuilder builder = OpBuilder::atBlockEnd(getOperation().getBody());
    SmallVector<Type> types(kNumProductParameters, builder.getIndexType());
    auto callee =
        func::FuncOp::create(builder, getOperation().getLoc(), kProductFunction,
                             builder.getFunctionType(types, {}));
    callee.setPrivate();
    return callee;
  }
};
} // namespace
