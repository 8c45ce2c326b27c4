//===- Approximate.cpp - Plans where no exact table can be filled ---------===//
//
// A plan that is guided by a lower bound, in exact units or in coarser ones; an
// exact table in units that are coarse enough for it; and for what is too large
// for everything else, a plan without tapes.
//
//===----------------------------------------------------------------------===//

#include "Approximate.h"

#include "ExactTable.h"
#include "Guided.h"
#include "Hull.h"
#include "Math.h"

#include <algorithm>
#include <cmath>

using namespace bptt::planning;

namespace {

/// A third of a second on one core, and half a gigabyte.
constexpr int64_t kMaxCoarseWork = int64_t(4) << 30;
constexpr int64_t kMaxTableBytes = int64_t(1) << 29;
/// The table under a guided plan, and the hull's entries: a tenth of that.
constexpr int64_t kMaxShortTableWork = int64_t(1) << 28;
constexpr int64_t kMaxShortTableRows = int64_t(1) << 19;
constexpr int64_t kMaxHullEntries = int64_t(1) << 25;
constexpr int64_t kMaxUnits = int64_t(1) << 22;

} // namespace

static int64_t costOfWhole(const CostedSplitter &splitter,
                           const Scaled &scaled) {
  return splitter.costOf(
      {0, scaled.numSteps, scaled.allowance, scaled.initialIsHeld});
}

static std::shared_ptr<const Hull> makeHull(const Scaled &scaled) {
  if (scaled.allowance > kMaxUnits)
    return nullptr;
  return Hull::make(scaled, kMaxHullEntries);
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

static bool isFine(const Request &request) {
  int64_t budget = std::min(request.keptBytes, fullKeptBytes(request.problem));
  return budget / exactGranule(request.problem) <= kMaxUnits;
}

int64_t bptt::planning::recomputeLowerBound(const Request &request) {
  const Problem &problem = request.problem;
  // Nothing is lost in exact units, so safe is as good as optimistic.
  Scaled scaled =
      isFine(request)
          ? scale(request, exactGranule(problem), Rounding::Safe)
          : scale(request, coarseGranule(request, kMaxUnits),
                  Rounding::Optimistic);
  int64_t cheapest =
      *std::min_element(scaled.tapeCosts.begin(), scaled.tapeCosts.end());
  int64_t bound = saturatingMul(cheapest, problem.numSteps);
  if (std::shared_ptr<const Hull> hull = makeHull(scaled))
    bound = std::max(bound, hull->wholeBound());
  return saturatingMul(bound, scaled.costUnit);
}

/// A plan without tapes, for what is too large for everything else.
static llvm::Expected<Found> findWithoutTapes(const Request &request) {
  llvm::Expected<Solution> solution = solveHsm(request);
  if (!solution)
    return solution.takeError();
  const TreeSummary &sum = *solution->formula;
  return Found{solution->splitter,
               saturatingAdd(sum.advanceCost, sum.extraBackwardCost),
               Exactness::Macro};
}

llvm::Expected<Found>
bptt::planning::findApproximately(const Request &request, int64_t bound) {
  std::optional<Found> best =
      isFine(request)
          ? findGuided(scale(request, exactGranule(request.problem),
                             Rounding::Safe))
          : findGuidedCoarse(request);
  // The coarse table is the slower of the two.
  if (!best || best->recomputeCost - bound > bound / 1000) {
    std::optional<Found> coarse = findCoarse(request);
    if (coarse && (!best || coarse->recomputeCost < best->recomputeCost))
      best = std::move(coarse);
  }
  if (!best)
    return findWithoutTapes(request);
  return *best;
}
