//===- CostModel.cpp - What evaluating a cell costs -----------------------===//

#include "bptt/Analysis/CostModel.h"

#include "bptt/Dialect/BPTT/IR/Recurrence.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bptt;

static int64_t getOperationFlops(Operation &op) {
  if (op.getNumResults() != 1 || !isa<FloatType>(op.getResult(0).getType()))
    return 0;
  if (isa<math::FmaOp>(op))
    return 2;
  if (isa<math::AbsFOp, math::CopySignOp, math::SqrtOp>(op))
    return 1;
  return isa_and_nonnull<math::MathDialect>(op.getDialect()) ? 10 : 1;
}

CellWork bptt::estimateWork(linalg::LinalgOp op) {
  CellWork work;
  int64_t iterations = 1;
  for (int64_t extent : op.getStaticLoopRanges())
    iterations *= ShapedType::isDynamic(extent) ? 1 : extent;
  for (Operation &scalar : *op.getBlock())
    work.flops += iterations * getOperationFlops(scalar);
  for (Value operand : op->getOperands())
    if (auto type = dyn_cast<ShapedType>(operand.getType());
        type && type.hasStaticShape())
      work.bytes += getDenseBytes(type);
  return work;
}

int64_t bptt::getRepetitions(Operation *op) {
  int64_t repetitions = 1;
  for (auto loop = op->getParentOfType<scf::ForOp>(); loop;
       loop = loop->getParentOfType<scf::ForOp>())
    if (std::optional<APInt> trips = loop.getStaticTripCount())
      repetitions *= trips->getSExtValue();
  return repetitions;
}

CellWork bptt::estimateWork(func::FuncOp function) {
  CellWork work;
  function.walk([&](Operation *op) {
    CellWork one;
    if (auto structured = dyn_cast<linalg::LinalgOp>(op))
      one = estimateWork(structured);
    else if (auto call = dyn_cast<func::CallOp>(op)) // a step of an inner scan
      one = estimateWork(SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
          call, call.getCalleeAttr()));
    else
      return;
    work.flops += getRepetitions(op) * one.flops;
    work.bytes += getRepetitions(op) * one.bytes;
  });
  return work;
}

/// The sum is rounded, not its parts: of two cells that which takes longer
/// never takes fewer nanoseconds.
int64_t CellWork::getNanoseconds() const {
  CellWork rest{flops % kFlopsPerNanosecond, bytes % kBytesPerNanosecond};
  return std::max<int64_t>(
      1, flops / kFlopsPerNanosecond + bytes / kBytesPerNanosecond +
             rest.getTime() / (kFlopsPerNanosecond * kBytesPerNanosecond));
}

static int64_t saturate(uint64_t value) {
  return std::min<uint64_t>(value, INT64_MAX / 2);
}

int64_t CellWork::getTime() const {
  return saturate(llvm::SaturatingAdd(
      llvm::SaturatingMultiply<uint64_t>(flops, kBytesPerNanosecond),
      llvm::SaturatingMultiply<uint64_t>(bytes, kFlopsPerNanosecond)));
}

CellWork &CellWork::operator+=(const CellWork &other) {
  flops = saturate(uint64_t(flops) + other.flops);
  bytes = saturate(uint64_t(bytes) + other.bytes);
  return *this;
}

CellWork CellWork::operator*(int64_t times) const {
  return {saturate(llvm::SaturatingMultiply<uint64_t>(flops, times)),
          saturate(llvm::SaturatingMultiply<uint64_t>(bytes, times))};
}

CellWork CellWork::beyond(const CellWork &other) const {
  return {std::max<int64_t>(0, flops - other.flops),
          std::max<int64_t>(0, bytes - other.bytes)};
}
