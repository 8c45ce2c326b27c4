//===- VectorAccess.cpp - Vectors in the operands of a linalg op ----------===//

#include "VectorAccess.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bptt;

std::optional<OperandAccess> OperandAccess::get(linalg::LinalgOp op,
                                                OpOperand &operand) {
  AffineMap map = op.getMatchingIndexingMap(&operand);
  auto type = dyn_cast<MemRefType>(operand.get().getType());
  if (!type || !map.isProjectedPermutation())
    return std::nullopt;
  OperandAccess access;
  int64_t offset;
  if (failed(type.getStridesAndOffset(access.strides, offset)))
    return std::nullopt;
  access.memref = operand.get();
  access.type = type;
  for (AffineExpr expr : map.getResults())
    access.loopOfDim.push_back(cast<AffineDimExpr>(expr).getPosition());
  return access;
}

std::optional<unsigned> OperandAccess::getPosition(unsigned loop) const {
  const unsigned *found = llvm::find(loopOfDim, loop);
  if (found == loopOfDim.end())
    return std::nullopt;
  return found - loopOfDim.begin();
}

bool OperandAccess::isInnermost(unsigned loop,
                                ArrayRef<LoopExtent> loops) const {
  for (unsigned other : llvm::reverse(loopOfDim)) {
    if (other == loop)
      return true;
    if (loops[other].size != 1)
      return false;
  }
  return false;
}

bool OperandAccess::isContiguous(unsigned loop) const {
  std::optional<unsigned> position = getPosition(loop);
  return position && strides[*position] == 1 &&
         *position + 1 == loopOfDim.size();
}

SmallVector<Value> OperandAccess::select(ValueRange indices) const {
  return llvm::map_to_vector(loopOfDim,
                             [&](unsigned loop) { return indices[loop]; });
}

Value OperandAccess::loadScalar(OpBuilder &builder, Location loc,
                                ValueRange indices) const {
  return memref::LoadOp::create(builder, loc, memref, select(indices));
}

void OperandAccess::storeScalar(OpBuilder &builder, Location loc, Value scalar,
                                ValueRange indices) const {
  memref::StoreOp::create(builder, loc, scalar, memref, select(indices));
}

Value OperandAccess::forEachLane(
    OpBuilder &builder, Location loc, ValueRange indices, const Lanes &lanes,
    Value carried,
    function_ref<Value(OpBuilder &, int64_t, ValueRange, Value)> body) const {
  SmallVector<Value> at = select(indices);
  Value first = at[*getPosition(lanes.loop)];
  for (int64_t lane = 0; lane < lanes.count; ++lane) {
    auto visit = [&](OpBuilder &inner) {
      Value offset = arith::ConstantIndexOp::create(inner, loc, lane);
      at[*getPosition(lanes.loop)] =
          arith::AddIOp::create(inner, loc, first, offset);
      return body(inner, lane, at, carried);
    };
    if (!lanes.mask) {
      carried = visit(builder);
      continue;
    }
    Value active = vector::ExtractOp::create(builder, loc, lanes.mask, lane);
    auto yield = [&](OpBuilder &inner, Location, Value value) {
      scf::YieldOp::create(inner, loc,
                           value ? ValueRange(value) : ValueRange());
    };
    auto branch = scf::IfOp::create(
        builder, loc, active,
        [&](OpBuilder &inner, Location) { yield(inner, loc, visit(inner)); },
        [&](OpBuilder &inner, Location) { yield(inner, loc, carried); });
    if (carried)
      carried = branch.getResult(0);
  }
  return carried;
}

Value OperandAccess::load(OpBuilder &builder, Location loc, ValueRange indices,
                          const Lanes &lanes) const {
  auto vectorType = VectorType::get({lanes.count}, getElementType());
  if (!uses(lanes.loop))
    return vector::BroadcastOp::create(builder, loc, vectorType,
                                       loadScalar(builder, loc, indices));
  if (isContiguous(lanes.loop) && !lanes.mask)
    return vector::LoadOp::create(builder, loc, vectorType, memref,
                                  select(indices));
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(vectorType));
  if (isContiguous(lanes.loop))
    return vector::MaskedLoadOp::create(builder, loc, vectorType, memref,
                                        select(indices), lanes.mask, zero);
  return forEachLane(
      builder, loc, indices, lanes, zero,
      [&](OpBuilder &inner, int64_t lane, ValueRange at,
          Value carried) -> Value {
        Value element = memref::LoadOp::create(inner, loc, memref, at);
        return vector::InsertOp::create(inner, loc, element, carried, lane);
      });
}

void OperandAccess::store(OpBuilder &builder, Location loc, Value vector,
                          ValueRange indices, const Lanes &lanes) const {
  if (isContiguous(lanes.loop) && !lanes.mask)
    vector::StoreOp::create(builder, loc, vector, memref, select(indices));
  else if (isContiguous(lanes.loop))
    vector::MaskedStoreOp::create(builder, loc, memref, select(indices),
                                  lanes.mask, vector);
  else
    forEachLane(builder, loc, indices, lanes, Value(),
                [&](OpBuilder &inner, int64_t lane, ValueRange at, Value) {
                  Value element =
                      vector::ExtractOp::create(inner, loc, vector, lane);
                  memref::StoreOp::create(inner, loc, element, memref, at);
                  return Value();
                });
}

SmallVector<LoopExtent> bptt::getLoopExtents(OpBuilder &builder,
                                             linalg::LinalgOp op) {
  SmallVector<LoopExtent> loops;
  for (Range range : op.createLoopRanges(builder, op.getLoc())) {
    std::optional<int64_t> size = getConstantIntValue(range.size);
    loops.push_back(
        {size.value_or(ShapedType::kDynamic),
         getValueOrCreateConstantIndexOp(builder, op.getLoc(), range.size)});
  }
  return loops;
}

int64_t bptt::getLaneCount(int64_t vectorBits, unsigned bits,
                           int64_t loopSize) {
  int64_t full = std::max<int64_t>(1, vectorBits / std::max(1u, bits));
  if (ShapedType::isDynamic(loopSize) || loopSize >= full)
    return full;
  return llvm::PowerOf2Ceil(std::max<int64_t>(loopSize, 1));
}

Value bptt::createPrefixMask(OpBuilder &builder, Location loc, int64_t count,
                             int64_t active) {
  SmallVector<bool> bits(count, false);
  std::fill_n(bits.begin(), active, true);
  auto type = VectorType::get({count}, builder.getI1Type());
  return arith::ConstantOp::create(builder, loc,
                                   DenseElementsAttr::get(type, bits));
}

Value bptt::createPrefixMask(OpBuilder &builder, Location loc, int64_t count,
                             Value active) {
  auto type = VectorType::get({count}, builder.getI1Type());
  return vector::CreateMaskOp::create(builder, loc, type, active);
}

Value bptt::reduceLanes(
    OpBuilder &builder, Location loc, Value vector,
    function_ref<Value(OpBuilder &, Value, Value)> combine) {
  auto half = [&](Value value, int64_t start, int64_t size) -> Value {
    return vector::ExtractStridedSliceOp::create(
        builder, loc, value, ArrayRef<int64_t>{start}, ArrayRef<int64_t>{size},
        ArrayRef<int64_t>{1});
  };
  int64_t count = cast<VectorType>(vector.getType()).getNumElements();
  for (int64_t size = count / 2; size >= 1; size /= 2)
    vector = combine(builder, half(vector, 0, size), half(vector, size, size));
  return vector::ExtractOp::create(builder, loc, vector, 0);
}
