//===- Chen.cpp - The two schemes of Chen et al. --------------------------===//
//
// Chen, Xu, Zhang, Guestrin: Training Deep Nets with Sublinear Memory Cost,
// 2016. Both are fixed by the number of steps: a budget only decides whether
// they fit.
//
//===----------------------------------------------------------------------===//

#include "Math.h"
#include "Solution.h"

#include <algorithm>

using namespace bptt::planning;

/// Least L with L * L >= t.
static int64_t ceilSqrt(int64_t t) {
  int64_t low = -1, high = int64_t(1) << 21; // kMaxSteps is 2^40
  while (high - low > 1) {
    int64_t middle = low + (high - low) / 2;
    (middle * middle >= t ? high : low) = middle;
  }
  return high;
}

namespace {

/// Segments of equal length: the states at their starts are kept in the first
/// sweep, and each segment is taped as a whole when its turn comes.
class ChenSqrtSplitter final : public Splitter {
public:
  explicit ChenSqrtSplitter(const Problem &problem)
      : problem(problem), segmentSteps(ceilSqrt(problem.numSteps)) {}
  int64_t allowance() const override { return 0; }
  Split split(const Run &run) const override {
    if (run.numSteps > segmentSteps)
      return {segmentSteps, false, 0, 0};
    int64_t mode = cheapestTapeMode(problem.tapeModesAt(run.beginStep));
    return {0, true, int32_t(mode), 0};
  }

private:
  Problem problem;
  int64_t segmentSteps;
};

class ChenRecursiveSplitter final : public Splitter {
public:
  int64_t allowance() const override { return 0; }
  Split split(const Run &run) const override {
    return {run.numSteps / 2, false, 0, 0};
  }
};

} // namespace

/// Runs that a sum over a chain may take: every run of a chain is different.
static constexpr int64_t kMaxChainRuns = int64_t(1) << 24;

static TreeSummary sqrtFormula(const Problem &problem) {
  TreeSummary sum;
  int64_t t = problem.numSteps;
  if (t < 2)
    return sum;
  int64_t segment = ceilSqrt(t), numSegments = ceilDiv(t, segment);
  int64_t last = t - (numSegments - 1) * segment;
  const TapeMode &mode = problem.tapeModes[cheapestTapeMode(problem.tapeModes)];
  int64_t stateBytes = problem.stateBytes, tapeBytes = mode.residualBytes;
  sum.advances = t - last;
  sum.advanceCost = saturatingMul(sum.advances, problem.costs.advance);
  sum.extraBackwardCost = saturatingMul(t, mode.extraBackwardCost);
  // Segment j lies above the states of segments 1..j; it tapes all of its
  // steps but the last, which is in progress.
  auto peakOf = [&](int64_t j, int64_t steps) {
    if (steps == 1) // The state of a single step is not kept.
      return saturatingMul(std::max<int64_t>(j - 1, 0), stateBytes);
    int64_t tapes = saturatingMul(steps - 2, stateBytes + tapeBytes);
    return saturatingAdd(saturatingMul(j, stateBytes),
                         saturatingAdd(tapeBytes, tapes));
  };
  sum.keptPeakBytes = peakOf(numSegments - 1, last);
  if (numSegments > 1)
    sum.keptPeakBytes =
        std::max(sum.keptPeakBytes, peakOf(numSegments - 2, segment));
  int64_t copies = (numSegments - 1) * std::max<int64_t>(segment - 2, 0) +
                   std::max<int64_t>(last - 2, 0) + (numSegments - 1) -
                   (numSegments > 1 && last == 1);
  if (problem.initialState == InitialState::Counted) {
    sum.keptPeakBytes = saturatingAdd(sum.keptPeakBytes, stateBytes);
    ++copies;
  }
  sum.checkpointBytes = saturatingMul(copies, stateBytes);
  return sum;
}

llvm::Expected<Solution> bptt::planning::solveChenSqrt(const Request &request) {
  Solution solution;
  solution.splitter = std::make_shared<ChenSqrtSplitter>(request.problem);
  if (!request.problem.isChain())
    solution.formula = sqrtFormula(request.problem);
  return solution;
}

llvm::Expected<Solution>
bptt::planning::solveChenRecursive(const Request &request) {
  Solution solution;
  solution.splitter = std::make_shared<ChenRecursiveSplitter>();
  return solution;
}

static int64_t keptBytesOf(const Problem &problem, const Splitter &splitter) {
  std::optional<TreeSummary> sum =
      summarize(problem, splitter, -1, kMaxChainRuns);
  return sum ? sum->keptPeakBytes : std::numeric_limits<int64_t>::max();
}

int64_t bptt::planning::chenSqrtKeptBytes(const Problem &problem) {
  if (!problem.isChain())
    return sqrtFormula(problem).keptPeakBytes;
  return keptBytesOf(problem, ChenSqrtSplitter(problem));
}

int64_t bptt::planning::chenRecursiveKeptBytes(const Problem &problem) {
  return keptBytesOf(problem, ChenRecursiveSplitter());
}
