//===- Tree.cpp - Expanding and summing up a tree of decisions ------------===//

#include "bptt/Planning/Splitter.h"

#include "Math.h"

#include "llvm/ADT/DenseMap.h"

#include <algorithm>

using namespace bptt::planning;

Run bptt::planning::wholeRun(const Problem &problem, const Splitter &splitter) {
  return {0, problem.numSteps, splitter.allowance(),
          problem.initialState == InitialState::Held};
}

//===----------------------------------------------------------------------===//
// Expansion
//===----------------------------------------------------------------------===//

namespace {

/// What remains to be done, on an explicit stack: a run, or the backward of a
/// step whose tape lies on the stack of bytes.
struct Pending {
  enum Kind { EnterRun, RestoreRun, TapedStep } kind;
  Run run;                 // EnterRun, RestoreRun
  int64_t topBytes = 0;    // first free byte; for TapedStep the tape's offset
  int64_t stateOffset = 0; // of the run's or the step's initial state
  int32_t tapeMode = 0;    // TapedStep; its step is run.beginStep
};

class Expander {
public:
  Expander(const Problem &problem, const Splitter &splitter,
           int64_t inProgressMode, ActionVisitor visit)
      : problem(problem), splitter(splitter), inProgressMode(inProgressMode),
        visit(visit) {}

  void expand() {
    Run whole = wholeRun(problem, splitter);
    if (whole.numSteps > 0)
      pending.push_back({Pending::EnterRun, whole, 0, kCallersInitialState, 0});
    while (!pending.empty() && !stopped) {
      Pending next = pending.back();
      pending.pop_back();
      if (next.kind == Pending::TapedStep)
        emit({ActionKind::Backward, next.tapeMode, next.run.beginStep,
              next.run.beginStep + 1, next.topBytes, next.stateOffset});
      else
        expandRun(next);
    }
  }

private:
  void emit(const Action &action) { stopped = stopped || !visit(action); }

  void emitInProgress(int64_t step) {
    auto mode = int32_t(tapeModeInProgress(problem, step, inProgressMode));
    emit({ActionKind::TapedForwardInProgress, mode, step, step + 1});
    emit({ActionKind::BackwardInProgress, mode, step, step + 1});
  }

  /// Keeps cur = h_state and returns where.
  int64_t emitCheckpoint(int64_t state, int64_t &topBytes) {
    int64_t offset = topBytes;
    emit({ActionKind::Checkpoint, 0, state, state, offset});
    topBytes += problem.stateBytesAt(state);
    return offset;
  }

  /// Brings cur to the run's initial state, and keeps that state when the run
  /// is new and will come back to it.
  void emitStart(Pending &p) {
    int64_t begin = p.run.beginStep;
    if (p.kind == Pending::EnterRun) {
      if (p.run.numSteps > 1 && !p.run.initialIsHeld)
        p.stateOffset = emitCheckpoint(begin, p.topBytes);
    } else if (p.stateOffset == kCallersInitialState) {
      emit({ActionKind::RestoreInitial, 0, begin, begin});
    } else {
      emit({ActionKind::Restore, 0, begin, begin, p.stateOffset});
    }
  }

  void expandRun(Pending p) {
    emitStart(p);
    const Run &run = p.run;
    if (run.numSteps == 1)
      return emitInProgress(run.beginStep);
    Split split = splitter.split(run);
    int64_t middle = run.beginStep + split.numAdvances;
    if (split.numAdvances > 0) {
      emit({ActionKind::Advance, 0, run.beginStep, middle});
      Run left = run;
      left.numSteps = split.numAdvances;
      pending.push_back(
          {Pending::RestoreRun, left, p.topBytes, p.stateOffset, 0});
    }
    int64_t topBytes = p.topBytes;
    int64_t numRight = run.numSteps - split.numAdvances;
    if (split.tapes && numRight == 1)
      return emitInProgress(middle);
    if (split.tapes) {
      emitTaped(middle, split, p.stateOffset, topBytes);
      ++middle;
      --numRight;
    }
    pending.push_back({Pending::EnterRun,
                       {middle, numRight, split.rightAllowance, false},
                       topBytes,
                       0,
                       0});
  }

