//===- Segments.cpp - Segments that are taped as a whole ------------------===//

#include "Segments.h"

#include "Math.h"

#include <algorithm>

using namespace bptt::planning;

namespace {

/// Sums and products of two numbers of 64 bits.
using Wide = __int128;

/// More than the longest sequence needs where memory is not very small.
constexpr size_t kMaxSegments = size_t(1) << 21;

struct Layout {
  /// Steps from the beginning of each segment on; the last segment's are its
  /// own.
  std::vector<int64_t> remaining;
  /// How the last segment is taped, the first `numFirst` steps in another mode,
  /// and the other segments.
  int64_t numFirst = 0;
  int32_t firstMode = 0, lastMode = 0, otherMode = 0;

  int64_t numSegments() const { return int64_t(remaining.size()); }
  int64_t lengthOf(int64_t segment) const {
    int64_t next =
        segment + 1 < numSegments() ? remaining[segment + 1] : int64_t(0);
    return remaining[segment] - next;
  }
};

/// Allowances say where a run is: 0 in a segment, 1 in the last one, 2 and more
/// in front of a segment.
class SegmentsSplitter final : public Splitter {
public:
  explicit SegmentsSplitter(Layout layout) : layout(std::move(layout)) {}

  int64_t allowance() const override { return layout.numSegments(); }

  Split split(const Run &run) const override {
    if (run.allowance == 0)
      return {0, true, layout.otherMode, 0};
    int64_t segment = layout.numSegments() - run.allowance;
    if (run.allowance == 1) {
      int64_t numTaped = layout.remaining.back() - run.numSteps;
      bool isFirst = numTaped < layout.numFirst;
      return {0, true, isFirst ? layout.firstMode : layout.lastMode, 1};
    }
    if (run.numSteps == layout.remaining[segment])
      return {layout.lengthOf(segment), false, 0, run.allowance - 1};
    return {0, true, layout.otherMode, 0};
  }

private:
  Layout layout;
};

class SegmentsSearch {
public:
  explicit SegmentsSearch(const Request &request)
      : problem(request.problem), modes(problem.tapeModes),
        heldBytes(problem.initialState == InitialState::Held
                      ? problem.stateBytes
                      : 0),
        bytes(Wide(request.keptBytes) + heldBytes),
        inProgressCost(
            modes[tapeModeInProgress(problem, 0, request.inProgressMode)]
                .extraBackwardCost) {}

  std::optional<Solution> search() {
    for (size_t last = 0; last < modes.size(); ++last)
      for (size_t other = 0; other < modes.size(); ++other) {
        if (problem.numSteps > 0 && fits(last))
          trySingle(last, other);
        else
          trySeveral(last, other);
      }
    return best;
  }

  std::optional<int64_t> lowerBound() const;

private:
  int64_t tapeBytes(size_t mode) const {
    return problem.stateBytes + modes[mode].residualBytes;
  }
  int64_t extraCost(size_t mode) const { return modes[mode].extraBackwardCost; }
  /// The last step is always taped in progress.
  Wide numTapeable() const {
    return std::max<int64_t>(problem.numSteps - 1, 0);
  }
  /// Whether all steps do, in this mode.
  bool fits(size_t mode) const {
    return numTapeable() * tapeBytes(mode) <= bytes;
  }

  /// One segment, in mode `small` and, as far as there is room, in a cheaper
  /// one.
  void trySingle(size_t small, size_t large) {
    Layout layout;
    layout.remaining = {problem.numSteps};
    layout.lastMode = int32_t(small);
    layout.firstMode = int32_t(large);
    int64_t more = tapeBytes(large) - tapeBytes(small);
    if (more > 0 && extraCost(large) < extraCost(small))
      layout.numFirst = int64_t(std::min<Wide>(
          numTapeable(), (bytes - numTapeable() * tapeBytes(small)) / more));
    consider(std::move(layout));
  }

  /// As few segments as will do, all but the last two as long as they can be.
  void trySeveral(size_t last, size_t other) {
    // Else a longer last segment might cost more, or fewer segments.
    if (extraCost(last) >
            saturatingAdd(problem.costs.advance, extraCost(other)) ||
        extraCost(other) > inProgressCost)
      return;
    Layout layout;
    layout.lastMode = int32_t(last);
    layout.otherMode = int32_t(other);
    int64_t remaining = problem.numSteps;
    Wide free = bytes;
    while (remaining > 0 && layout.remaining.size() < kMaxSegments) {
      layout.remaining.push_back(remaining);
      if (free < problem.stateBytes)
        return;
      Wide next = free - problem.stateBytes;
      Wide length = free / tapeBytes(other) + 1;
      Wide lastLength = next / tapeBytes(last) + 1;
      if (length + lastLength >= remaining) {
        layout.remaining.push_back(
            int64_t(std::min<Wide>(lastLength, remaining - 1)));
        return consider(std::move(layout));
      }
      remaining -= int64_t(length);
      free = next;
    }
  }

