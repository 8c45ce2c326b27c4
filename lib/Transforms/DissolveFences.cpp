//===- DissolveFences.cpp - Steps, checkpoints and fences become plain code ==//

#include "InlineBody.h"

#include "bptt/Dialect/BPTT/IR/BPTTDialect.h"
#include "bptt/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"

using namespace mlir;
using namespace bptt;

namespace bptt {
#define GEN_PASS_DEF_DISSOLVEFENCES
#include "bptt/Transforms/Passes.h.inc"
} // namespace bptt

namespace {

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
      if (auto step = dyn_cast<StepOp>(op)) {
        inlineStep(step, symbols.lookup<func::FuncOp>(step.getCell()));
        continue;
      }
      auto callee =
          symbols.lookup<func::FuncOp>(cast<func::CallOp>(op).getCallee());
      if (!callee.isExternal())
        inlineBody(op, callee.getBody().front(), op->getOperands());
    }
  }
};

} // namespace
