//===- DissolveFences.cpp - Steps, checkpoints and fences become plain code ==//

#include "bptt/Dialect/BPTT/IR/BPTTDialect.h"
#include "bptt/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace bptt;

namespace bptt {
#define GEN_PASS_DEF_DISSOLVEFENCES
#include "bptt/Transforms/Passes.h.inc"
} // namespace bptt

namespace {

/// A copy of `body` in front of `op`, in place of it. Every copy has its own
/// values: nothing is shared with another evaluation of the same step.
void inlineBody(Operation *op, Block &body, ValueRange arguments) {
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

struct DissolveFences : bptt::impl::DissolveFencesBase<DissolveFences> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    SmallVector<RecomputeOp> fences;
    getOperation().walk([&](RecomputeOp op) { fences.push_back(op); });
    for (RecomputeOp fence : fences)
      inlineBody(fence, fence.getBody().front(), fence.getOperands());

    SmallVector<Operation *> calls;
    getOperation().walk([&](Operation *op) {
      if (isa<StepOp, CheckpointOp, func::CallOp>(op))
        calls.push_back(op);
    });
    for (Operation *op : calls) {
      if (auto checkpoint = dyn_cast<CheckpointOp>(op)) {
        checkpoint.getKept().replaceAllUsesWith(checkpoint.getState());
        checkpoint.erase();
        continue;
      }
      SmallVector<Value> arguments;
      StringRef name;
      if (auto step = dyn_cast<StepOp>(op)) {
        OpBuilder builder(op);
        name = step.getCell();
        arguments.push_back(arith::ConstantIndexOp::create(
            builder, op->getLoc(), step.getIndex()));
      } else {
        name = cast<func::CallOp>(op).getCallee();
      }
      llvm::append_range(arguments, op->getOperands());
      auto cell = symbols.lookup<func::FuncOp>(name);
      if (!cell.isExternal())
        inlineBody(op, cell.getBody().front(), arguments);
    }
  }
};

} // namespace