  void consider(Layout layout) {
    std::optional<TreeSummary> sum = summarize(layout);
    if (!sum)
      return;
    if (best && recomputeCost(*sum) >= recomputeCost(*best->formula))
      return;
    best = Solution();
    best->splitter = std::make_shared<SegmentsSplitter>(std::move(layout));
    best->exactness = Exactness::Window;
    best->formula = sum;
  }

  /// Nothing where a number is too large.
  std::optional<TreeSummary> summarize(const Layout &layout) const {
    int64_t numSegments = layout.numSegments();
    int64_t lastTapes = layout.remaining.back() - 1;
    int64_t advances = problem.numSteps - layout.remaining.back();
    int64_t otherTapes = advances - (numSegments - 1);
    Wide extra = Wide(numSegments) * inProgressCost +
                 Wide(otherTapes) * extraCost(layout.otherMode) +
                 Wide(layout.numFirst) * extraCost(layout.firstMode) +
                 Wide(lastTapes - layout.numFirst) * extraCost(layout.lastMode);
    Wide advanceCost = Wide(advances) * problem.costs.advance;
    if (advanceCost + extra >= std::numeric_limits<int64_t>::max())
      return std::nullopt;
    Wide peak = Wide(layout.numFirst) * tapeBytes(layout.firstMode) +
                Wide(lastTapes - layout.numFirst) * tapeBytes(layout.lastMode) +
                Wide(numSegments - 1) * problem.stateBytes;
    // States in front of segments and of taped steps, once where they are one.
    Wide copies = Wide(numSegments - 1) * problem.stateBytes;
    for (int64_t segment = 0; segment < numSegments; ++segment) {
      int64_t tapes = layout.lengthOf(segment) - 1;
      bool isLast = segment + 1 == numSegments;
      copies +=
          Wide(std::max<int64_t>(tapes - !isLast, 0)) * problem.stateBytes;
      if (!isLast)
        peak = std::max(peak, Wide(tapes) * tapeBytes(layout.otherMode) +
                                  Wide(segment) * problem.stateBytes);
    }
    TreeSummary sum;
    sum.advances = advances;
    sum.advanceCost = int64_t(advanceCost);
    sum.extraBackwardCost = int64_t(extra);
    sum.keptPeakBytes = int64_t(std::max<Wide>(peak - heldBytes, 0));
    sum.checkpointBytes = int64_t(std::max<Wide>(copies - heldBytes, 0));
    return sum;
  }

  const Problem &problem;
  const std::vector<TapeMode> &modes;
  int64_t heldBytes; ///< of an initial state that is not counted
  Wide bytes;        ///< the budget, as if it were counted
  int64_t inProgressCost;
  std::optional<Solution> best;
};

} // namespace

/// A linear programme with two constraints, memory and the number of steps: its
/// best vertex has one mode or two.
std::optional<int64_t> SegmentsSearch::lowerBound() const {
  int64_t leastExtra = inProgressCost;
  for (const TapeMode &mode : modes)
    leastExtra = std::min(leastExtra, mode.extraBackwardCost);
  Wide untaped = Wide(problem.costs.advance) + leastExtra, most = 0;
  auto gain = [&](size_t mode) { return untaped - extraCost(mode); };
  for (size_t mode = 0; mode < modes.size(); ++mode) {
    if (fits(mode)) {
      most = std::max(most, numTapeable() * gain(mode));
      continue;
    }
    // Whole tapes and a part of one, in this order so that nothing overflows.
    most = std::max(most,
                    bytes / tapeBytes(mode) * gain(mode) +
                        bytes % tapeBytes(mode) * gain(mode) / tapeBytes(mode));
    for (size_t small = 0; small < modes.size(); ++small) {
      int64_t more = tapeBytes(mode) - tapeBytes(small);
      Wide better = gain(mode) - gain(small);
      if (more <= 0 || better <= 0 || !fits(small))
        continue;
      Wide left = bytes - numTapeable() * tapeBytes(small);
      most = std::max(most, numTapeable() * gain(small) + left / more * better +
                                left % more * better / more);
    }
  }
  if (problem.numSteps == 0)
    return 0;
  Wide bound = numTapeable() * untaped - most + inProgressCost;
  if (bound >= std::numeric_limits<int64_t>::max())
    return std::nullopt;
  return int64_t(bound);
}

llvm::Expected<Solution> bptt::planning::solveSegments(const Request &request) {
  std::optional<Solution> segments = SegmentsSearch(request).search();
  // More budget makes either better, and adds the segments where there are
  // none.
  llvm::Expected<Solution> states = solveHsm(request);
  if (!segments)
    return states;
  if (!states) {
    llvm::consumeError(states.takeError());
    return *segments;
  }
  bool isBetter =
      recomputeCost(*segments->formula) <= recomputeCost(*states->formula);
  return isBetter ? *segments : *states;
}

std::optional<int64_t>
bptt::planning::firstSweepLowerBound(const Request &request) {
  return SegmentsSearch(request).lowerBound();
}