  void emitTaped(int64_t step, const Split &split, int64_t stateOffset,
                 int64_t &topBytes) {
    if (split.numAdvances > 0)
      stateOffset = emitCheckpoint(step, topBytes);
    emit({ActionKind::TapedForward, split.tapeMode, step, step + 1, topBytes,
          stateOffset});
    pending.push_back({Pending::TapedStep,
                       {step, 1, 0, false},
                       topBytes,
                       stateOffset,
                       split.tapeMode});
    topBytes += problem.tapeModesAt(step)[split.tapeMode].residualBytes;
  }

  const Problem &problem;
  const Splitter &splitter;
  int64_t inProgressMode;
  ActionVisitor visit;
  std::vector<Pending> pending;
  bool stopped = false;
};

} // namespace

void bptt::planning::expand(const Problem &problem, const Splitter &splitter,
                            int64_t inProgressMode, ActionVisitor visit) {
  Expander(problem, splitter, inProgressMode, visit).expand();
}

//===----------------------------------------------------------------------===//
// Summing up
//===----------------------------------------------------------------------===//

namespace {

/// A run up to equality of what it amounts to; for equal steps it does not
/// matter where the run begins.
using RunKey = std::tuple<int64_t, int64_t, int64_t, int>;

class Summarizer {
public:
  Summarizer(const Problem &problem, const Splitter &splitter,
             int64_t inProgressMode, int64_t maxRuns)
      : problem(problem), splitter(splitter), inProgressMode(inProgressMode),
        maxRuns(maxRuns) {}

  std::optional<TreeSummary> summarize() {
    Run whole = wholeRun(problem, splitter);
    if (whole.numSteps == 0)
      return TreeSummary();
    visits.push_back({whole, {}, false});
    while (!visits.empty()) {
      Visit visit = visits.back();
      visits.pop_back();
      if (!known.count(keyOf(visit.run)) && !step(visit))
        return std::nullopt;
    }
    TreeSummary sum = known.lookup(keyOf(whole));
    if (!whole.initialIsHeld)
      addOwnState(sum, whole);
    return overflow ? std::nullopt : std::optional(sum);
  }

private:
  struct Visit {
    Run run;
    Split split;
    bool isDecided;
  };

  RunKey keyOf(const Run &run) const {
    return {problem.isChain() ? run.beginStep : 0, run.numSteps, run.allowance,
            run.initialIsHeld};
  }

  /// Either sums a run up or queues it behind its parts. False to give up.
  bool step(Visit visit) {
    const Run &run = visit.run;
    if (run.numSteps == 1) {
      TreeSummary leaf;
      addInProgress(leaf, run.beginStep);
      known[keyOf(run)] = leaf;
      return true;
    }
    if (!problem.isChain() && splitter.tapesAll(run)) {
      known[keyOf(run)] = allTaped(run);
      return true;
    }
    if (!visit.isDecided) {
      if (++numDecided > maxRuns)
        return false;
      visit.split = splitter.split(run);
      visit.isDecided = true;
    }
    Run left = run, right;
    left.numSteps = visit.split.numAdvances;
    int64_t begin = left.numSteps + visit.split.tapes;
    right = {run.beginStep + begin, run.numSteps - begin,
             visit.split.rightAllowance, false};
    bool isReady = true;
    for (const Run &part : {left, right}) {
      if (part.numSteps == 0 || known.count(keyOf(part)))
        continue;
      if (isReady)
        visits.push_back(visit);
      isReady = false;
      visits.push_back({part, {}, false});
    }
    if (isReady)
      known[keyOf(run)] = combine(visit, left, right);
    return true;
  }

