//===- StackTracker.cpp - Kept bytes after each action --------------------===//

#include "StackTracker.h"

#include "llvm/Support/ErrorHandling.h"

using namespace bptt::planning;

int64_t bptt::planning::costOf(const Problem &problem, const Action &action) {
  const StepCosts *costs = action.beginStep < problem.numSteps
                               ? &problem.costsAt(action.beginStep)
                               : nullptr;
  switch (action.kind) {
  case ActionKind::Advance: {
    if (!problem.isChain())
      return (action.endStep - action.beginStep) * costs->advance;
    int64_t sum = 0;
    for (int64_t step = action.beginStep; step < action.endStep; ++step)
      sum += problem.costsAt(step).advance;
    return sum;
  }
  case ActionKind::TapedForward:
  case ActionKind::TapedForwardInProgress:
    return costs->taped;
  case ActionKind::Backward:
  case ActionKind::BackwardInProgress:
    return costs->backward +
           problem.tapeModesAt(action.beginStep)[action.tapeMode]
               .extraBackwardCost;
  case ActionKind::Checkpoint:
  case ActionKind::Restore:
  case ActionKind::RestoreInitial:
    return 0;
  }
  llvm_unreachable("not an action");
}

void StackTracker::push(int64_t index, int64_t offsetBytes, int64_t sizeBytes) {
  items.push_back({index, offsetBytes, offsetBytes + sizeBytes});
}

void StackTracker::apply(const Action &action) {
  spentCost += costOf(problem, action);
  if (action.kind == ActionKind::Checkpoint)
    push(action.beginStep, action.offsetBytes,
         problem.stateBytesAt(action.beginStep));
  if (action.kind == ActionKind::TapedForward)
    push(action.beginStep, action.offsetBytes,
         problem.tapeModesAt(action.beginStep)[action.tapeMode].residualBytes);
  if (isBackward(action))
    while (!items.empty() && items.back().index >= action.beginStep)
      items.pop_back();
}
