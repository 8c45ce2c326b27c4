//===- Adjoint.cpp - Reverse mode over one block --------------------------===//

#include "bptt/Differentiation/Adjoint.h"

#include "ScanActivity.h"
#include "bptt/Dialect/BPTT/IR/BPTTDialect.h"
#include "bptt/Dialect/BPTT/IR/Recurrence.h"
#include "bptt/Differentiation/DifferentiableOpInterface.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;

namespace bptt {

bool isDifferentiable(Type type) {
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    type = tensor.getElementType();
  return isa<FloatType>(type);
}

llvm::SetVector<Value> getCapturedValues(Operation *op) {
  llvm::SetVector<Value> captured;
  getUsedValuesDefinedAbove(op->getRegions(), captured);
  return captured;
}

SmallVector<Value> getUsedValues(Operation *op) {
  SmallVector<Value> values(op->getOperands());
  llvm::append_range(values, getCapturedValues(op));
  return values;
}

/// Results of `op`, any of whose operands may have its own influence.
static SmallVector<Value> getVaryingResults(linalg::GenericOp op,
                                            const ValueSet &varying) {
  SmallVector<Value> roots, results;
  for (OpOperand &operand : op->getOpOperands())
    if (varying.contains(operand.get()))
      roots.push_back(op.getMatchingBlockArgument(&operand));
  for (Value value : getCapturedValues(op))
    if (varying.contains(value))
      roots.push_back(value);
  ValueSet scalars = getVarying(*op.getBody(), roots);
  for (auto [result, yielded] :
       llvm::zip(op.getResults(), op.getBody()->getTerminator()->getOperands()))
    if (scalars.contains(yielded))
      results.push_back(result);
  return results;
}

static SmallVector<Value> getVaryingResults(Operation *op,
                                            const ValueSet &varying) {
  SmallVector<Value> results;
  if (llvm::none_of(getUsedValues(op),
                    [&](Value value) { return varying.contains(value); }))
    return results;
  if (auto scan = dyn_cast<ScanOp>(op))
    return getVaryingResults(scan, varying);
  if (auto generic = dyn_cast<linalg::GenericOp>(op))
    return getVaryingResults(generic, varying);
  llvm::copy_if(op->getResults(), std::back_inserter(results),
                [](Value value) { return isDifferentiable(value.getType()); });
  return results;
}

ValueSet getVarying(Block &block, ArrayRef<Value> roots) {
  ValueSet varying(roots.begin(), roots.end());
  for (Operation &op : block.without_terminator())
    for (Value result : getVaryingResults(&op, varying))
      varying.insert(result);
  return varying;
}

bool isRecomputable(Operation *op) {
  if (isa<ScanOp>(op))
    return false;
  if (auto structured = dyn_cast<linalg::LinalgOp>(op))
    return structured.getNumLoops() == structured.getNumParallelLoops();
  if (op->getNumRegions() != 0)
    return isa<tensor::PadOp, tensor::GenerateOp>(op);
  return isMemoryEffectFree(op);
}

LogicalResult describeAdjoint(Block &block, AdjointRequest &request) {
  for (Operation &op : llvm::reverse(block.without_terminator())) {
    if (llvm::none_of(op.getResults(),
                      [&](Value value) { return request.hasCotangent(value); }))
      continue;
    auto rule = dyn_cast<DifferentiableOpInterface>(op);
    if (!rule)
      return op.emitError() << "operation '" << op.getName()
                            << "' has no differentiation rule";
    if (failed(rule.describeAdjoint(request)))
      return failure();
  }
  return success();
}

LogicalResult buildAdjoint(Block &block, AdjointBuilder &adjoint) {
  // The adjoint may be built in the block itself, and a rule may replace its
  // operation.
  SmallVector<Operation *> operations;
  for (Operation &op : block.without_terminator())
    operations.push_back(&op);
  for (Operation *op : llvm::reverse(operations))
    if (llvm::any_of(op->getResults(),
                     [&](Value value) { return adjoint.isPending(value); }))
      if (failed(cast<DifferentiableOpInterface>(op).buildAdjoint(adjoint)))
        return failure();
  return success();
}

/// An element-wise linalg.generic whose results are of type `element`.
static Value
createElementwise(OpBuilder &builder, Location loc, ValueRange inputs,
                  Type element,
                  function_ref<Value(OpBuilder &, Location, ValueRange)> body) {
  auto type = cast<RankedTensorType>(inputs.front().getType()).clone(element);
  Value empty = tensor::EmptyOp::create(
      builder, loc, tensor::getMixedSizes(builder, loc, inputs.front()),
      element);
  SmallVector<AffineMap> maps(inputs.size() + 1,
                              builder.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      builder, loc, type, inputs, empty, maps, iterators,
      [&](OpBuilder &nested, Location nestedLoc, ValueRange arguments) {
        linalg::YieldOp::create(nested, nestedLoc,
                                body(nested, nestedLoc, arguments.drop_back()));
      });
  return generic.getResult(0);
}

Value createElementwise(
    OpBuilder &builder, Location loc, ValueRange inputs,
    function_ref<Value(OpBuilder &, Location, ValueRange)> body) {
  return createElementwise(builder, loc, inputs,
                           getElementTypeOrSelf(inputs.front().getType()),
                           body);
}

Value convertFloats(OpBuilder &builder, Location loc, Value value, Type like) {
  Type from = getElementTypeOrSelf(value.getType()),
       to = getElementTypeOrSelf(like);
  if (from == to)
    return value;
  if (isa<RankedTensorType>(value.getType()))
    return createElementwise(
        builder, loc, value, to,
        [&](OpBuilder &nested, Location at, ValueRange elements) {
          return convertFloats(nested, at, elements.front(), to);
        });
  if (from.getIntOrFloatBitWidth() < to.getIntOrFloatBitWidth())
    return arith::ExtFOp::create(builder, loc, to, value);
  return arith::TruncFOp::create(builder, loc, to, value);
}

/// A float as a cotangent.
static Value widen(OpBuilder &builder, Location loc, Value value) {
  return convertFloats(builder, loc, value, getCotangentType(value.getType()));
}

Value createOne(OpBuilder &builder, Location loc, Type type) {
  Value one = arith::ConstantOp::create(
      builder, loc, builder.getFloatAttr(getElementTypeOrSelf(type), 1.0));
  if (isa<FloatType>(type))
    return one;
  return tensor::FromElementsOp::create(builder, loc, type, one);
}

Value createAdd(OpBuilder &builder, Location loc, Value lhs, Value rhs) {
  auto add = [](OpBuilder &nested, Location at, ValueRange terms) -> Value {
    return arith::AddFOp::create(nested, at, widen(nested, at, terms[0]),
                                 widen(nested, at, terms[1]));
  };
  if (isa<FloatType>(lhs.getType()))
    return add(builder, loc, {lhs, rhs});
  return createElementwise(
      builder, loc, {lhs, rhs},
      getElementTypeOrSelf(getCotangentType(lhs.getType())), add);
}

Value createAddInPlace(OpBuilder &builder, Location loc, Value accumulator,
                       Value value) {
  int64_t rank = cast<RankedTensorType>(accumulator.getType()).getRank();
  SmallVector<AffineMap> maps(2, builder.getMultiDimIdentityMap(rank));
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      builder, loc, accumulator.getType(), value, accumulator, maps, iterators,
      [](OpBuilder &nested, Location nestedLoc, ValueRange arguments) {
        Value sum =
            arith::AddFOp::create(nested, nestedLoc, arguments[1],
                                  widen(nested, nestedLoc, arguments[0]));
        linalg::YieldOp::create(nested, nestedLoc, sum);
      });
  return generic.getResult(0);
}

