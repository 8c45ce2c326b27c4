//===- Published.cpp - HSM and ISM, and plain BPTT and its opposite -------===//
//
// Policies with a closed form: nothing here takes time or memory in numSteps.
//
//===----------------------------------------------------------------------===//

#include "Math.h"
#include "Solution.h"

#include "bptt/Planning/ClosedForms.h"
#include "bptt/Planning/Solvers.h"

#include <algorithm>

using namespace bptt::planning;

static llvm::Error refuseChain(const Request &request, Policy policy) {
  if (!request.problem.isChain())
    return llvm::Error::success();
  return llvm::createStringError("policy '" + toString(policy) +
                                 "' counts slots and needs equal steps");
}

static llvm::Error costOverflow(const Request &request) {
  return llvm::createStringError(
      "the cost of " + llvm::Twine(request.problem.numSteps) +
      " steps within " + llvm::Twine(request.keptBytes) +
      " bytes exceeds 64 bits");
}

static int64_t cheapestExtraCost(const Problem &problem) {
  return problem.tapeModes[cheapestTapeMode(problem.tapeModes)]
      .extraBackwardCost;
}

//===----------------------------------------------------------------------===//
// Slots
//===----------------------------------------------------------------------===//

int64_t bptt::planning::internalStateBytes(const Problem &problem) {
  const TapeMode &mode = problem.tapeModes[cheapestTapeMode(problem.tapeModes)];
  return 2 * problem.stateBytes + mode.residualBytes;
}

int64_t bptt::planning::slotsForBytes(const Problem &problem, Policy policy,
                                      int64_t keptBytes) {
  bool isHeld = problem.initialState == InitialState::Held;
  int64_t slots;
  if (policy == Policy::Ism)
    slots = 1 + (keptBytes - (isHeld ? 0 : problem.stateBytes)) /
                    internalStateBytes(problem);
  else
    slots = keptBytes / problem.stateBytes + isHeld;
  // More change nothing: a state before every step, a tape for every step, or
  // for MSM as many states as these take.
  int64_t most = problem.numSteps + 1;
  if (policy == Policy::Msm)
    most = saturatingAdd(
        saturatingMul(problem.numSteps,
                      ceilDiv(internalStateBytes(problem), problem.stateBytes)),
        1);
  return std::clamp<int64_t>(slots, 1, most);
}

int64_t bptt::planning::keptBytesForSlots(const Problem &problem, Policy policy,
                                          int64_t slots) {
  int64_t initial =
      problem.initialState == InitialState::Held ? 0 : problem.stateBytes;
  int64_t slotBytes =
      policy == Policy::Ism ? internalStateBytes(problem) : problem.stateBytes;
  return saturatingAdd(initial, saturatingMul(slots - 1, slotBytes));
}

//===----------------------------------------------------------------------===//
// HSM and ISM
//===----------------------------------------------------------------------===//

namespace {

class HsmSplitter final : public Splitter {
public:
  explicit HsmSplitter(int64_t slots) : slots(slots) {}
  int64_t allowance() const override { return slots; }
  Split split(const Run &run) const override {
    return {hsmSplits(run.numSteps, run.allowance).first, false, 0,
            run.allowance - 1};
  }

private:
  int64_t slots;
};

/// Takes the first of the optimal splits: a tape right after a kept state
/// shares it.
class IsmSplitter final : public Splitter {
public:
  IsmSplitter(int64_t slots, int32_t tapeMode)
      : slots(slots), tapeMode(tapeMode) {}
  int64_t allowance() const override { return slots; }
  Split split(const Run &run) const override {
    return {ismSplits(run.numSteps, run.allowance).first - 1, true, tapeMode,
            run.allowance - 1};
  }

private:
  int64_t slots;
  int32_t tapeMode;
};

} // namespace

llvm::Expected<Solution> bptt::planning::solveHsm(const Request &request) {
  const Problem &problem = request.problem;
  if (auto e = refuseChain(request, Policy::Hsm))
    return e;
  int64_t slots = slotsForBytes(problem, Policy::Hsm, request.keptBytes);
  std::optional<int64_t> count = hsmEvaluations(problem.numSteps, slots);
  if (!count)
    return costOverflow(request);
  Solution solution;
  solution.splitter = std::make_shared<HsmSplitter>(slots);
  // Fewer slots cost more until every step but the last starts from a kept
  // state, so an optimal schedule fills min(m, t - 1) of them.
  int64_t filled = std::min(slots, problem.numSteps - 1) -
                   (problem.initialState == InitialState::Held);
  TreeSummary sum;
  sum.advances = *count - problem.numSteps;
  sum.advanceCost = saturatingMul(sum.advances, problem.costs.advance);
  sum.extraBackwardCost = saturatingMul(
      problem.numSteps,
      problem.tapeModes[tapeModeInProgress(problem, 0, request.inProgressMode)]
          .extraBackwardCost);
  sum.keptPeakBytes =
      saturatingMul(std::max<int64_t>(filled, 0), problem.stateBytes);
  sum.checkpointBytes = -1;
  solution.formula = sum;
  return solution;
}

