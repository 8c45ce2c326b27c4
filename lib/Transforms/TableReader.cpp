//===- TableReader.cpp - Code that reads a plan's table -------------------===//

#include "TableReader.h"

#include "bptt/Runtime/Table.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace bptt;

Value TableReader::index(int64_t value) {
  return arith::ConstantIndexOp::create(builder, value);
}

Value TableReader::load(Value row, int64_t column) {
  Value entry =
      memref::LoadOp::create(builder, table, ValueRange{row, index(column)});
  return arith::IndexCastOp::create(builder, builder.getIndexType(), entry);
}

Value TableReader::onlyAt(Value step, Value where, Value entry) {
  Value isThere =
      arith::CmpIOp::create(builder, arith::CmpIPredicate::eq, step, where);
  return arith::SelectOp::create(builder, isThere, entry, index(kRunningState));
}

Place TableReader::getState(Value units, Value stack, Place running) {
  Value isRunning = arith::CmpIOp::create(builder, arith::CmpIPredicate::slt,
                                          units, index(0));
  return choose(builder, isRunning, running, {stack, getStackOffset(units)});
}

Value TableReader::getStackOffset(Value units) {
  Value begin = load(index(0), 2);
  Value sum = arith::AddIOp::create(builder, begin, units);
  return arith::MulIOp::create(builder, sum, index(kTableUnitBytes));
}

std::pair<Value, Value> TableReader::getRows(bool isFirstSweep) {
  Value zero = index(0), one = index(1);
  Value first = isFirstSweep ? zero : load(zero, 0);
  Value last = load(zero, isFirstSweep ? 0 : 1);
  Value begin = arith::AddIOp::create(builder, first, one);
  Value end = arith::AddIOp::create(builder, last, one);
  return {begin, end};
}
