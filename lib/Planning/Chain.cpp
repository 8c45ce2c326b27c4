//===- Chain.cpp - Unequal steps ------------------------------------------===//
//
// The table of ChainTable.h, exact where it is small enough. Otherwise sums of
// sizes are rounded; then a row often has room for more than it stands for, so
// plans of rows beyond the budget are made as well, and the cheapest is taken
// of those that fit when their sizes are added up.
//
// More budget never costs more: a table serves all budgets up to a rung, which
// has few leading digits, and the plans that fit are more with every byte. The
// rungs below are asked too, unless bounds say that they cannot be better.
//
//===----------------------------------------------------------------------===//

#include "ChainBound.h"
#include "ChainTable.h"
#include "ChainTree.h"
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
/// and numbers that are looked at to choose its rows. Chains of up to about 930
/// steps get the fewest rows that are of use, in some two seconds.
constexpr int64_t kMaxWork = int64_t(1) << 29;
constexpr int64_t kMaxTableBytes = int64_t(1) << 28;
constexpr int64_t kMaxNumbers = int64_t(1) << 26;
constexpr int64_t kMinRows = 16;
/// A sixth of the cube of the number of steps.
constexpr int64_t kMaxCube = int64_t(1) << 27;
/// Fewer rows are filled for fewer rungs.
constexpr int64_t kManyRows = 64;
/// Those of the bound that needs no table.
constexpr int64_t kMaxBoundWork = int64_t(1) << 27;
/// Splits that are looked at for the fewest copies.
constexpr int64_t kMaxTieWork = int64_t(1) << 23;
constexpr int64_t kMaxCurvePoints = 2048;

struct Limits {
  int64_t maxRows;    ///< of each step
  int64_t sumOfCosts; ///< no plan's recomputation is more

  static llvm::Expected<Limits> get(const Problem &problem);
};

} // namespace

/// Fails where there are too many steps, or costs are too large.
llvm::Expected<Limits> Limits::get(const Problem &problem) {
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
  int64_t maxRows = std::min({std::max(kMaxWork / (cube / 6 + 1), kMinRows),
                              kMaxTableBytes / (4 * (square + n + 1)),
                              kMaxNumbers / (square + 1)});
  return Limits{maxRows, costs};
}

//===----------------------------------------------------------------------===//
// Rungs
//===----------------------------------------------------------------------===//

/// What rungs are whole multiples of: they have three leading binary digits, or
/// one where a table is not much good.
static int64_t digitOf(int64_t bytes, const Limits &limits) {
  unsigned below = limits.maxRows < kManyRows ? 0 : 2;
  unsigned digits = llvm::Log2_64(std::max<int64_t>(bytes, 1));
  return int64_t(1) << (digits - std::min(digits, below));
}

/// The smallest rung that is at least `bytes`.
static int64_t rungFor(int64_t bytes, const Limits &limits) {
  int64_t digit = digitOf(bytes, limits);
  return saturatingMul(ceilDiv(bytes, digit), digit);
}

/// The largest rung that is less than `rung`.
static int64_t rungBelow(int64_t rung, const Limits &limits) {
  int64_t digit = digitOf(rung - 1, limits);
  return (rung - 1) / digit * digit;
}

/// What plans of `bytes` may be said to take when sums are rounded: a tape or
/// state is rounded by half of what lies between two rows.
static int64_t reachOf(const Problem &problem, int64_t bytes, int64_t numRows) {
  auto full = double(std::max<int64_t>(1, fullKeptBytes(problem)));
  double numItems = double(problem.numSteps) * double(bytes) / full;
  double share = std::min(0.5, numItems / double(2 * numRows));
  return saturatingAdd(bytes, int64_t(double(bytes) * share));
}

namespace {

struct FoundTree {
  std::shared_ptr<const ChainTree> tree;
  int64_t cost;
};

/// Plans for all budgets up to a rung.
class Rung {
public:
  Rung(const Problem &problem, int64_t mostBytes, const Limits &limits)
      : problem(problem) {
    int64_t reach = reachOf(problem, mostBytes, limits.maxRows);
    fill({std::min(fullKeptBytes(problem), reach), limits.maxRows}, limits);
  }

  /// For a curve: rows are closer where there are few bytes.
  static Rung allBudgets(const Problem &problem, const Limits &limits) {
    Rung rung(problem);
    rung.fill({fullKeptBytes(problem), limits.maxRows, Rounding::Safe,
               /*isGraded=*/true},
              limits);
    return rung;
  }

  bool isExact() const { return table->isExact(); }

