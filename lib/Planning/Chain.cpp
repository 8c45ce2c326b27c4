//===- Chain.cpp - Unequal steps ------------------------------------------===//
//
// The plans of ChainPlans.h, of which the best is taken, and what no plan is
// better than.
//
// More budget never costs more: a table serves all budgets up to a rung, which
// has few leading digits, and has more plans with every byte. Sweeps within
// sweeps are made for every budget of somewhat more digits, and serve all above
// it. What lies below is asked too, unless bounds say that it cannot be better.
//
//===----------------------------------------------------------------------===//

#include "ChainBound.h"
#include "ChainPlans.h"
#include "Math.h"
#include "Solution.h"

#include "bptt/Planning/Solvers.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <tuple>

using namespace bptt::planning;

namespace {

/// Inner iterations of a table, which take less than half a second, its size,
/// and numbers that are looked at to choose its rows.
constexpr int64_t kMaxTableWork = int64_t(1) << 29;
constexpr int64_t kMaxTableBytes = int64_t(1) << 28;
constexpr int64_t kMaxNumbers = int64_t(1) << 26;
/// Long chains get some rows even so, as far as that takes a second or two, and
/// those of about 930 steps the fewest that are of use.
constexpr int64_t kFewTableRows = 64;
constexpr int64_t kMaxWorkForFew = int64_t(1) << 31;
constexpr int64_t kMinTableRows = 16;
/// A sixth of the cube of the number of steps.
constexpr int64_t kMaxCube = int64_t(1) << 27;
/// Inner iterations of a sweep over the whole chain, which take a second at
/// most.
constexpr int64_t kMaxSweepWork = int64_t(1) << 28;
constexpr int64_t kMaxSweepRows = 3072;
constexpr int64_t kMinSweepRows = 256;
/// Those of the bound that needs no table.
constexpr int64_t kMaxBoundWork = int64_t(1) << 27;
constexpr int64_t kMaxCurvePoints = 2048;

} // namespace

llvm::Expected<ChainLimits> ChainLimits::get(const Problem &problem) {
  int64_t n = problem.numSteps, costs = 0;
  for (const ChainStep &step : problem.chain) {
    costs = saturatingAdd(costs, step.costs.advance);
    for (const TapeMode &mode : step.tapeModes)
      costs = saturatingAdd(costs, mode.extraBackwardCost);
  }
  costs = saturatingMul(costs, n);
  if (costs >= kInfeasibleCost / 4)
    return llvm::createStringError("the cost of " + llvm::Twine(n) +
                                   " steps exceeds 64 bits");
  int64_t square = saturatingMul(n, n);
  int64_t cube = saturatingMul(square, n);
  if (cube / 6 >= kMaxCube)
    return llvm::createStringError("a chain of " + llvm::Twine(n) +
                                   " unequal steps is too long for a table");
  int64_t rowWork = cube / 6 + 1;
  int64_t fewRows = std::min(kFewTableRows, kMaxWorkForFew / rowWork);
  int64_t tableRows =
      std::max({kMaxTableWork / rowWork, fewRows, kMinTableRows});
  int64_t mostRows = std::min(kMaxTableBytes / (4 * (square + n + 1)),
                              kMaxNumbers / (square + 1));
  return ChainLimits{
      std::min(tableRows, mostRows), std::min(2 * tableRows, mostRows),
      std::min(kMaxSweepWork / (square / 2 + 1), kMaxSweepRows), costs};
}

int64_t ChainLimits::sweepRows(int64_t numSteps, int64_t allSteps) const {
  return std::max(kMinSweepRows, maxSweepRows * numSteps / allSteps);
}

namespace {

/// Numbers of bytes with few leading binary digits.
class Ladder {
public:
  explicit Ladder(unsigned numDigits) : numDigits(numDigits) {}

  /// The least rung that is at least `bytes`.
  int64_t above(int64_t bytes) const {
    int64_t digit = digitOf(bytes);
    return saturatingMul(ceilDiv(bytes, digit), digit);
  }

  /// The largest rung that is at most `bytes`.
  int64_t below(int64_t bytes) const {
    int64_t digit = digitOf(bytes);
    return bytes / digit * digit;
  }

private:
  /// What rungs there are whole multiples of.
  int64_t digitOf(int64_t bytes) const {
    unsigned digits = llvm::Log2_64(std::max<int64_t>(bytes, 1)) + 1;
    return int64_t(1) << (digits - std::min(digits, numDigits));
  }

  unsigned numDigits;
};

/// Lower bounds on recomputation.
class Bounds {
public:
  /// For budgets up to `mostBytes`.
  Bounds(const Problem &problem, const ChainSums &sums,
         const ChainLimits &limits, int64_t mostBytes)
      : table(makeChainTable(
            problem, {mostBytes, limits.maxBoundRows, Rounding::Optimistic},
            limits.sumOfCosts)),
        sweep(problem, sums, *table, {0, problem.numSteps},
              {mostBytes, limits.maxSweepRows, Rounding::Optimistic}),
        forAll(chainLowerBound(problem, mostBytes, kMaxBoundWork)) {}

