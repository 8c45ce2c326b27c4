//===- OptimalSolver.cpp - The byte-exact optimum, and near it ------------===//
//
// Exact where the table of ExactTable.h can be filled, or no tape can be kept.
// Beyond that, the best plan over a ladder of budgets: the rungs at or below
// the one that is given.
//
// More budget then never costs more: the rungs for a budget are among those for
// a larger one. Few of them are looked at, without losing that: what a rung has
// to offer is known to cost at least its lower bound, and so does everything
// below it, so the descent ends at the first rung whose bound is no less than
// what was found above it. Where it reaches budgets with an exact table, the
// largest of these is the last that matters. It starts from a plan of
// Segments.h, which is monotone by itself: at large budgets that leaves nothing
// to find. (Where the search gives up, at sequences of far more than a million
// steps, rungs are skipped.)
//
//===----------------------------------------------------------------------===//

#include "OptimalSolver.h"

#include "ExactTable.h"
#include "Math.h"
#include "Segments.h"

#include "bptt/Planning/Solvers.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace bptt::planning;

namespace {

/// About a second on one core; so much less where rows of 64 bits are longer
/// than caches.
constexpr int64_t kMaxTableWork = int64_t(13) << 30;
constexpr int64_t kMaxCachedSteps = int64_t(1) << 15;
constexpr int64_t kUncachedPart = 16;
constexpr int64_t kMaxTableBytes = int64_t(1) << 29;
/// Rungs have so many leading binary digits, in the smallest unit that loses
/// nothing: they lie less than 0.05 per cent apart. With several tape modes
/// bounds are less close, and more rungs would be looked at.
constexpr unsigned kRungDigits = 12;
constexpr unsigned kFewRungDigits = 10;
/// So many less where segments leave little to find.
constexpr unsigned kDroppedDigits = 4;
/// The least sums of states and tapes, so many, are rungs whatever their
/// digits; one of those whose bounds agree in so many.
constexpr int64_t kManySums = int64_t(1) << 15;
constexpr unsigned kBoundDigits = 16;
/// A bound within this part of what is bounded is close enough.
constexpr int64_t kClosePart = int64_t(1) << 13;
/// What is skipped after a search that gave up: this part of the budget.
constexpr int64_t kSkippedPart = 8;

} // namespace

//===----------------------------------------------------------------------===//
// Exact
//===----------------------------------------------------------------------===//

static bool isWide(const Scaled &scaled) {
  return upperBound(scaled) >= int64_t(1) << 30;
}

static int64_t maxTableWork(const Scaled &scaled) {
  bool isCached = !isWide(scaled) || scaled.numSteps <= kMaxCachedSteps;
  return isCached ? kMaxTableWork : kMaxTableWork / kUncachedPart;
}

/// Whether plans can keep nothing but states. Then HSM is the best.
static bool holdsNoTape(const Request &request) {
  const Problem &problem = request.problem;
  bool isHeld = problem.initialState == InitialState::Held;
  return llvm::all_of(problem.tapeModes, [&](const TapeMode &mode) {
    return (isHeld ? 0 : problem.stateBytes) + mode.residualBytes >
           request.keptBytes;
  });
}

/// Whether plans can keep no state but the first. Then HSM is the best, but for
/// two steps at the end: an advance and a step in progress, or a tape.
static bool holdsOneState(const Request &request) {
  bool isHeld = request.problem.initialState == InitialState::Held;
  int64_t first = isHeld ? 0 : request.problem.stateBytes;
  return request.keptBytes < first + request.problem.stateBytes;
}

/// HSM, if it is possible.
static std::optional<Found> keepingStatesOnly(const Request &request,
                                              Exactness exactness) {
  llvm::Expected<Solution> states = solveHsm(request);
  if (states)
    return Found{states->splitter, recomputeCost(*states->formula), exactness,
                 states->formula};
  llvm::consumeError(states.takeError());
  return std::nullopt;
}

