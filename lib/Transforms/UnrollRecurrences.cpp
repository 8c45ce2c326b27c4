//===- UnrollRecurrences.cpp - Straight-line code for short sequences -----===//

#include "RecurrenceMemory.h"

#include "bptt/Dialect/BPTT/IR/PlanProblem.h"
#include "bptt/Dialect/BPTT/IR/Recurrence.h"
#include "bptt/Planning/Solvers.h"
#include "bptt/Transforms/Arena.h"
#include "bptt/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;
using namespace bptt;
using namespace bptt::planning;

namespace bptt {
#define GEN_PASS_DEF_UNROLLRECURRENCES
#include "bptt/Transforms/Passes.h.inc"
} // namespace bptt

namespace {

constexpr int64_t kMaxUnrolledSteps = 32;

using Values = SmallVector<Value>;

/// Follows the actions of a plan with SSA values in the place of buffers.
class Unroller {
public:
  Unroller(ForwardOp forward, const Plan &plan)
      : forward(forward), backward(getBackward(forward)), plan(plan),
        builder(forward.getLoc(), forward) {}

  void run() {
    startForward();
    bool inFirstSweep = true;
    plan.forEachAction([&](const Action &action) {
      if (inFirstSweep && isBackward(action)) {
        inFirstSweep = false;
        finishForward();
        startBackward();
      }
      perform(action, inFirstSweep);
      return true;
    });
    if (inFirstSweep) {
      finishForward();
      startBackward();
    }
    finishBackward();
  }

private:
  size_t numCarries() { return forward.getCarry().size(); }

  int64_t getPosition(int64_t step) {
    return forward.getReverse() ? plan.problem.numSteps - 1 - step : step;
  }

  Value makeZero(Type type) {
    auto tensor = cast<RankedTensorType>(type);
    Value zero = arith::ConstantOp::create(
        builder, builder.getZeroAttr(tensor.getElementType()));
    Value empty = tensor::EmptyOp::create(builder, tensor.getShape(),
                                          tensor.getElementType());
    return linalg::FillOp::create(builder, zero, empty).getResult(0);
  }

  static void getSlice(RankedTensorType type, int64_t position, OpBuilder &b,
                       SmallVector<OpFoldResult> &offsets,
                       SmallVector<OpFoldResult> &sizes,
                       SmallVector<OpFoldResult> &strides) {
    strides.assign(type.getRank(), b.getIndexAttr(1));
    offsets.assign(type.getRank(), b.getIndexAttr(0));
    offsets[0] = b.getIndexAttr(position);
    sizes.assign(1, b.getIndexAttr(1));
    for (int64_t extent : type.getShape().drop_front())
      sizes.push_back(b.getIndexAttr(extent));
  }

  Value extractStep(Value stacked, int64_t step) {
    SmallVector<OpFoldResult> offsets, sizes, strides;
    auto type = cast<RankedTensorType>(stacked.getType());
    getSlice(type, getPosition(step), builder, offsets, sizes, strides);
    return tensor::ExtractSliceOp::create(builder, getStepType(type), stacked,
                                          offsets, sizes, strides);
  }

  Value insertStep(Value value, Value stacked, int64_t step) {
    SmallVector<OpFoldResult> offsets, sizes, strides;
    getSlice(cast<RankedTensorType>(stacked.getType()), getPosition(step),
             builder, offsets, sizes, strides);
    return tensor::InsertSliceOp::create(builder, value, stacked, offsets,
                                         sizes, strides);
  }

  /// One `bptt.step`: its results are the carries, then what the cell adds.
  Values emitStep(StringRef cell, int64_t step, ValueRange carry,
                  ValueRange stackedInputs, ValueRange invariants) {
    Values inputs;
    for (Value input : stackedInputs)
      inputs.push_back(extractStep(input, step));
    auto results =
        StepOp::create(builder, lookUpCell(forward, cell).getResultTypes(),
                       cell, getPosition(step), carry, inputs, invariants);
    return Values(results->getResults());
  }

  /// The same inside a fence, for a step that was evaluated before.
  Values emitFencedStep(StringRef cell, int64_t step, ValueRange carry) {
    Values operands(carry);
    llvm::append_range(operands, backward.getInputs());
    llvm::append_range(operands, backward.getInvariants());
    auto fence = RecomputeOp::create(
        builder, lookUpCell(backward, cell).getResultTypes(), operands);
    OpBuilder::InsertionGuard guard(builder);
    Block *body = builder.createBlock(&fence.getBody());
    for (Value operand : operands)
      body->addArgument(operand.getType(), builder.getLoc());
    ValueRange arguments = body->getArguments();
    size_t numInputs = backward.getInputs().size();
    Values results = emitStep(cell, step, arguments.take_front(numCarries()),
                              arguments.slice(numCarries(), numInputs),
                              arguments.drop_front(numCarries() + numInputs));
    YieldOp::create(builder, results);
    return Values(fence->getResults());
  }

  void startForward() {
    current = Values(forward.getCarry());
    for (Value output : forward.getResults().drop_front(numCarries())) {
      auto type = cast<RankedTensorType>(output.getType());
      outputs.push_back(tensor::EmptyOp::create(builder, type.getShape(),
                                                type.getElementType()));
    }
  }

  void finishForward() {
    Values results(current);
    llvm::append_range(results, outputs);
    for (auto [result, value] : llvm::zip_equal(forward.getResults(), results))
      result.replaceAllUsesWith(value);
  }

