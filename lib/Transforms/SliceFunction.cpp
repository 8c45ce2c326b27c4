//===- SliceFunction.cpp - One number of a function, on its own -----------===//

#include "SliceFunction.h"

#include "bptt/Transforms/Arena.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

LogicalResult bptt::addSliceFunction(func::FuncOp function, Value value,
                                     StringRef suffix) {
  SetVector<Operation *> slice;
  BackwardSliceOptions options;
  options.omitBlockArguments = true;
  options.inclusive = true;
  if (failed(getBackwardSlice(value, &slice, options)))
    return failure();
  OpBuilder builder(function);
  auto sliceFunction = func::FuncOp::create(
      builder, function.getLoc(), (function.getName() + suffix).str(),
      builder.getFunctionType(function.getArgumentTypes(), value.getType()));
  sliceFunction.setVisibility(function.getVisibility());
  sliceFunction->setAttr(kCompanionAttr, builder.getUnitAttr());
  Block *entry = sliceFunction.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  IRMapping mapping;
  mapping.map(function.getArguments(), entry->getArguments());
  for (Operation *op : slice) {
    if (!isMemoryEffectFree(op))
      return op->emitOpError("has a side effect, and a size depends on it");
    builder.clone(*op, mapping);
  }
  func::ReturnOp::create(builder, function.getLoc(),
                         mapping.lookupOrDefault(value));
  return success();
}