/// The exact table, with the fewest checkpoints where the numbers fit, or a
/// closed form; null when the table would be too large.
static std::optional<Found> findExactly(const Request &request) {
  Scaled scaled = scale(request, exactGranule(request.problem), Rounding::Safe);
  Scaled fine = withCheckpointCost(scaled);
  auto found = [&](const CostedSplitter &table, int64_t unit) {
    int64_t cost = table.costOf(
        {0, scaled.numSteps, scaled.allowance, scaled.initialIsHeld});
    return saturatingMul(cost / unit, scaled.costUnit);
  };
  // Wide numbers take longer.
  int64_t maxWork =
      std::min(maxTableWork(fine), kMaxTableWork / (isWide(fine) ? 4 : 1));
  if (auto table = makeExactTable(fine, maxWork, kMaxTableBytes)) {
    // A plan keeps fewer states than it has steps.
    int64_t unit = std::max<int64_t>(scaled.numSteps, 1);
    return Found{table, found(*table, unit), Exactness::Exact, std::nullopt};
  }
  if (holdsNoTape(request))
    if (auto states = keepingStatesOnly(request, Exactness::Exact))
      return states;
  if (auto table = makeExactTable(scaled, maxTableWork(scaled), kMaxTableBytes))
    return Found{table, found(*table, 1), Exactness::Exact, std::nullopt};
  return std::nullopt;
}

/// Whether `findExactly` finds a table. As rows are added for every budget and
/// none is lost, and costs fall, it does for all budgets from there up to some
/// one.
static bool isExact(const Request &request) {
  Scaled scaled = scale(request, exactGranule(request.problem), Rounding::Safe);
  return fitsExactTable(scaled, maxTableWork(scaled), kMaxTableBytes);
}

//===----------------------------------------------------------------------===//
// The ladder
//===----------------------------------------------------------------------===//

/// The memory from which on segments undo the whole sequence. It is a rung by
/// itself.
static int64_t segmentsRung(const Problem &problem) {
  const TapeMode &mode = problem.tapeModes[cheapestTapeMode(problem.tapeModes)];
  double bytes =
      std::sqrt(2.0 * double(problem.numSteps) * double(problem.stateBytes) *
                double(problem.stateBytes + mode.residualBytes));
  return bytes < double(kMaxBytes) ? int64_t(bytes) : kMaxBytes;
}

/// `value` with so many leading binary digits and zeros after them.
static int64_t leading(int64_t value, unsigned numDigits) {
  unsigned digits = llvm::Log2_64(std::max<int64_t>(value, 1)) + 1;
  unsigned dropped = digits > numDigits ? digits - numDigits : 0;
  return value >> dropped << dropped;
}

/// `keptBytes` with so many leading binary digits, in exact units.
static int64_t roundDown(const Problem &problem, int64_t keptBytes,
                         unsigned numDigits) {
  int64_t granule = exactGranule(problem);
  return leading(keptBytes / granule, numDigits) * granule;
}

/// The least that states and tapes can take together, one of them without its
/// state if the caller has that: costs fall there and nowhere between. They are
/// rungs; a number of few digits would be a sum or two less.
static std::vector<int64_t> leastSums(const Problem &problem) {
  Request all = {problem, fullKeptBytes(problem), -1};
  int64_t granule = exactGranule(problem);
  Scaled scaled = scale(all, granule, Rounding::Safe);
  std::vector<int64_t> sums;
  for (int64_t units : Sums::least(scaled, scaled.allowance, kManySums))
    sums.push_back(units * granule);
  size_t count = sums.size();
  if (scaled.initialIsHeld)
    for (const TapeMode &mode : problem.tapeModes)
      for (size_t i = 0; i < count; ++i)
        if (sums[i] + mode.residualBytes < sums[count - 1])
          sums.push_back(sums[i] + mode.residualBytes);
  llvm::sort(sums);
  return sums;
}

/// The largest rung that is at most `keptBytes` and is no sum: a number of few
/// digits, or `minKeptBytes`, which plans need.
static int64_t rungOfDigits(const Problem &problem, int64_t keptBytes) {
  unsigned digits = problem.tapeModes.size() > 1 ? kFewRungDigits : kRungDigits;
  int64_t coarse = segmentsRung(problem), least = minKeptBytes(problem);
  if (keptBytes < coarse)
    return std::max(roundDown(problem, keptBytes, digits), least);
  return std::max(
      {roundDown(problem, keptBytes, digits - kDroppedDigits), coarse, least});
}