  void startBackward() {
    builder.setInsertionPoint(backward);
    builder.setLoc(backward.getLoc());
    carryGradients = Values(
        backward.getCotangents().take_front(backward.getCarries().size()));
    for (int64_t input : backward.getWrtInputs())
      inputGradients.push_back(makeZero(backward.getInputs()[input].getType()));
    for (int64_t invariant : backward.getWrtInvariants())
      accumulators.push_back(makeZero(
          getCotangentType(backward.getInvariants()[invariant].getType())));
  }

  void finishBackward() {
    Values results(carryGradients);
    llvm::append_range(results, inputGradients);
    llvm::append_range(results, accumulators);
    backward->replaceAllUsesWith(results);
    backward.erase();
    forward.erase();
  }

  void evaluate(const Action &action, bool isTaped, bool inFirstSweep) {
    int64_t end = isTaped ? action.beginStep + 1 : action.endStep;
    unsigned mode = action.tapeMode;
    for (int64_t step = action.beginStep; step < end; ++step) {
      Values results;
      if (inFirstSweep) {
        results = emitStep(
            isTaped ? forward.getTapedIn(mode).getValue() : forward.getCell(),
            step, current, forward.getInputs(), forward.getInvariants());
        for (auto [index, output] : llvm::enumerate(outputs))
          output = insertStep(results[numCarries() + index], output, step);
      } else {
        results = emitFencedStep(isTaped ? backward.getTapedIn(mode).getValue()
                                         : backward.getAdvance(),
                                 step, current);
      }
      if (isTaped) {
        size_t first = numCarries() + (inFirstSweep ? outputs.size() : 0);
        tapes[step] = {current, Values(ArrayRef(results).drop_front(first))};
      }
      current = Values(ArrayRef(results).take_front(numCarries()));
    }
  }

  void undo(int64_t step, unsigned mode) {
    auto [input, residuals] = tapes[step];
    Values arguments{
        arith::ConstantIndexOp::create(builder, getPosition(step))};
    llvm::append_range(arguments, residuals);
    llvm::append_range(arguments, input);
    llvm::append_range(arguments, current);
    for (Value stacked : backward.getInputs())
      arguments.push_back(extractStep(stacked, step));
    llvm::append_range(arguments, backward.getInvariants());
    llvm::append_range(arguments, carryGradients);
    for (Value stacked :
         backward.getCotangents().drop_front(carryGradients.size()))
      arguments.push_back(extractStep(stacked, step));
    llvm::append_range(arguments, accumulators);
    Values results(
        func::CallOp::create(
            builder,
            lookUpCell(backward, backward.getAdjointIn(mode).getValue()),
            arguments)
            ->getResults());
    auto next = results.begin();
    for (Value &gradient : carryGradients)
      gradient = *next++;
    for (Value &gradient : inputGradients)
      gradient = insertStep(*next++, gradient, step);
    for (Value &accumulator : accumulators)
      accumulator = *next++;
    current = input;
  }

  void perform(const Action &action, bool inFirstSweep) {
    switch (action.kind) {
    case ActionKind::Advance:
      return evaluate(action, /*isTaped=*/false, inFirstSweep);
    case ActionKind::TapedForward:
    case ActionKind::TapedForwardInProgress:
      return evaluate(action, /*isTaped=*/true, inFirstSweep);
    case ActionKind::Checkpoint: {
      Values kept;
      for (Value value : current)
        kept.push_back(CheckpointOp::create(builder, value.getType(), value,
                                            action.beginStep));
      checkpoints[action.offsetBytes] = kept;
      current = kept;
      return;
    }
    case ActionKind::Restore:
      current = checkpoints[action.offsetBytes];
      return;
    case ActionKind::RestoreInitial:
      current = Values(backward.getCarry());
      return;
    case ActionKind::Backward:
    case ActionKind::BackwardInProgress:
      return undo(action.beginStep, action.tapeMode);
    }
  }

  struct Tape {
    Values input, residuals;
  };

  ForwardOp forward;
  BackwardOp backward;
  const Plan &plan;
  ImplicitLocOpBuilder builder;
  Values current, outputs, carryGradients, inputGradients, accumulators;
  std::map<int64_t, Values> checkpoints; // by offset on the stack
  std::map<int64_t, Tape> tapes;         // by step
};

struct UnrollRecurrences
    : bptt::impl::UnrollRecurrencesBase<UnrollRecurrences> {
  void runOnOperation() override {
    WalkResult walk =
        getOperation().walk([](ChainForwardOp chain) -> WalkResult {
          return chain.emitOpError("has no unrolled form; use the rolled one");
        });
    if (walk.wasInterrupted())
      return signalPassFailure();
    SmallVector<ForwardOp> forwards;
    getOperation().walk([&](ForwardOp op) { forwards.push_back(op); });
    for (ForwardOp forward : forwards)
      if (failed(unroll(forward)))
        return signalPassFailure();
  }

  LogicalResult unroll(ForwardOp forward) {
    PlanAttr attr = forward.getPlanAttr();
    if (!attr)
      return forward.emitOpError("has no plan; run bptt-plan first");
    if (attr.getSteps() < 0 || attr.getSteps() > kMaxUnrolledSteps)
      return forward.emitOpError()
             << "has "
             << (attr.getSteps() < 0
                     ? "a length that is known only at run time"
                     : (Twine(attr.getSteps()) + " steps").str().c_str())
             << ", the unrolled form takes at most " << kMaxUnrolledSteps
             << "; use the rolled form";
    auto plan = solve(getProblem(attr), getPolicy(attr), attr.getKept());
    if (!plan)
      return forward.emitOpError() << llvm::toString(plan.takeError());
    // What was planned is there no more, and takes what its buffers take.
    if (auto function = forward->getParentOfType<func::FuncOp>())
      function->removeAttr(kUnplannedAttr);
    Unroller(forward, *plan).run();
    return success();
  }
};

} // namespace
