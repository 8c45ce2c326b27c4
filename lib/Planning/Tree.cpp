//===- Tree.cpp - Expanding and summing up a tree of decisions ------------===//

#include "bptt/Planning/Splitter.h"

#include "Math.h"

#include "llvm/ADT/DenseMap.h"

#include <algorithm>
#include <array>

using namespace bptt::planning;

Run bptt::planning::wholeRun(const Problem &problem, const Splitter &splitter) {
  return {0, problem.numSteps, splitter.allowance(),
          problem.initialState == InitialState::Held};
}

//===----------------------------------------------------------------------===//
// Expansion
//===----------------------------------------------------------------------===//

namespace {

/// What remains of a run when the run to the right of its split is done: the
/// backward of the step that was taped, then the steps advanced over.
struct Pending {
  Run left;                // may be empty where a step was taped
  int64_t topBytes = 0;    // first free byte
  int64_t stateOffset = 0; // of the run's initial state
  int32_t tapeMode = -1;   // of the step after `left`; -1: none was taped
};

/// A stack that keeps what differs by the same amounts from one entry to the
/// next, as along a run of tapes, as one entry with a count.
class PendingStack {
public:
  bool empty() const { return entries.empty(); }

  void push(const Pending &next) {
    if (!entries.empty() && entries.back().extend(next))
      return;
    entries.push_back({next, 1, {}});
  }

  Pending pop() {
    Pending last = entries.back().last;
    if (!entries.back().shrink())
      entries.pop_back();
    return last;
  }

private:
  using Numbers = std::array<int64_t, 5>;

  struct Progression {
    Pending last;
    int64_t count;
    Numbers stride; // from each to the next, where there are two or more

    bool extend(const Pending &next) {
      if (next.tapeMode != last.tapeMode ||
          next.left.initialIsHeld != last.left.initialIsHeld)
        return false;
      Numbers step = numbersOf(next), previous = numbersOf(last);
      for (size_t i = 0; i < step.size(); ++i)
        step[i] -= previous[i];
      if (count > 1 && step != stride)
        return false;
      stride = step;
      last = next;
      ++count;
      return true;
    }

    bool shrink() {
      last.left.beginStep -= stride[0];
      last.left.numSteps -= stride[1];
      last.left.allowance -= stride[2];
      last.topBytes -= stride[3];
      last.stateOffset -= stride[4];
      return --count > 0;
    }
  };

  static Numbers numbersOf(const Pending &p) {
    return {p.left.beginStep, p.left.numSteps, p.left.allowance, p.topBytes,
            p.stateOffset};
  }

  std::vector<Progression> entries;
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
      enterRun(whole, 0, kCallersInitialState);
    while (!pending.empty() && !stopped)
      finish(pending.pop());
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

  void emitRestore(int64_t state, int64_t stateOffset) {
    if (stateOffset == kCallersInitialState)
      emit({ActionKind::RestoreInitial, 0, state, state});
    else
      emit({ActionKind::Restore, 0, state, state, stateOffset});
  }

  /// Does what there is to do before the first backward, with cur at the run's
  /// initial state, and the first backward where it needs no kept tape. Keeps
  /// the initial state of a run that will come back to it.
  void enterRun(Run run, int64_t topBytes, int64_t stateOffset) {
    while (!stopped) {
      if (run.numSteps > 1 && !run.initialIsHeld)
        stateOffset = emitCheckpoint(run.beginStep, topBytes);
      std::optional<Run> right = splitRun(run, topBytes, stateOffset);
      if (!right)
        return;
      run = *right;
    }
  }

  void finish(const Pending &p) {
    if (p.tapeMode >= 0) {
      int64_t step = p.left.beginStep + p.left.numSteps;
      auto [offset, stateOffset] = placeOfTape(p);
      emit({ActionKind::Backward, p.tapeMode, step, step + 1, offset,
            stateOffset});
    }
    if (p.left.numSteps == 0)
      return;
    emitRestore(p.left.beginStep, p.stateOffset);
    int64_t topBytes = p.topBytes;
    if (std::optional<Run> right = splitRun(p.left, topBytes, p.stateOffset))
      enterRun(*right, topBytes, 0);
  }

  /// Goes from the run's initial state, which is kept, to what is to the right
  /// of its split, and returns that; nothing where the tape in progress was it.
  std::optional<Run> splitRun(const Run &run, int64_t &topBytes,
                              int64_t stateOffset) {
    if (run.numSteps == 1) {
      emitInProgress(run.beginStep);
      return std::nullopt;
    }
    Split split = splitter.split(run);
    Pending rest = {run, topBytes, stateOffset, -1};
    rest.left.numSteps = split.numAdvances;
    int64_t middle = run.beginStep + split.numAdvances;
    int64_t numRight = run.numSteps - split.numAdvances;
    bool isKept = split.tapes && numRight > 1;
    if (isKept)
      rest.tapeMode = split.tapeMode;
    if (split.numAdvances > 0)
      emit({ActionKind::Advance, 0, run.beginStep, middle});
    if (split.numAdvances > 0 || isKept)
      pending.push(rest);
    if (split.tapes && !isKept) {
      emitInProgress(middle);
      return std::nullopt;
    }
    if (isKept) {
      emitTaped(rest, topBytes);
      ++middle;
      --numRight;
    }
    return Run{middle, numRight, split.rightAllowance, false};
  }

  /// Where the residuals of the taped step lie, and its input state: the run's
  /// own, or a copy below the residuals.
  std::pair<int64_t, int64_t> placeOfTape(const Pending &p) const {
    if (p.left.numSteps == 0)
      return {p.topBytes, p.stateOffset};
    int64_t step = p.left.beginStep + p.left.numSteps;
    return {p.topBytes + problem.stateBytesAt(step), p.topBytes};
  }

  void emitTaped(const Pending &p, int64_t &topBytes) {
    int64_t step = p.left.beginStep + p.left.numSteps;
    if (p.left.numSteps > 0)
      emitCheckpoint(step, topBytes);
    auto [offset, stateOffset] = placeOfTape(p);
    emit({ActionKind::TapedForward, p.tapeMode, step, step + 1, offset,
          stateOffset});
    topBytes += problem.tapeModesAt(step)[p.tapeMode].residualBytes;
  }

  const Problem &problem;
  const Splitter &splitter;
  int64_t inProgressMode;
  ActionVisitor visit;
  PendingStack pending;
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