Value createSum(OpBuilder &builder, Location loc, Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  Type element = getCotangentType(type.getElementType());
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(element));
  Value init = tensor::FromElementsOp::create(
      builder, loc, RankedTensorType::get({}, element), zero);
  SmallVector<AffineMap> maps{
      builder.getMultiDimIdentityMap(type.getRank()),
      AffineMap::get(type.getRank(), 0, builder.getContext())};
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::reduction);
  auto generic = linalg::GenericOp::create(
      builder, loc, init.getType(), tensor, init, maps, iterators,
      [](OpBuilder &nested, Location nestedLoc, ValueRange arguments) {
        Value sum =
            arith::AddFOp::create(nested, nestedLoc, arguments[1],
                                  widen(nested, nestedLoc, arguments[0]));
        linalg::YieldOp::create(nested, nestedLoc, sum);
      });
  return tensor::ExtractOp::create(builder, loc, generic.getResult(0),
                                   ValueRange());
}

Value AdjointBuilder::getPrimal(Value value) {
  if (Value mapped = known.lookupOrNull(value))
    return mapped;
  if (inPlace)
    return value;
  Operation *op = value.getDefiningOp();
  assert(op && isMemoryEffectFree(op) &&
         "asked for a primal value that was not named as needed");
  for (Value used : getUsedValues(op))
    known.map(used, getPrimal(used));
  builder.clone(*op, known);
  return known.lookup(value);
}