  TreeSummary allTaped(const Run &run) {
    const std::vector<TapeMode> &modes = problem.tapeModes;
    const TapeMode &mode = modes[cheapestTapeMode(modes)];
    TreeSummary sum;
    addInProgress(sum, run.beginStep);
    int64_t numTaped = run.numSteps - 1;
    sum.extraBackwardCost =
        add(sum.extraBackwardCost, mul(numTaped, mode.extraBackwardCost));
    // The last run inside is a single step, which does not keep its state.
    sum.checkpointBytes = mul(numTaped - 1, problem.stateBytes);
    sum.keptPeakBytes =
        add(sum.checkpointBytes, mul(numTaped, mode.residualBytes));
    return sum;
  }

  TreeSummary combine(const Visit &visit, const Run &left, const Run &right) {
    TreeSummary sum;
    if (right.numSteps > 0) {
      sum = known.lookup(keyOf(right));
      addOwnState(sum, right);
    }
    if (visit.split.tapes)
      addTape(sum, visit, right);
    sum.advances = add(sum.advances, left.numSteps);
    sum.advanceCost = add(sum.advanceCost, costOfAdvance(left));
    if (left.numSteps == 0)
      return sum;
    TreeSummary other = known.lookup(keyOf(left));
    sum.advances = add(sum.advances, other.advances);
    sum.advanceCost = add(sum.advanceCost, other.advanceCost);
    sum.extraBackwardCost = add(sum.extraBackwardCost, other.extraBackwardCost);
    sum.checkpointBytes = add(sum.checkpointBytes, other.checkpointBytes);
    sum.keptPeakBytes = std::max(sum.keptPeakBytes, other.keptPeakBytes);
    return sum;
  }

  void addTape(TreeSummary &sum, const Visit &visit, const Run &right) {
    int64_t step = right.beginStep - 1;
    if (right.numSteps == 0)
      return addInProgress(sum, step);
    const TapeMode &mode = problem.tapeModesAt(step)[visit.split.tapeMode];
    sum.extraBackwardCost = add(sum.extraBackwardCost, mode.extraBackwardCost);
    sum.keptPeakBytes = add(sum.keptPeakBytes, mode.residualBytes);
    if (visit.split.numAdvances > 0)
      addState(sum, step);
  }

  void addInProgress(TreeSummary &sum, int64_t step) {
    int64_t mode = tapeModeInProgress(problem, step, inProgressMode);
    sum.extraBackwardCost =
        add(sum.extraBackwardCost,
            problem.tapeModesAt(step)[mode].extraBackwardCost);
  }

  void addState(TreeSummary &sum, int64_t state) {
    int64_t bytes = problem.stateBytesAt(state);
    sum.keptPeakBytes = add(sum.keptPeakBytes, bytes);
    sum.checkpointBytes = add(sum.checkpointBytes, bytes);
  }

  void addOwnState(TreeSummary &sum, const Run &run) {
    if (run.numSteps > 1)
      addState(sum, run.beginStep);
  }

  int64_t costOfAdvance(const Run &run) {
    if (!problem.isChain())
      return mul(run.numSteps, problem.costs.advance);
    int64_t sum = 0;
    for (int64_t i = 0; i < run.numSteps; ++i)
      sum = add(sum, problem.costsAt(run.beginStep + i).advance);
    return sum;
  }

  int64_t add(int64_t a, int64_t b) {
    std::optional<int64_t> sum = checkedAdd(a, b);
    overflow |= !sum;
    return sum.value_or(0);
  }
  int64_t mul(int64_t a, int64_t b) {
    std::optional<int64_t> product = checkedMul(a, b);
    overflow |= !product;
    return product.value_or(0);
  }

  const Problem &problem;
  const Splitter &splitter;
  int64_t inProgressMode;
  int64_t maxRuns;
  std::vector<Visit> visits;
  llvm::DenseMap<RunKey, TreeSummary> known;
  int64_t numDecided = 0;
  bool overflow = false;
};

} // namespace

std::optional<TreeSummary> bptt::planning::summarize(const Problem &problem,
                                                     const Splitter &splitter,
                                                     int64_t inProgressMode,
                                                     int64_t maxRuns) {
  return Summarizer(problem, splitter, inProgressMode, maxRuns).summarize();
}
