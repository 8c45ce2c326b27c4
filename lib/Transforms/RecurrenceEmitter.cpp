//===- RecurrenceEmitter.cpp - Code for one recurrence on memrefs ---------===//

#include "RecurrenceEmitter.h"

#include "NestedTables.h"

#include "bptt/Dialect/BPTT/IR/Recurrence.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bptt;

Value bptt::allocateBytes(ImplicitLocOpBuilder &builder, int64_t bytes) {
  auto type = MemRefType::get({bytes}, builder.getI8Type());
  Value buffer = memref::AllocOp::create(builder, type);
  auto dynamic = MemRefType::get({ShapedType::kDynamic}, builder.getI8Type());
  return memref::CastOp::create(builder, dynamic, buffer);
}

Place bptt::choose(ImplicitLocOpBuilder &builder, Value condition,
                   Place whereTrue, Place whereFalse) {
  auto select = [&](Value a, Value b) {
    return arith::SelectOp::create(builder, condition, a, b);
  };
  return {select(whereTrue.bytes, whereFalse.bytes),
          select(whereTrue.offset, whereFalse.offset)};
}

RecurrenceEmitter::RecurrenceEmitter(Operation *op,
                                     ImplicitLocOpBuilder &builder,
                                     ArrayRef<Type> carries)
    : op(op), builder(builder), carries(carries),
      stateBytes(getAlignedBytes(this->carries)) {
  builder.setInsertionPoint(op);
}

Value RecurrenceEmitter::index(int64_t value) {
  return arith::ConstantIndexOp::create(builder, value);
}

void RecurrenceEmitter::copy(Value from, Value to) {
  memref::CopyOp::create(builder, from, to);
}

void RecurrenceEmitter::fillWithZeros(Value buffer) {
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  Value zero = arith::ConstantOp::create(builder, builder.getZeroAttr(element));
  linalg::FillOp::create(builder, zero, buffer);
}

/// Row-major strides are what cells are compiled for; anything else is copied
/// once.
SmallVector<Value> RecurrenceEmitter::adapt(ValueRange values) {
  SmallVector<Value> adapted;
  for (Value value : values) {
    auto type = cast<MemRefType>(value.getType());
    SmallVector<int64_t> strides;
    int64_t offset;
    int64_t expected = 1;
    bool rowMajor = succeeded(type.getStridesAndOffset(strides, offset));
    for (int64_t dim = type.getRank() - 1; rowMajor && dim >= 0; --dim) {
      rowMajor = strides[dim] == expected;
      if (dim > 0)
        expected *= type.getDimSize(dim);
    }
    if (!rowMajor) {
      SmallVector<Value> sizes;
      for (int64_t dim = 0; dim < type.getRank(); ++dim)
        if (type.isDynamicDim(dim))
          sizes.push_back(memref::DimOp::create(builder, value, dim));
      Value dense = memref::AllocOp::create(
          builder, MemRefType::get(type.getShape(), type.getElementType()),
          sizes);
      copy(value, dense);
      value = dense;
    }
    adapted.push_back(value);
  }
  return adapted;
}

Value RecurrenceEmitter::getLeadingExtent(Value stacked) {
  int64_t extent = cast<MemRefType>(stacked.getType()).getDimSize(0);
  if (extent != ShapedType::kDynamic)
    return index(extent);
  return memref::DimOp::create(builder, stacked, 0);
}

Value RecurrenceEmitter::getPosition(Value step) {
  if (!operands.reverse)
    return step;
  Value last = arith::SubIOp::create(builder, operands.numSteps, index(1));
  return arith::SubIOp::create(builder, last, step);
}

Value RecurrenceEmitter::sliceStep(Value stacked, Value position) {
  auto type = cast<MemRefType>(stacked.getType());
  SmallVector<OpFoldResult> offsets{position}, sizes{builder.getIndexAttr(1)};
  SmallVector<OpFoldResult> strides(type.getRank(), builder.getIndexAttr(1));
  for (int64_t extent : type.getShape().drop_front()) {
    offsets.push_back(builder.getIndexAttr(0));
    sizes.push_back(builder.getIndexAttr(extent));
  }
  auto reduced = memref::SubViewOp::inferRankReducedResultType(
      type.getShape().drop_front(), type, offsets, sizes, strides);
  return memref::SubViewOp::create(builder, cast<MemRefType>(reduced), stacked,
                                   offsets, sizes, strides);
}

