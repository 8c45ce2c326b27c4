//===- Optimal.cpp - The byte-exact optimum, and near it ------------------===//
//
// Exact where the table of ExactTable.h can be filled; beyond that a plan that
// is guided by a lower bound, or one in coarser units, with the bound stated.
//
//===----------------------------------------------------------------------===//

#include "ExactTable.h"
#include "Guided.h"
#include "Hull.h"
#include "Math.h"

#include "bptt/Planning/Solvers.h"

#include <algorithm>
#include <cmath>

using namespace bptt::planning;

namespace {

/// About a second on one core.
constexpr int64_t kMaxTableWork = int64_t(13) << 30;
constexpr int64_t kMaxCoarseWork = int64_t(4) << 30;
constexpr int64_t kMaxTableBytes = int64_t(1) << 29;
/// The table under a guided plan, and the hull's entries: a tenth of that.
constexpr int64_t kMaxShortTableWork = int64_t(1) << 30;
constexpr int64_t kMaxShortTableRows = int64_t(1) << 19;
constexpr int64_t kMaxHullEntries = int64_t(1) << 25;
constexpr int64_t kMaxUnits = int64_t(1) << 22;
/// Slopes are looked at in quarters, unless that takes too much.
constexpr int64_t kFraction = 4;

/// A plan that was found, in the problem's costs.
struct Found {
  std::shared_ptr<const CostedSplitter> splitter;
  int64_t recomputeCost;
  Exactness exactness;
};

} // namespace

static int64_t costOfWhole(const CostedSplitter &splitter,
                           const Scaled &scaled) {
  return splitter.costOf(
      {0, scaled.numSteps, scaled.allowance, scaled.initialIsHeld});
}

/// The exact table, with the fewest checkpoints where the numbers fit; null
/// when it would be too large.
static std::shared_ptr<const CostedSplitter> fillTable(const Scaled &scaled) {
  Scaled fine = withCheckpointCost(scaled);
  // Wide numbers take longer.
  int64_t maxWork =
      upperBound(fine) < (int64_t(1) << 30) ? kMaxTableWork : kMaxTableWork / 4;
  if (auto table = makeExactTable(fine, maxWork, kMaxTableBytes))
    return table;
  return makeExactTable(scaled, kMaxTableWork, kMaxTableBytes);
}

static std::shared_ptr<const Hull> makeHull(const Scaled &scaled) {
  if (scaled.stateUnits == 0 || scaled.allowance > kMaxUnits)
    return nullptr;
  for (int64_t fraction = kFraction; fraction >= 1; fraction /= 2)
    if (Hull::fits(scaled, fraction) &&
        (fraction == 1 || scaled.allowance * fraction * 4 <= kMaxHullEntries))
      return std::make_shared<Hull>(scaled, fraction, kMaxHullEntries);
  return nullptr;
}

static std::optional<Found> findGuided(const Scaled &scaled) {
  std::shared_ptr<const Hull> hull = makeHull(scaled);
  if (!hull)
    return std::nullopt;
  // Runs inside have any allowance up to the whole.
  int64_t numRows = scaled.allowance + 1;
  Scaled few = scaled;
  few.numSteps = std::min<int64_t>(
      {scaled.numSteps, 4096,
       int64_t(std::sqrt(2.0 * double(kMaxShortTableWork) / double(numRows)))});
  std::shared_ptr<const CostedSplitter> table;
  if (numRows <= kMaxShortTableRows && !(table = makeExactTable(few)))
    return std::nullopt;
  auto guided = makeGuided(scaled, hull, table, table ? few.numSteps : 1);
  if (!guided)
    return std::nullopt;
  int64_t cost = costOfWhole(*guided, scaled) * scaled.costUnit;
  return Found{guided, cost, Exactness::Window};
}

/// Rounds sizes up until the exact table can be filled.
static std::optional<Found> findCoarse(const Request &request) {
  int64_t t = request.problem.numSteps;
  int64_t maxUnits =
      std::min(kMaxCoarseWork / std::max<int64_t>(saturatingMul(t, t) / 2, 1),
               kMaxTableBytes / ((t + 1) * 8)) -
      2;
  if (maxUnits < 16)
    return std::nullopt;
  Scaled scaled =
      scale(request, coarseGranule(request, maxUnits), Rounding::Safe);
  std::shared_ptr<const CostedSplitter> table =
      makeExactTable(scaled, kMaxCoarseWork, kMaxTableBytes);
  if (!table || costOfWhole(*table, scaled) >= table->infeasible())
    return std::nullopt;
  return Found{table, costOfWhole(*table, scaled) * scaled.costUnit,
               Exactness::Macro};
}

static std::optional<Found> findGuidedCoarse(const Request &request) {
  Scaled scaled =
      scale(request, coarseGranule(request, kMaxUnits), Rounding::Safe);
  std::optional<Found> found = findGuided(scaled);
  if (found)
    found->exactness = Exactness::Macro;
  return found;
}

/// No plan within the budget recomputes for less.
static int64_t lowerBound(const Request &request) {
  const Problem &problem = request.problem;
  int64_t granule = exactGranule(problem);
  int64_t budget = std::min(request.keptBytes, fullKeptBytes(problem));
  // Nothing is lost in exact units, so safe is as good as optimistic.
  Rounding rounding = Rounding::Safe;
  if (budget / granule > kMaxUnits) {
    granule = coarseGranule(request, kMaxUnits);
    rounding = Rounding::Optimistic;
  }
  Scaled scaled = scale(request, granule, rounding);
  int64_t cheapest =
      *std::min_element(scaled.tapeCosts.begin(), scaled.tapeCosts.end());
  int64_t bound = saturatingMul(cheapest, problem.numSteps);
  if (std::shared_ptr<const Hull> hull = makeHull(scaled))
    bound = std::max(bound, hull->wholeBound());
  return saturatingMul(bound, scaled.costUnit);
}

/// A plan without tapes, for what is too large for everything else.
static llvm::Expected<Solution> withoutTapes(const Request &request,
                                             int64_t bound) {
  llvm::Expected<Solution> solution = solveHsm(request);
  if (!solution)
    return solution.takeError();
  solution->exactness = Exactness::Macro;
  solution->recomputeCostLowerBound = bound;
  return solution;
}

static llvm::Expected<Solution> solveApproximately(const Request &request,
                                                   const Scaled &scaled) {
  std::optional<Found> best;
  auto consider = [&](std::optional<Found> found) {
    if (found && (!best || found->recomputeCost < best->recomputeCost))
      best = std::move(found);
  };
  int64_t bound = lowerBound(request);
  if (scaled.allowance <= kMaxUnits)
    consider(findGuided(scaled));
  else
    consider(findGuidedCoarse(request));
  // The coarse table is the slower of the two.
  if (!best || best->recomputeCost - bound > bound / 1000)
    consider(findCoarse(request));
  if (!best)
    return withoutTapes(request, bound);
  Solution solution;
  solution.splitter = best->splitter;
  solution.recomputeCostLowerBound = bound;
  solution.exactness =
      best->recomputeCost <= bound ? Exactness::Exact : best->exactness;
  return solution;
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
  Scaled scaled = scale(request, exactGranule(problem), Rounding::Safe);
  if (std::shared_ptr<const CostedSplitter> table = fillTable(scaled)) {
    Solution solution;
    solution.exactness = Exactness::Exact;
    solution.splitter = table;
    return solution;
  }
  return solveApproximately(request, scaled);
}