  /// No plan that keeps `keptBytes` recomputes less.
  int64_t boundFor(int64_t keptBytes) const {
    return std::max(sweep.costOf(0, keptBytes), forAll);
  }

  const ChainTable &optimistic() const { return *table; }

private:
  std::shared_ptr<const ChainTable> table;
  ChainSweep sweep;
  int64_t forAll;
};

class ChainSolver {
public:
  ChainSolver(const Request &request, const ChainLimits &limits)
      : problem(request.problem), keptBytes(request.keptBytes), limits(limits),
        sums(request.problem) {
    // Where a table is not much good, few are made.
    if (limits.maxTableRows < kFewTableRows) {
      tableLadder = Ladder(1);
      sweepLadder = Ladder(5);
    }
  }

  Solution solve() {
    Solution solution;
    solution.exactness = Exactness::Exact;
    int64_t rung = tableLadder.above(keptBytes);
    ChainPlans plans(problem, sums, limits, rung);
    best = plans.best(keptBytes);
    if (!plans.isExact()) {
      Bounds bounds(problem, sums, limits, keptBytes);
      improve(plans, keptBytes, bounds);
      // Lower budgets, which may be luckier.
      int64_t least = minKeptBytes(problem);
      while ((rung = tableLadder.below(rung - 1)) >= least &&
             bounds.boundFor(rung) < best.cost) {
        ChainPlans below(problem, sums, limits, rung);
        take(below.best(rung));
        improve(below, rung, bounds);
      }
      int64_t bound = bounds.boundFor(keptBytes);
      solution.recomputeCostLowerBound = bound;
      if (bound < best.cost)
        solution.exactness = Exactness::Macro;
    }
    solution.splitter = best.tree;
    return solution;
  }

private:
  void take(ChainPlan plan) {
    if (plan.cost < best.cost)
      best = std::move(plan);
  }

  /// With budgets of at most `most` bytes that the plans are for.
  void improve(const ChainPlans &plans, int64_t most, const Bounds &bounds) {
    int64_t least =
        std::max(minKeptBytes(problem),
                 tableLadder.below(tableLadder.above(most) - 1) + 1);
    for (int64_t bytes = sweepLadder.below(most);
         bytes >= least && bounds.boundFor(bytes) < best.cost;
         bytes = sweepLadder.below(bytes - 1))
      if (std::optional<ChainPlan> plan =
              plans.refined(bytes, best.cost, bounds.optimistic()))
        take(std::move(*plan));
  }

  const Problem &problem;
  int64_t keptBytes;
  const ChainLimits &limits;
  ChainSums sums;
  /// Budgets that tables are made for, and sweeps within sweeps.
  Ladder tableLadder{3}, sweepLadder{9};
  ChainPlan best;
};

} // namespace

llvm::Expected<Solution> bptt::planning::solveChain(const Request &request) {
  llvm::Expected<ChainLimits> limits = ChainLimits::get(request.problem);
  if (!limits)
    return limits.takeError();
  return ChainSolver(request, *limits).solve();
}

//===----------------------------------------------------------------------===//
// Curves
//===----------------------------------------------------------------------===//

std::vector<CostPoint> bptt::planning::chainCurve(const Problem &problem) {
  llvm::Expected<ChainLimits> limits = ChainLimits::get(problem);
  if (!limits) {
    llvm::consumeError(limits.takeError());
    return {};
  }
  int64_t fixed = 0;
  for (const ChainStep &step : problem.chain)
    fixed = saturatingAdd(fixed, step.costs.taped + step.costs.backward);
  int64_t least = minKeptBytes(problem), full = fullKeptBytes(problem);
  std::vector<CostPoint> points;
  ChainSums sums(problem);
  for (CostPoint point : ChainPlans(problem, sums, *limits).curve())
    points.push_back({point.keptBytes, saturatingAdd(fixed, point.cost)});
  // What the floor costs is known better than rounded sums tell.
  if (llvm::Expected<Plan> plan = solve(problem, Policy::Optimal, least))
    points.push_back({least, plan->cost});
  else
    llvm::consumeError(plan.takeError());
  points.push_back({full, plainCost(problem)});
  llvm::sort(points, [](const CostPoint &a, const CostPoint &b) {
    return std::tie(a.keptBytes, a.cost) < std::tie(b.keptBytes, b.cost);
  });
  std::vector<CostPoint> curve;
  for (const CostPoint &point : points)
    if (curve.empty() || point.cost < curve.back().cost)
      curve.push_back(point);
  if (int64_t(curve.size()) <= kMaxCurvePoints)
    return curve;
  std::vector<CostPoint> thin;
  for (int64_t i = 0; i < kMaxCurvePoints; ++i)
    thin.push_back(curve[i * (curve.size() - 1) / (kMaxCurvePoints - 1)]);
  return thin;
}