  /// The cheapest plan that keeps at most `keptBytes`.
  FoundTree best(int64_t keptBytes) const {
    if (!isExact())
      for (size_t i = points.size();
           i-- > 0 && points[i].keptBytes > keptBytes;)
        if (std::shared_ptr<const ChainTree> tree =
                treeWithin(points[i].keptBytes, keptBytes))
          return {tree, points[i].cost};
    auto point =
        std::prev(llvm::partition_point(points, [&](const CostPoint &each) {
          return each.keptBytes <= keptBytes;
        }));
    return {find(isExact() ? keptBytes : point->keptBytes, kMaxTieWork),
            point->cost};
  }

  /// What the plans take and cost.
  std::vector<CostPoint> curve() const {
    if (isExact())
      return points;
    std::vector<CostPoint> curve;
    for (CostPoint point : points)
      curve.push_back({find(point.keptBytes, 0)->peakBytes, point.cost});
    return curve;
  }

private:
  explicit Rung(const Problem &problem) : problem(problem) {}

  void fill(const ChainTableOptions &options, const Limits &limits) {
    table = makeChainTable(problem, options, limits.sumOfCosts);
    points = table->points();
  }

  std::shared_ptr<const ChainTree> find(int64_t rowBytes,
                                        int64_t maxWork) const {
    return findChainTree(problem, *table, rowBytes, maxWork);
  }

  /// The plan of a row, if `keptBytes` are enough for it.
  std::shared_ptr<const ChainTree> treeWithin(int64_t rowBytes,
                                              int64_t keptBytes) const {
    std::shared_ptr<const ChainTree> tree = find(rowBytes, 0);
    if (tree->peakBytes > keptBytes)
      return nullptr;
    std::shared_ptr<const ChainTree> fewerCopies = find(rowBytes, kMaxTieWork);
    return fewerCopies->peakBytes <= keptBytes ? fewerCopies : tree;
  }

  const Problem &problem;
  std::shared_ptr<const ChainTable> table;
  std::vector<CostPoint> points; ///< of recomputation
};

/// Lower bounds for budgets up to the one that is given.
class Bounds {
public:
  Bounds(const Problem &problem, int64_t mostBytes, const Limits &limits)
      : problem(problem), mostBytes(mostBytes), limits(limits) {}

  /// No plan that keeps `keptBytes` recomputes less. May say less than it could
  /// where it is `enough`.
  int64_t boundFor(int64_t keptBytes, int64_t enough) {
    int64_t bound = chainLowerBound(problem, keptBytes, kMaxBoundWork);
    if (bound >= enough)
      return bound;
    if (!table)
      table = makeChainTable(problem,
                             {mostBytes, limits.maxRows, Rounding::Optimistic},
                             limits.sumOfCosts);
    return std::max(bound, table->costOf(0, problem.numSteps, keptBytes));
  }

private:
  const Problem &problem;
  int64_t mostBytes;
  const Limits &limits;
  std::shared_ptr<const ChainTable> table;
};

} // namespace

llvm::Expected<Solution> bptt::planning::solveChain(const Request &request) {
  const Problem &problem = request.problem;
  llvm::Expected<Limits> limits = Limits::get(problem);
  if (!limits)
    return limits.takeError();
  Solution solution;
  solution.exactness = Exactness::Exact;
  int64_t bytes = rungFor(request.keptBytes, *limits);
  Rung rung(problem, bytes, *limits);
  FoundTree best = rung.best(request.keptBytes);
  if (!rung.isExact()) {
    Bounds bounds(problem, request.keptBytes, *limits);
    int64_t bound = bounds.boundFor(request.keptBytes, best.cost);
    int64_t least = minKeptBytes(problem);
    for (bytes = rungBelow(bytes, *limits);
         bytes >= least && bounds.boundFor(bytes, best.cost) < best.cost;
         bytes = rungBelow(bytes, *limits)) {
      FoundTree below = Rung(problem, bytes, *limits).best(bytes);
      if (below.cost < best.cost)
        best = below;
    }
    solution.recomputeCostLowerBound = bound;
    if (bound < best.cost)
      solution.exactness = Exactness::Macro;
  }
  solution.splitter = best.tree;
  return solution;
}

//===----------------------------------------------------------------------===//
// Curves
//===----------------------------------------------------------------------===//

std::vector<CostPoint> bptt::planning::chainCurve(const Problem &problem) {
  llvm::Expected<Limits> limits = Limits::get(problem);
  if (!limits) {
    llvm::consumeError(limits.takeError());
    return {};
  }
  int64_t fixed = 0;
  for (const ChainStep &step : problem.chain)
    fixed = saturatingAdd(fixed, step.costs.taped + step.costs.backward);
  int64_t least = minKeptBytes(problem), full = fullKeptBytes(problem);
  std::vector<CostPoint> points;
  for (CostPoint point : Rung::allBudgets(problem, *limits).curve())
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
