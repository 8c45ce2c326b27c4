//===- Optimal.cpp - The byte-exact optimum, and near it ------------------===//
//
// Exact where the table of ExactTable.h can be filled. Beyond that, the best
// plan over a ladder of budgets: the rungs at or below the one that is given.
//
// More budget then never costs more: the rungs for a budget are among those for
// a larger one. Few of them are looked at, without losing that: what a rung has
// to offer is known to cost at least its lower bound, and so does everything
// below it, so the descent ends at the first rung whose bound is no less than
// what was found above it. Where it reaches budgets with an exact table, the
// largest of these is the last that matters.
//
//===----------------------------------------------------------------------===//

#include "Approximate.h"
#include "ExactTable.h"
#include "Math.h"

#include "bptt/Planning/Solvers.h"

#include "llvm/Support/MathExtras.h"

using namespace bptt::planning;

namespace {

/// About a second on one core.
constexpr int64_t kMaxTableWork = int64_t(13) << 30;
constexpr int64_t kMaxTableBytes = int64_t(1) << 29;
/// Rungs have so many leading binary digits, in the smallest unit that loses
/// nothing: they lie less than 0.03 per cent apart.
constexpr unsigned kRungDigits = 13;

} // namespace

//===----------------------------------------------------------------------===//
// Exact
//===----------------------------------------------------------------------===//

/// The exact table, with the fewest checkpoints where the numbers fit; null
/// when it would be too large.
static std::optional<Found> findExactly(const Request &request) {
  Scaled scaled =
      scale(request, exactGranule(request.problem), Rounding::Safe);
  Scaled fine = withCheckpointCost(scaled);
  auto found = [&](const CostedSplitter &table, int64_t unit) {
    int64_t cost = table.costOf(
        {0, scaled.numSteps, scaled.allowance, scaled.initialIsHeld});
    return saturatingMul(cost / unit, scaled.costUnit);
  };
  // Wide numbers take longer.
  int64_t maxWork =
      upperBound(fine) < (int64_t(1) << 30) ? kMaxTableWork : kMaxTableWork / 4;
  if (auto table = makeExactTable(fine, maxWork, kMaxTableBytes)) {
    // A plan keeps fewer states than it has steps.
    int64_t unit = std::max<int64_t>(scaled.numSteps, 1);
    return Found{table, found(*table, unit), Exactness::Exact};
  }
  if (auto table = makeExactTable(scaled, kMaxTableWork, kMaxTableBytes))
    return Found{table, found(*table, 1), Exactness::Exact};
  return std::nullopt;
}

/// Whether `findExactly` finds a plan. As rows are added for every budget and
/// none is lost, it does for all budgets up to some one.
static bool isExact(const Request &request) {
  Scaled scaled =
      scale(request, exactGranule(request.problem), Rounding::Safe);
  return fitsExactTable(scaled, kMaxTableWork, kMaxTableBytes);
}

//===----------------------------------------------------------------------===//
// The ladder
//===----------------------------------------------------------------------===//

/// The largest of offset, offset + size, ..., that is at most `keptBytes`, as
/// long as these are not many; 0 if there is none.
static int64_t multipleAt(int64_t keptBytes, int64_t offset, int64_t size) {
  int64_t count = (keptBytes - offset) / size;
  if (keptBytes < offset || count >> kRungDigits)
    return 0;
  return offset + count * size;
}

/// The largest rung that is at most `keptBytes`: a number of few digits, or one
/// that few states or tapes fill. Plans need `minKeptBytes`, which is one too.
static int64_t rungAt(const Problem &problem, int64_t keptBytes) {
  int64_t granule = exactGranule(problem), units = keptBytes / granule;
  unsigned digits = llvm::Log2_64(std::max<int64_t>(units, 1)) + 1;
  unsigned dropped = digits > kRungDigits ? digits - kRungDigits : 0;
  int64_t rung = std::max((units >> dropped << dropped) * granule,
                          multipleAt(keptBytes, 0, problem.stateBytes));
  for (const TapeMode &mode : problem.tapeModes)
    for (int64_t offset : {int64_t(0), mode.residualBytes})
      rung = std::max(rung, multipleAt(keptBytes, offset,
                                       problem.stateBytes + mode.residualBytes));
  return std::max(rung, minKeptBytes(problem));
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

/// The best plan over the rungs at or below the budget.
static llvm::Expected<Found> climbDown(const Request &request) {
  const Problem &problem = request.problem;
  std::optional<Found> best;
  int64_t above = std::min(request.keptBytes, fullKeptBytes(problem));
  while (true) {
    Request at = {problem, rungAt(problem, above), request.inProgressMode};
    bool isLast = isExact(at);
    if (isLast)
      at.keptBytes = largestExactBudget(request, at.keptBytes, above + 1);
    int64_t boundHere = recomputeLowerBound(at);
    if (best && boundHere >= best->recomputeCost)
      break;
    llvm::Expected<Found> found =
        isLast ? *findExactly(at) : findApproximately(at, boundHere);
    if (!found && !best)
      return found.takeError();
    // What exceeds 64 bits does so with less memory too.
    if (!found) {
      llvm::consumeError(found.takeError());
      break;
    }
    if (!best || found->recomputeCost < best->recomputeCost)
      best = std::move(*found);
    if (isLast || at.keptBytes <= minKeptBytes(problem))
      break;
    above = at.keptBytes - 1;
  }
  return *best;
}

llvm::Expected<Solution> bptt::planning::solveOptimal(const Request &request) {
  const Problem &problem = request.problem;
  if (problem.isChain())
    return solveChain(request);
  int64_t cheapest = cheapestTapeMode(problem.tapeModes);
  int64_t mode = tapeModeInProgress(problem, 0, request.inProgressMode);
  if (request.keptBytes >= fullKeptBytes(problem) &&
      problem.tapeModes[mode].extraBackwardCost ==
          problem.tapeModes[cheapest].extraBackwardCost) {
    llvm::Expected<Solution> full = solveFull(request);
    if (full)
      full->exactness = Exactness::Exact;
    return full;
  }
  Solution solution;
  if (std::optional<Found> exact = findExactly(request)) {
    solution.exactness = exact->exactness;
    solution.splitter = exact->splitter;
    return solution;
  }
  int64_t bound = recomputeLowerBound(request);
  llvm::Expected<Found> best = climbDown(request);
  if (!best)
    return best.takeError();
  solution.splitter = best->splitter;
  solution.recomputeCostLowerBound = bound;
  solution.exactness =
      best->recomputeCost <= bound ? Exactness::Exact : best->exactness;
  if (best->exactness == Exactness::Exact && best->recomputeCost > bound)
    solution.exactness = Exactness::Window;
  return solution;
}
