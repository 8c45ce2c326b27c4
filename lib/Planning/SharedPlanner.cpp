//===- SharedPlanner.cpp - Budgets shared again and again -----------------===//

#include "bptt/Planning/SharedPlanner.h"

#include "Math.h"

#include "llvm/ADT/STLExtras.h"

#include <limits>

using namespace bptt::planning;

/// A curve has some thousands of points.
static constexpr size_t kMaxEntries = 64;
/// Costs are told apart in these parts of plain BPTT's, where not all points
/// are planned.
static constexpr int64_t kCostUnits = 4096;

/// Takes from `costs` what does not decide which plan is best.
static int64_t takeFixedCost(StepCosts &costs) {
  return std::exchange(costs.backward, 1) - 1;
}

static int64_t takeFixedCost(Problem &problem) {
  if (!problem.isChain())
    return saturatingMul(problem.numSteps, takeFixedCost(problem.costs));
  int64_t fixed = 0;
  for (ChainStep &step : problem.chain)
    fixed = saturatingAdd(fixed, takeFixedCost(step.costs));
  return fixed;
}

static int64_t takeFixedCost(std::vector<Problem> &problems) {
  int64_t fixed = 0;
  for (Problem &problem : problems)
    fixed = saturatingAdd(fixed, takeFixedCost(problem));
  return fixed;
}

static bool isSame(const TapeMode &a, const TapeMode &b) {
  return a.residualBytes == b.residualBytes &&
         a.extraBackwardCost == b.extraBackwardCost;
}

static bool isSame(const StepCosts &a, const StepCosts &b) {
  return a.advance == b.advance && a.taped == b.taped &&
         a.backward == b.backward;
}

static bool isSame(const ChainStep &a, const ChainStep &b) {
  return a.stateBytes == b.stateBytes && isSame(a.costs, b.costs) &&
         llvm::equal(a.tapeModes, b.tapeModes,
                     [](auto &x, auto &y) { return isSame(x, y); });
}

/// Whether they have the same plans with the same kept bytes.
static bool isSame(const Problem &a, const Problem &b) {
  auto areSame = [](auto &x, auto &y) { return isSame(x, y); };
  if (a.numSteps != b.numSteps || a.initialState != b.initialState)
    return false;
  if (a.isChain() || b.isChain())
    return llvm::equal(a.chain, b.chain, areSame);
  return a.stateBytes == b.stateBytes && isSame(a.costs, b.costs) &&
         llvm::equal(a.tapeModes, b.tapeModes, areSame);
}

PlannedCurve &SharedPlanner::curveOf(const Problem &problem) {
  auto found = llvm::find_if(entries, [&](const Entry &entry) {
    return isSame(entry.problem, problem);
  });
  if (found == entries.end())
    entries.push_front({problem, PlannedCurve(problem)});
  else
    entries.splice(entries.begin(), entries, found);
  return entries.front().curve;
}

SharedPlanner::Curves
SharedPlanner::curvesOf(const std::vector<Problem> &problems) {
  Curves curves;
  for (const Problem &problem : problems)
    curves.push_back(&curveOf(problem));
  while (entries.size() > std::max(kMaxEntries, problems.size()))
    entries.pop_back();
  return curves;
}

void SharedPlanner::sumUp(const Curves &curves) {
  std::vector<std::vector<CostPoint>> now;
  for (const PlannedCurve *curve : curves)
    now.push_back(curve->points());
  auto isSamePoint = [](const CostPoint &a, const CostPoint &b) {
    return a.keptBytes == b.keptBytes && a.cost == b.cost;
  };
  if (sums && llvm::equal(now, points, [&](auto &a, auto &b) {
        return llvm::equal(a, b, isSamePoint);
      }))
    return;
  points = now;
  sums.emplace(std::move(now));
}

SharedPlanner::Shares SharedPlanner::share(std::vector<Problem> problems,
                                           int64_t keptBytes) {
  int64_t fixed = takeFixedCost(problems);
  Curves curves = curvesOf(problems);
  bool areExact = llvm::all_of(
      curves, [](const PlannedCurve *curve) { return curve->isExact(); });
  int64_t unit = 1;
  if (!areExact)
    unit = std::max(unit, SharedProblem{problems}.plainCost() / kCostUnits);
  while (true) {
    sumUp(curves);
    int64_t least = sums->costWithin(keptBytes);
    SharedCurves::Shares shares =
        sums->fewestFor(saturatingMul(ceilDiv(least, unit), unit));
    bool arePlanned = true;
    for (auto [curve, bytes] : llvm::zip_equal(curves, shares.keptBytes)) {
      arePlanned &= curve->isPlanned(bytes);
      curve->refine(bytes);
    }
    if (arePlanned)
      return {std::move(shares.keptBytes), saturatingAdd(fixed, shares.cost),
              areExact};
  }
}

int64_t SharedPlanner::boundWithin(std::vector<Problem> problems,
                                   int64_t keptBytes) {
  int64_t fixed = takeFixedCost(problems);
  Curves curves = curvesOf(problems);
  const Problem &first = problems.front();
  if (problems.size() > 1 || first.isChain() || curves.front()->isExact()) {
    sumUp(curves);
    return saturatingAdd(fixed, sums->costWithin(keptBytes));
  }
  if (keptBytes < minKeptBytes(first))
    return std::numeric_limits<int64_t>::max();
  return saturatingAdd(fixed, costLowerBound(first, keptBytes));
}
