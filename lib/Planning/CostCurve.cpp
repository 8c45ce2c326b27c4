//===- CostCurve.cpp - What a recurrence gains from memory ----------------===//

#include "bptt/Planning/SharedBudget.h"

#include "BytesGrid.h"
#include "ExactTable.h"
#include "Math.h"
#include "OptimalSolver.h"

#include "bptt/Planning/Solvers.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace bptt::planning;

/// Inner iterations, about a fifth of a second, and an eighth of a gigabyte.
static constexpr int64_t kMaxCurveWork = int64_t(1) << 31;
static constexpr int64_t kMaxCurveBytes = int64_t(1) << 27;

/// Kept bytes from the floor up, granule by granule at first and then in steps
/// of 1/32, to what plain BPTT keeps.
static std::vector<int64_t> gridOf(const Problem &problem, Policy policy) {
  int64_t least = minKeptBytes(problem, policy);
  return makeBytesGrid(least, std::max(least, fullKeptBytes(problem)),
                       exactGranule(problem), 32);
}

int64_t bptt::planning::costLowerBound(const Problem &problem,
                                       int64_t keptBytes) {
  assert(!problem.isChain() && "a chain has a table");
  if (keptBytes >= fullKeptBytes(problem))
    return plainCost(problem);
  return saturatingAdd(fixedCost(problem),
                       OptimalSolver(problem, -1).lowerBound(keptBytes));
}

/// Whether the exact optimum takes no longer than its bound.
static bool isCheap(const Problem &problem, int64_t keptBytes) {
  if (keptBytes >= fullKeptBytes(problem))
    return true;
  int64_t t = problem.numSteps, units = keptBytes / exactGranule(problem) + 1;
  return saturatingMul(saturatingMul(t, t), units) <= int64_t(1) << 24;
}

static std::optional<int64_t> costAt(const Problem &problem, Policy policy,
                                     int64_t keptBytes) {
  // MSM has no closed form, and gains from memory where the optimum does.
  if (policy == Policy::Msm)
    policy = Policy::Optimal;
  if (policy == Policy::Optimal && !isCheap(problem, keptBytes))
    return costLowerBound(problem, keptBytes);
  llvm::Expected<Plan> plan = solve(problem, policy, keptBytes);
  if (plan)
    return plan->cost;
  llvm::consumeError(plan.takeError());
  return std::nullopt;
}

std::optional<std::vector<CostPoint>>
bptt::planning::exactCostCurve(const Problem &problem) {
  assert(!problem.isChain() && "a chain has another table");
  int64_t granule = exactGranule(problem);
  Scaled scaled =
      scale({problem, fullKeptBytes(problem), -1}, granule, Rounding::Safe);
  std::optional<std::vector<int64_t>> costs =
      makeExactCurve(scaled, kMaxCurveWork, kMaxCurveBytes);
  if (!costs)
    return std::nullopt;
  int64_t fixed = fixedCost(problem);
  std::vector<CostPoint> curve;
  for (auto [units, cost] : llvm::enumerate(*costs)) {
    if (cost < 0)
      continue;
    int64_t total = saturatingAdd(fixed, saturatingMul(cost, scaled.costUnit));
    if (curve.empty() || total < curve.back().cost)
      curve.push_back({int64_t(units) * granule, total});
  }
  return curve;
}

std::vector<CostPoint> bptt::planning::costCurve(const Problem &problem,
                                                 Policy policy) {
  assert((policy != Policy::Optimal || !problem.isChain()) &&
         "a chain has a PlannedCurve");
  if (policy == Policy::Optimal)
    if (std::optional<std::vector<CostPoint>> curve = exactCostCurve(problem))
      return *curve;
  bool isFixed = policy == Policy::Full || policy == Policy::None ||
                 policy == Policy::ChenSqrt || policy == Policy::ChenRecursive;
  std::vector<int64_t> grid = gridOf(problem, policy);
  if (isFixed)
    grid.resize(1);
  std::vector<CostPoint> curve;
  for (int64_t keptBytes : grid) {
    std::optional<int64_t> cost = costAt(problem, policy, keptBytes);
    // The floor has a point even where its cost is beyond 64 bits.
    int64_t known = cost.value_or(std::numeric_limits<int64_t>::max());
    if (curve.empty() || known < curve.back().cost)
      curve.push_back({keptBytes, known});
  }
  return curve;
}
