//===- CostModel.cpp - What evaluating a cell costs -----------------------===//

#include "bptt/Transforms/CostModel.h"

#include "bptt/Dialect/BPTT/IR/Recurrence.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mlir;
using namespace bptt;
using planning::StepCosts;

static int64_t getOperationFlops(Operation &op) {
  if (op.getNumResults() != 1 || !isa<FloatType>(op.getResult(0).getType()))
    return 0;
  if (isa<math::FmaOp>(op))
    return 2;
  if (isa<math::AbsFOp, math::CopySignOp, math::SqrtOp>(op))
    return 1;
  return isa_and_nonnull<math::MathDialect>(op.getDialect()) ? 10 : 1;
}

static CellWork getWork(linalg::LinalgOp op) {
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

/// How often `op` runs when its function runs; loops of unknown length count
/// once.
static int64_t getRepetitions(Operation *op) {
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
      one = getWork(structured);
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

int64_t CellWork::getNanoseconds() const {
  return std::max<int64_t>(1, flops / 50 + bytes / 20);
}

static llvm::Error malformed(StringRef path, const Twine &why) {
  return llvm::createStringError("costs file '" + path + "': " + why);
}

llvm::Expected<SmallVector<StepCosts>> bptt::readCosts(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer)
    return malformed(path, buffer.getError().message());
  llvm::Expected<llvm::json::Value> json =
      llvm::json::parse((*buffer)->getBuffer());
  if (!json)
    return malformed(path, llvm::toString(json.takeError()));
  const llvm::json::Object *object = json->getAsObject();
  const llvm::json::Array *entries =
      object ? object->getArray("recurrences") : nullptr;
  if (!entries || object->getString("unit") != "ns")
    return malformed(path,
                     "expected \"unit\": \"ns\" and an array \"recurrences\"");
  SmallVector<StepCosts> costs;
  for (const llvm::json::Value &entry : *entries) {
    const llvm::json::Object *fields = entry.getAsObject();
    auto get = [&](StringRef key) {
      return fields ? fields->getInteger(key).value_or(0) : 0;
    };
    costs.push_back({get("advance"), get("taped"), get("backward")});
    if (costs.back().advance <= 0 || costs.back().taped <= 0 ||
        costs.back().backward <= 0)
      return malformed(
          path, "recurrence #" + Twine(costs.size() - 1) +
                    " needs positive integers advance, taped and backward");
  }
  return costs;
}

llvm::Error bptt::writeCosts(StringRef path, ArrayRef<StepCosts> costs) {
  llvm::json::Array entries;
  for (const StepCosts &cost : costs)
    entries.push_back(llvm::json::Object{{"advance", cost.advance},
                                         {"taped", cost.taped},
                                         {"backward", cost.backward}});
  std::error_code error;
  llvm::ToolOutputFile file(path, error, llvm::sys::fs::OF_Text);
  if (error)
    return malformed(path, error.message());
  file.os() << llvm::formatv(
      "{0:2}\n", llvm::json::Value(llvm::json::Object{
                     {"unit", "ns"}, {"recurrences", std::move(entries)}}));
  file.keep();
  return llvm::Error::success();
}