/// The largest budget with an exact plan, which `low` has and `high` has not.
static int64_t largestExactBudget(const Request &request, int64_t low,
                                  int64_t high) {
  int64_t granule = exactGranule(request.problem);
  low /= granule;
  high = ceilDiv(high, granule);
  while (high - low > 1) {
    int64_t middle = low + (high - low) / 2;
    bool isLow =
        isExact({request.problem, middle * granule, request.inProgressMode});
    (isLow ? low : high) = middle;
  }
  return low * granule;
}

namespace {

/// The descent for one request.
class Ladder {
public:
  Ladder(const Request &request, Stretches &stretches)
      : problem(request.problem), mode(request.inProgressMode),
        above(std::min(request.keptBytes, fullKeptBytes(problem))),
        stretches(stretches), sums(leastSums(problem)) {}

  /// Where the descent starts from.
  llvm::Error considerSegments() {
    llvm::Expected<Solution> segments = solveSegments(at(above));
    if (!segments)
      return segments.takeError();
    consider({segments->splitter, recomputeCost(*segments->formula),
              Exactness::Window, segments->formula});
    return llvm::Error::success();
  }

  /// On every plan within the budget; not as close as could be where it says
  /// already that nothing better is left to find.
  int64_t lowerBound() {
    int64_t bound = firstSweepLowerBound(at(above)).value_or(0);
    if (holdsOneState(at(above)))
      if (auto states = keepingStatesOnly(at(above), Exactness::Window))
        return std::max(bound, states->recomputeCost - costOfTwoSteps());
    return improvesNot(bound) ? bound
                              : std::max(bound, stretches.lowerBound(above));
  }

  /// The best plan over the rungs at or below the budget, if there is one.
  std::optional<Found> climbDown() {
    while (step())
      ;
    return best;
  }

private:
  Request at(int64_t keptBytes) const { return {problem, keptBytes, mode}; }

  /// The largest rung that is at most `above`.
  int64_t nextRung() {
    if (sums.empty() || above >= sums.back())
      return std::max(sums.empty() ? 0 : sums.back(),
                      rungOfDigits(problem, above));
    auto next = llvm::upper_bound(sums, above);
    int64_t sum = leastLike(*std::prev(next));
    return std::max(sum, minKeptBytes(problem));
  }

  /// The least sum in the stretch of `sum` with nearly the same bound.
  int64_t leastLike(int64_t sum) {
    auto bound = [&](int64_t bytes) {
      return leading(stretches.lowerBoundInUnits(bytes), kBoundDigits);
    };
    auto end = llvm::upper_bound(sums, sum);
    auto begin = std::partition_point(sums.begin(), end, [&](int64_t other) {
      return other < minKeptBytes(problem) || !Stretch::areNear(other, sum);
    });
    return begin == end ? sum
                        : *std::partition_point(begin, end, [&](int64_t other) {
                            return bound(other) != bound(sum);
                          });
  }

  /// Of an advance and a step in progress.
  int64_t costOfTwoSteps() const {
    int64_t inProgress = tapeModeInProgress(problem, 0, mode);
    return problem.costs.advance +
           problem.tapeModes[inProgress].extraBackwardCost;
  }

  bool improvesNot(int64_t lowerBound) const {
    return best && lowerBound >= best->recomputeCost;
  }

  void consider(const Found &found) {
    if (!best || found.recomputeCost < best->recomputeCost)
      best = found;
  }

  /// Looks at the next rung; returns whether those below it may be better.
  bool step() {
    int64_t rung = nextRung();
    if (improvesNot(firstSweepLowerBound(at(rung)).value_or(0)))
      return false;
    if (isExact(at(rung))) {
      Request largest = at(largestExactBudget(at(rung), rung, above + 1));
      if (!improvesNot(stretches.lowerBound(largest.keptBytes)))
        consider(*findExactly(largest));
      return false;
    }
    if (holdsNoTape(at(rung)) || holdsOneState(at(rung))) {
      if (auto states = keepingStatesOnly(at(rung), Exactness::Window))
        consider(*states);
      return false;
    }
    if (improvesNot(stretches.lowerBoundInUnits(rung))) {
      // In coarser units this bound says nothing of smaller octaves.
      Octave octave = stretches.octaveOf(rung);
      above = octave.leastBytes;
      return !octave.isExact && above >= minKeptBytes(problem) &&
             !improvesNot(stretches.lowerBound(above));
    }
    std::optional<Found> found = stretches.find(rung);
    if (found)
      consider(*found);
    above = rung - 1 - (found ? 0 : rung / kSkippedPart);
    return rung > minKeptBytes(problem) && above >= minKeptBytes(problem);
  }

