//===- SliceCotangent.cpp - Cotangents of parts of a tensor ---------------===//

#include "SliceCotangent.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace bptt {

SmallVector<OpFoldResult> getPrimal(ArrayRef<OpFoldResult> values,
                                    AdjointBuilder &adjoint) {
  return llvm::map_to_vector(values, [&](OpFoldResult value) -> OpFoldResult {
    if (auto dynamic = dyn_cast<Value>(value))
      return adjoint.getPrimal(dynamic);
    return value;
  });
}

SliceRange getSliceRange(OffsetSizeAndStrideOpInterface op,
                         AdjointBuilder &adjoint) {
  return {getPrimal(op.getMixedOffsets(), adjoint),
          getPrimal(op.getMixedSizes(), adjoint),
          getPrimal(op.getMixedStrides(), adjoint)};
}

/// Whether the offsets, sizes and strides are known, the strides being one.
static bool isDense(OffsetSizeAndStrideOpInterface op) {
  auto isStatic = [](int64_t value) { return !ShapedType::isDynamic(value); };
  return llvm::all_of(op.getStaticOffsets(), isStatic) &&
         llvm::all_of(op.getStaticSizes(), isStatic) &&
         llvm::all_of(op.getStaticStrides(),
                      [](int64_t stride) { return stride == 1; });
}

static bool areDisjoint(OffsetSizeAndStrideOpInterface a,
                        OffsetSizeAndStrideOpInterface b) {
  for (auto [offsetA, sizeA, offsetB, sizeB] :
       llvm::zip(a.getStaticOffsets(), a.getStaticSizes(), b.getStaticOffsets(),
                 b.getStaticSizes()))
    if (offsetA + sizeA <= offsetB || offsetB + sizeB <= offsetA)
      return true;
  return false;
}

static int64_t getCount(OffsetSizeAndStrideOpInterface op) {
  int64_t count = 1;
  for (int64_t size : op.getStaticSizes())
    count *= size;
  return count;
}

/// Slices inserted one after the other into zeros, none overlapping another.
struct DisjointSlices {
  linalg::FillOp zeros;
  SmallVector<tensor::InsertSliceOp> slices;
};

/// What `cotangent` is made of, if it is made of slices that leave the range of
/// `op` untouched.
static std::optional<DisjointSlices> matchDisjoint(Value cotangent,
                                                   tensor::ExtractSliceOp op) {
  DisjointSlices found;
  if (!isDense(op))
    return std::nullopt;
  while (auto insert = cotangent.getDefiningOp<tensor::InsertSliceOp>()) {
    if (!isDense(insert) || !areDisjoint(insert, op))
      return std::nullopt;
    for (tensor::InsertSliceOp other : found.slices)
      if (!areDisjoint(insert, other))
        return std::nullopt;
    found.slices.push_back(insert);
    cotangent = insert.getDest();
  }
  found.zeros = cotangent.getDefiningOp<linalg::FillOp>();
  if (!found.zeros || !matchPattern(found.zeros.value(), m_AnyZeroFloat()))
    return std::nullopt;
  return found;
}

/// Whether nothing but the next slice sees the partly filled tensors.
static bool isPrivate(DisjointSlices found, const AdjointBuilder &adjoint) {
  if (!found.zeros->hasOneUse() ||
      adjoint.isCotangent(found.zeros.getResult(0)))
    return false;
  return llvm::all_of(found.slices, [&](tensor::InsertSliceOp slice) {
    return slice->hasOneUse() && !adjoint.isCotangent(slice.getResult());
  });
}

void aliasSlices(Value source, AdjointBuilder &adjoint) {
  for (Operation *user : source.getUsers())
    if (auto slice = dyn_cast<tensor::ExtractSliceOp>(user);
        slice && isDense(slice))
      adjoint.aliasSlice(slice);
}

void addSliceCotangent(tensor::ExtractSliceOp op, Value g,
                       AdjointBuilder &adjoint) {
  Location loc = op.getLoc();
  OpBuilder &builder = adjoint.builder;
  SliceRange range = getSliceRange(op, adjoint);
  Value sum = adjoint.getAccumulator(loc, op.getSource());
  std::optional<DisjointSlices> disjoint = matchDisjoint(sum, op);
  if (!disjoint) {
    Value part = tensor::ExtractSliceOp::create(
        builder, loc, cast<RankedTensorType>(g.getType()), sum, range.offsets,
        range.sizes, range.strides);
    g = createAdd(builder, loc, part, g);
  }
  Value inserted = tensor::InsertSliceOp::create(
      builder, loc, g, sum, range.offsets, range.sizes, range.strides);
  adjoint.setCotangent(op.getSource(), inserted);
  if (!disjoint || !op.getSourceType().hasStaticShape())
    return;
  int64_t covered = getCount(op);
  for (tensor::InsertSliceOp slice : disjoint->slices)
    covered += getCount(slice);
  if (covered == op.getSourceType().getNumElements() &&
      isPrivate(*disjoint, adjoint))
    disjoint->zeros.getResult(0).replaceAllUsesWith(
        disjoint->zeros.getOutputs().front());
}

} // namespace bptt