SmallVector<Value> RecurrenceEmitter::viewAll(Value bytes, Value offset,
                                              ArrayRef<Type> types) {
  SmallVector<Value> views;
  int64_t next = 0;
  for (Type type : types) {
    Value position = arith::AddIOp::create(builder, offset, index(next));
    views.push_back(memref::ViewOp::create(builder, cast<MemRefType>(type),
                                           bytes, position, ValueRange()));
    next += llvm::alignTo(getDenseBytes(type), kArenaAlignment);
  }
  return views;
}

Place RecurrenceEmitter::getRunning(Value parity) {
  return {running, arith::MulIOp::create(builder, parity, index(stateBytes))};
}

Value RecurrenceEmitter::flip(Value parity) {
  return arith::SubIOp::create(builder, index(1), parity);
}

void RecurrenceEmitter::copyState(ValueRange from, ValueRange to) {
  for (auto [source, target] : llvm::zip_equal(from, to))
    copy(source, target);
}

void RecurrenceEmitter::prefetch(Place place, int64_t bytes) {
  // As much as the first level of a processor's caches holds.
  constexpr int64_t kMostBytes = int64_t(1) << 15;
  auto loop =
      scf::ForOp::create(builder, index(0), index(std::min(bytes, kMostBytes)),
                         index(kArenaAlignment));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  Value line =
      arith::AddIOp::create(builder, place.offset, loop.getInductionVar());
  memref::PrefetchOp::create(builder, place.bytes, line, /*isWrite=*/false,
                             /*localityHint=*/3, /*isDataCache=*/true);
}

void RecurrenceEmitter::call(StringRef name, ArrayRef<Value> arguments,
                             Value workspace) {
  func::FuncOp cell = lookUpCell(op, name);
  SmallVector<Value> operands;
  for (auto [argument, type] : llvm::zip(arguments, cell.getArgumentTypes()))
    operands.push_back(
        argument.getType() == type
            ? argument
            : memref::CastOp::create(builder, type, argument).getResult());
  auto caller = op->getParentOfType<func::FuncOp>();
  for (Attribute plan : getNestedPlans(cell))
    operands.push_back(getNestedTable(caller, plan));
  operands.push_back(workspace);
  func::CallOp::create(builder, cell, operands);
}

void RecurrenceEmitter::callPrimal(StringRef cell, Value step, Place from,
                                   Place to, ValueRange stackedOutputs,
                                   ValueRange residuals, Value workspace) {
  Value position = getPosition(step);
  SmallVector<Value> arguments{position};
  llvm::append_range(arguments, viewState(from));
  for (Value input : operands.inputs)
    arguments.push_back(sliceStep(input, position));
  llvm::append_range(arguments, operands.invariants);
  llvm::append_range(arguments, viewState(to));
  for (Value output : stackedOutputs)
    arguments.push_back(sliceStep(output, position));
  llvm::append_range(arguments, residuals);
  call(cell, arguments, workspace);
}

void RecurrenceEmitter::callAdjoint(BackwardOp backward, unsigned mode,
                                    Value step, Place input, Place result,
                                    ValueRange residuals, Value workspace) {
  Value position = getPosition(step);
  size_t numCarries = backward.getCarries().size();
  size_t numInputs = backward.getWrtInputs().size();
  ValueRange outs = backward.getOuts();
  SmallVector<Value> arguments{position};
  llvm::append_range(arguments, residuals);
  llvm::append_range(arguments, viewState(input));
  llvm::append_range(arguments, viewState(result));
  for (Value stacked : operands.inputs)
    arguments.push_back(sliceStep(stacked, position));
  llvm::append_range(arguments, operands.invariants);
  // The cotangents of the carries and the accumulators live in the results and
  // are updated there.
  llvm::append_range(arguments, outs.take_front(numCarries));
  for (Value cotangent : adapt(backward.getCotangents().drop_front(numCarries)))
    arguments.push_back(sliceStep(cotangent, position));
  llvm::append_range(arguments, outs.drop_front(numCarries + numInputs));
  for (Value gradient : outs.slice(numCarries, numInputs))
    arguments.push_back(sliceStep(gradient, position));
  call(backward.getAdjointIn(mode).getValue(), arguments, workspace);
}