  const Problem &problem;
  int64_t mode;
  int64_t above; ///< rungs beyond this are done
  std::optional<Found> best;
  Stretches &stretches;
  std::vector<int64_t> sums; ///< rungs, in order
};

} // namespace

/// Whether plain BPTT is possible and the best: not where the last step is to
/// be taped in a way that makes its backward dearer.
static bool keepsAllAtNoCost(const Request &request) {
  const Problem &problem = request.problem;
  if (request.keptBytes < fullKeptBytes(problem))
    return false;
  const std::vector<TapeMode> &modes = problem.tapeModes;
  int64_t mode = tapeModeInProgress(problem, 0, request.inProgressMode);
  return modes[mode].extraBackwardCost ==
         modes[cheapestTapeMode(modes)].extraBackwardCost;
}

llvm::Expected<Solution> OptimalSolver::solve(int64_t keptBytes) {
  Request request = at(keptBytes);
  if (keepsAllAtNoCost(request)) {
    llvm::Expected<Solution> full = solveFull(request);
    if (full)
      full->exactness = Exactness::Exact;
    return full;
  }
  Solution solution;
  if (std::optional<Found> exact = findExactly(request)) {
    solution.exactness = exact->exactness;
    solution.splitter = exact->splitter;
    solution.formula = exact->formula;
    return solution;
  }
  Ladder ladder(request, stretches);
  llvm::Error failure = ladder.considerSegments();
  int64_t bound = ladder.lowerBound();
  std::optional<Found> best = ladder.climbDown();
  if (!best)
    return failure;
  llvm::consumeError(std::move(failure));
  solution.splitter = best->splitter;
  solution.formula = best->formula;
  solution.recomputeCostLowerBound = bound;
  solution.exactness =
      best->recomputeCost <= bound ? Exactness::Exact : best->exactness;
  if (best->exactness == Exactness::Exact && best->recomputeCost > bound)
    solution.exactness = Exactness::Window;
  return solution;
}

int64_t OptimalSolver::plannedCost(int64_t keptBytes) {
  constexpr int64_t none = std::numeric_limits<int64_t>::max();
  Request request = at(keptBytes);
  if (!keepsAllAtNoCost(request) && isExact(request)) {
    Scaled scaled = scale(request, exactGranule(problem), Rounding::Safe);
    if (scaled.allowance > mostUnits) {
      wholeRuns = makeRunTable(
          scaled, Sums::make(scaled, scaled.allowance, scaled.allowance + 1));
      mostUnits = scaled.allowance;
    }
    if (wholeRuns) {
      auto table = wholeRuns->within(scaled.allowance);
      int64_t cost = table->costOf(
          {0, scaled.numSteps, scaled.allowance, scaled.initialIsHeld});
      return saturatingMul(cost, scaled.costUnit);
    }
  }
  llvm::Expected<Solution> solution = solve(keptBytes);
  if (!solution) {
    llvm::consumeError(solution.takeError());
    return none;
  }
  std::optional<TreeSummary> sum = sumUp(*solution, problem, mode);
  return sum ? recomputeCost(*sum) : none;
}

int64_t OptimalSolver::lowerBound(int64_t keptBytes) {
  Request request = at(keptBytes);
  int64_t bound = firstSweepLowerBound(request).value_or(0);
  llvm::Expected<Solution> segments = solveSegments(request);
  if (!segments)
    llvm::consumeError(segments.takeError());
  else if (recomputeCost(*segments->formula) - bound <= bound / kClosePart)
    return bound;
  return std::max(bound, stretches.lowerBound(keptBytes));
}

llvm::Expected<Solution> bptt::planning::solveOptimal(const Request &request) {
  if (!request.problem.isChain())
    return OptimalSolver(request.problem, request.inProgressMode)
        .solve(request.keptBytes);
  if (request.keptBytes < fullKeptBytes(request.problem))
    return solveChain(request);
  llvm::Expected<Solution> full = solveFull(request);
  if (full)
    full->exactness = Exactness::Exact;
  return full;
}
