//===- Verify.cpp - Replaying a plan --------------------------------------===//

#include "bptt/Planning/Verify.h"

#include "Math.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace bptt::planning;

namespace {
/// A state or the residuals of a step, somewhere on the stack.
struct Item {
  int64_t offsetBytes;
  int64_t sizeBytes;
  int64_t index; // of the state, or of the step
  bool isTape;
  int32_t tapeMode;
};
} // namespace

struct Replayer::Machine {
  Problem problem;
  int64_t keptBudgetBytes;
  std::vector<Item> stack; // in the order of their offsets
  int64_t cur = 0;         // index of the state, -1: nothing known
  int64_t other = -1;
  int64_t stepInProgress = -1;
  int32_t modeInProgress = 0;
  int64_t nextBackward;
  int64_t nextFirst = 0; // first step that the first sweep has not evaluated
  Replay result;
  std::string failure;

  bool check(bool condition, const char *rule) {
    if (!condition && failure.empty())
      failure = rule;
    return condition;
  }

  bool inFirstSweep() const { return result.counts.backwards == 0; }

  void addCost(int64_t count, int64_t each) {
    std::optional<int64_t> product = checkedMul(count, each), sum;
    if (product)
      sum = checkedAdd(*product, result.cost);
    if (check(sum.has_value(), "the cost exceeds 64 bits"))
      result.cost = *sum;
  }

  void evaluate(int64_t begin, int64_t end) {
    check(begin >= 0 && begin < end && end <= problem.numSteps,
          "V1: steps out of range");
    check(cur == begin, "V1: the running state is not the step's input");
    if (inFirstSweep()) {
      check(begin == nextFirst, "V3: the first sweep is not in order");
      nextFirst = end;
    }
    other = end - 1;
    cur = end;
  }

  const Item *find(int64_t offsetBytes, int64_t index, bool isTape) const {
    for (const Item &item : llvm::reverse(stack))
      if (item.offsetBytes == offsetBytes && item.index == index &&
          item.isTape == isTape)
        return &item;
    return nullptr;
  }

  /// Writes an item, which ends what lies at or above it. A tape of no bytes at
  /// the same offset loses nothing.
  void push(Item item) {
    check(item.offsetBytes >= 0, "V2: negative offset");
    while (!stack.empty() && (stack.back().offsetBytes > item.offsetBytes ||
                              (stack.back().offsetBytes == item.offsetBytes &&
                               stack.back().sizeBytes > 0)))
      stack.pop_back();
    if (!stack.empty())
      check(stack.back().offsetBytes + stack.back().sizeBytes <=
                item.offsetBytes,
            "V2: overlaps a living item");
    int64_t end = item.offsetBytes + item.sizeBytes;
    check(end <= keptBudgetBytes, "V2: above the budget");
    result.keptPeakBytes = std::max(result.keptPeakBytes, end);
    stack.push_back(item);
  }

  bool hasInput(int64_t step, int64_t stateOffsetBytes) const {
    if (stateOffsetBytes == kCallersInitialState)
      return step == 0 && problem.initialState == InitialState::Held;
    return find(stateOffsetBytes, step, false);
  }

  bool hasMode(int64_t step, int32_t mode) const {
    return step >= 0 && step < problem.numSteps && mode >= 0 &&
           mode < int32_t(problem.tapeModesAt(step).size());
  }

  void advance(const Action &a) {
    evaluate(a.beginStep, a.endStep);
    stepInProgress = -1;
    result.counts.advances += a.endStep - a.beginStep;
    if (!failure.empty())
      return;
    if (!problem.isChain())
      return addCost(a.endStep - a.beginStep, problem.costs.advance);
    for (int64_t step = a.beginStep; step < a.endStep; ++step)
      addCost(1, problem.costsAt(step).advance);
  }

  void checkpoint(const Action &a) {
    if (!check(cur == a.beginStep && a.beginStep < problem.numSteps,
               "V1: the running state is another one"))
      return;
    int64_t bytes = problem.stateBytesAt(a.beginStep);
    push({a.offsetBytes, bytes, a.beginStep, false, 0});
    result.checkpointBytes += bytes;
  }

  void restore(int64_t state) {
    cur = state;
    other = -1;
    stepInProgress = -1;
  }

  void taped(const Action &a, bool inProgress) {
    if (!check(hasMode(a.beginStep, a.tapeMode), "V1: no such tape mode"))
      return;
    check(a.endStep == a.beginStep + 1, "V1: a taped forward is of one step");
    evaluate(a.beginStep, a.endStep);
    ++result.counts.tapedForwards;
    addCost(1, problem.costsAt(a.beginStep).taped);
    stepInProgress = inProgress ? a.beginStep : -1;
    modeInProgress = a.tapeMode;
    if (inProgress)
      return;
    check(hasInput(a.beginStep, a.stateOffsetBytes),
          "V1: the step's input state is not where it is said to be");
    const TapeMode &mode = problem.tapeModesAt(a.beginStep)[a.tapeMode];
    push({a.offsetBytes, mode.residualBytes, a.beginStep, true, a.tapeMode});
  }