/// N_2(m) = (m+1)(m+2)/2 - 1, steps that m slots undo with two evaluations
/// each. Exact while it is below 2^62; larger ones compare the same with any t.
static int64_t stepsWithTwo(int64_t m) {
  return saturatingMul(m + 1, m + 2) / 2 - 1;
}

/// Kept bytes of the plan of IsmSplitter, the whole run's initial state aside.
/// With r the most evaluations of a step:
///   * r = 1: every step is taped right after the one before and shares its
///     state;
///   * r >= 3: a tape always follows an advance, and so does what remains, down
///     to one slot: m - 1 tapes each with both states around them;
///   * r = 2: a tape follows a tape as long as one slot less undoes the rest
///     with r = 2 and no advance; from there on as for r >= 3.
static int64_t ismKeptPeak(const Problem &problem, int64_t slots) {
  int64_t t = problem.numSteps, stateBytes = problem.stateBytes;
  int64_t tapeBytes = internalStateBytes(problem) - 2 * stateBytes;
  if (t <= slots)
    return t < 2 ? 0
                 : saturatingAdd(saturatingMul(t - 1, tapeBytes),
                                 saturatingMul(t - 2, stateBytes));
  int64_t low = 0, high = slots - 1; // the fewest tapes that follow a tape
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    bool isEnough = t - middle - 1 > stepsWithTwo(slots - middle - 1);
    (isEnough ? high : low) = isEnough ? middle : middle + 1;
  }
  return saturatingAdd(
      saturatingMul(low, stateBytes + tapeBytes),
      saturatingMul(slots - low - 1, 2 * stateBytes + tapeBytes));
}

llvm::Expected<Solution> bptt::planning::solveIsm(const Request &request) {
  const Problem &problem = request.problem;
  if (auto e = refuseChain(request, Policy::Ism))
    return e;
  int64_t slots = slotsForBytes(problem, Policy::Ism, request.keptBytes);
  std::optional<int64_t> count = ismEvaluations(problem.numSteps, slots);
  if (!count)
    return costOverflow(request);
  Solution solution;
  solution.splitter =
      std::make_shared<IsmSplitter>(slots, cheapestTapeMode(problem.tapeModes));
  TreeSummary sum;
  sum.advances = *count - problem.numSteps;
  sum.advanceCost = saturatingMul(sum.advances, problem.costs.advance);
  sum.extraBackwardCost =
      saturatingMul(problem.numSteps, cheapestExtraCost(problem));
  sum.keptPeakBytes =
      saturatingAdd(ismKeptPeak(problem, slots), minKeptBytes(problem));
  sum.checkpointBytes = -1;
  solution.formula = sum;
  return solution;
}

//===----------------------------------------------------------------------===//
// Everything and nothing
//===----------------------------------------------------------------------===//

namespace {

class FullSplitter final : public Splitter {
public:
  explicit FullSplitter(const Problem &problem) : problem(problem) {}
  int64_t allowance() const override { return 0; }
  Split split(const Run &run) const override {
    int64_t mode = cheapestTapeMode(problem.tapeModesAt(run.beginStep));
    return {0, true, int32_t(mode), 0};
  }
  bool tapesAll(const Run &run) const override { return !problem.isChain(); }

private:
  Problem problem;
};

class NoneSplitter final : public Splitter {
public:
  int64_t allowance() const override { return 0; }
  Split split(const Run &run) const override {
    return {run.numSteps - 1, true, 0, 0};
  }
};

} // namespace

llvm::Expected<Solution> bptt::planning::solveFull(const Request &request) {
  Solution solution;
  solution.splitter = std::make_shared<FullSplitter>(request.problem);
  return solution;
}

llvm::Expected<Solution> bptt::planning::solveNone(const Request &request) {
  const Problem &problem = request.problem;
  Solution solution;
  solution.splitter = std::make_shared<NoneSplitter>();
  if (problem.isChain())
    return solution;
  std::optional<int64_t> count = hsmEvaluations(problem.numSteps, 1);
  if (!count)
    return costOverflow(request);
  TreeSummary sum;
  sum.advances = *count - problem.numSteps;
  sum.advanceCost = saturatingMul(sum.advances, problem.costs.advance);
  int64_t mode = tapeModeInProgress(problem, 0, request.inProgressMode);
  sum.extraBackwardCost = saturatingMul(
      problem.numSteps, problem.tapeModes[mode].extraBackwardCost);
  sum.keptPeakBytes = sum.checkpointBytes = minKeptBytes(problem);
  solution.formula = sum;
  return solution;
}