Value AdjointBuilder::getWidePrimal(Location loc, Value value) {
  return widen(builder, loc, getPrimal(value));
}

void AdjointBuilder::addCotangent(Location loc, Value value, Value cotangent) {
  if (!wantsCotangent(value))
    return;
  if (isa<FloatType>(value.getType()))
    cotangent = convertFloats(builder, loc, cotangent,
                              getCotangentType(value.getType()));
  Value sum = getCotangent(value);
  if (!sum)
    sum = cotangent;
  else if (updatedInPlace.contains(value) || aliases.contains(value))
    sum = createAddInPlace(builder, loc, sum, cotangent);
  else
    sum = createAdd(builder, loc, sum, cotangent);
  setCotangent(value, sum);
}

Value AdjointBuilder::getCotangent(Value value) {
  auto alias = aliases.find(value);
  if (alias == aliases.end())
    return cotangents.lookup(value);
  tensor::ExtractSliceOp slice = alias->second;
  auto type = cast<RankedTensorType>(getCotangentType(slice.getType()));
  return tensor::ExtractSliceOp::create(
      builder, slice.getLoc(), type, getCotangent(slice.getSource()),
      slice.getMixedOffsets(), slice.getMixedSizes(), slice.getMixedStrides());
}

void AdjointBuilder::setCotangent(Value value, Value cotangent) {
  auto alias = aliases.find(value);
  if (alias == aliases.end()) {
    cotangents[value] = cotangent;
    return;
  }
  tensor::ExtractSliceOp slice = alias->second;
  setCotangent(slice.getSource(),
               tensor::InsertSliceOp::create(
                   builder, slice.getLoc(), cotangent,
                   getCotangent(slice.getSource()), slice.getMixedOffsets(),
                   slice.getMixedSizes(), slice.getMixedStrides()));
}

void AdjointBuilder::aliasSlice(tensor::ExtractSliceOp slice) {
  aliases[slice.getResult()] = slice;
}

Value AdjointBuilder::getAccumulator(Location loc, Value value) {
  if (Value current = getCotangent(value))
    return widen(builder, loc, current);
  return createZero(loc, value);
}

SmallVector<OpFoldResult> AdjointBuilder::getSizes(Location loc, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.hasStaticShape())
    return getAsIndexOpFoldResult(builder.getContext(), type.getShape());
  return tensor::getMixedSizes(builder, loc, getPrimal(value));
}

Value AdjointBuilder::createEmpty(Location loc, Value like) {
  return tensor::EmptyOp::create(
      builder, loc, getSizes(loc, like),
      getElementTypeOrSelf(getCotangentType(like.getType())));
}

Value AdjointBuilder::createZero(Location loc, Value like) {
  Value zero =
      arith::ConstantOp::create(builder, loc,
                                builder.getZeroAttr(getElementTypeOrSelf(
                                    getCotangentType(like.getType()))));
  if (!isa<RankedTensorType>(like.getType()))
    return zero;
  return linalg::FillOp::create(builder, loc, zero, createEmpty(loc, like))
      .getResult(0);
}

} // namespace bptt