  void backward(const Action &a, bool inProgress) {
    int64_t step = a.beginStep;
    if (!check(hasMode(step, a.tapeMode), "V1: no such tape mode"))
      return;
    check(nextFirst == problem.numSteps, "V3: the first sweep is not complete");
    check(step == nextBackward, "V4: not the next step to undo");
    check(a.endStep == step + 1, "V1: a backward is of one step");
    check(cur == step + 1, "V1: the running state is not the step's result");
    if (inProgress) {
      check(stepInProgress == step && modeInProgress == a.tapeMode,
            "V1: another step's tape is in progress");
      check(other == step, "V1: the step's input is gone");
    } else {
      const Item *tape = find(a.offsetBytes, step, true);
      check(tape && tape->tapeMode == a.tapeMode, "V1: no tape of the step");
      check(hasInput(step, a.stateOffsetBytes), "V1: the step's input is gone");
    }
    ++result.counts.backwards;
    --nextBackward;
    addCost(1, problem.costsAt(step).backward);
    addCost(1, problem.tapeModesAt(step)[a.tapeMode].extraBackwardCost);
    restore(step);
    while (!stack.empty() && stack.back().index >= step)
      stack.pop_back();
  }
};

Replayer::Replayer(const Problem &problem, int64_t keptBudgetBytes)
    : machine(std::make_unique<Machine>()) {
  machine->problem = problem;
  machine->keptBudgetBytes = keptBudgetBytes;
  machine->nextBackward = problem.numSteps - 1;
}

Replayer::~Replayer() = default;

llvm::Error Replayer::apply(const Action &action) {
  Machine &m = *machine;
  switch (action.kind) {
  case ActionKind::Advance:
    m.advance(action);
    break;
  case ActionKind::Checkpoint:
    m.checkpoint(action);
    break;
  case ActionKind::Restore:
    m.check(m.find(action.offsetBytes, action.beginStep, false),
            "V1: the state is not there");
    m.restore(action.beginStep);
    break;
  case ActionKind::RestoreInitial:
    m.check(m.problem.initialState == InitialState::Held,
            "V1: the caller does not hold the initial state");
    m.restore(0);
    break;
  case ActionKind::TapedForward:
  case ActionKind::TapedForwardInProgress:
    m.taped(action, action.kind == ActionKind::TapedForwardInProgress);
    break;
  case ActionKind::Backward:
  case ActionKind::BackwardInProgress:
    m.backward(action, action.kind == ActionKind::BackwardInProgress);
    break;
  }
  if (!m.failure.empty()) {
    std::string text;
    llvm::raw_string_ostream(text) << "action " << m.result.numActions << " ("
                                   << action << "): " << m.failure;
    return llvm::createStringError(text);
  }
  ++m.result.numActions;
  if (m.inFirstSweep())
    m.result.numFirstSweepActions = m.result.numActions;
  return llvm::Error::success();
}

llvm::Expected<Replay> Replayer::finish() {
  Machine &m = *machine;
  if (m.nextBackward != -1)
    return llvm::createStringError("V4: the backward of step " +
                                   llvm::Twine(m.nextBackward) + " is missing");
  m.result.counts.forwardEvaluations =
      m.result.counts.advances + m.result.counts.tapedForwards;
  return m.result;
}

llvm::Expected<Replay> bptt::planning::replay(const Problem &problem,
                                              int64_t keptBudgetBytes,
                                              llvm::ArrayRef<Action> actions) {
  Replayer replayer(problem, keptBudgetBytes);
  for (const Action &action : actions)
    if (auto e = replayer.apply(action))
      return e;
  return replayer.finish();
}

static llvm::Error compare(const char *what, int64_t stated, int64_t replayed) {
  if (stated == replayed)
    return llvm::Error::success();
  return llvm::createStringError(llvm::Twine("the plan states ") + what + " " +
                                 llvm::Twine(stated) + ", its replay gives " +
                                 llvm::Twine(replayed));
}

llvm::Error bptt::planning::verify(const Plan &plan) {
  if (auto e = plan.problem.check())
    return e;
  Replayer replayer(plan.problem, plan.keptBudgetBytes);
  llvm::Error failure = llvm::Error::success();
  plan.forEachAction([&](const Action &action) {
    if (auto e = replayer.apply(action)) {
      failure = llvm::joinErrors(std::move(failure), std::move(e));
      return false;
    }
    return true;
  });
  if (failure)
    return failure;
  llvm::Expected<Replay> replay = replayer.finish();
  if (!replay)
    return replay.takeError();
  if (auto e =
          compare("advances", plan.counts.advances, replay->counts.advances))
    return e;
  if (auto e = compare("taped forwards", plan.counts.tapedForwards,
                       replay->counts.tapedForwards))
    return e;
  if (auto e = compare("evaluations", plan.counts.forwardEvaluations,
                       replay->counts.forwardEvaluations))
    return e;
  if (auto e =
          compare("backwards", plan.counts.backwards, replay->counts.backwards))
    return e;
  if (plan.checkpointBytes >= 0)
    if (auto e = compare("checkpoint bytes", plan.checkpointBytes,
                         replay->checkpointBytes))
      return e;
  if (plan.costLowerBound > plan.cost)
    return llvm::createStringError("the plan states a bound above its cost");
  if (auto e = compare("cost", plan.cost, replay->cost))
    return e;
  return compare("kept peak bytes", plan.keptPeakBytes, replay->keptPeakBytes);
}
