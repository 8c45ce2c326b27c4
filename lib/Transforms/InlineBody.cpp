//===- InlineBody.cpp - Code in the place of a call -----------------------===//

#include "InlineBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

void bptt::inlineBody(Operation *op, Block &body, ValueRange arguments) {
  OpBuilder builder(op);
  IRMapping mapping;
  mapping.map(body.getArguments(), arguments);
  for (Operation &nested : body.without_terminator())
    builder.clone(nested, mapping);
  SmallVector<Value> results;
  for (Value result : body.getTerminator()->getOperands())
    results.push_back(mapping.lookupOrDefault(result));
  op->replaceAllUsesWith(results);
  op->erase();
}

void bptt::inlineStep(StepOp step, func::FuncOp cell) {
  OpBuilder builder(step);
  SmallVector<Value> arguments{
      arith::ConstantIndexOp::create(builder, step.getLoc(), step.getIndex())};
  llvm::append_range(arguments, step->getOperands());
  inlineBody(step, cell.getBody().front(), arguments);
}
