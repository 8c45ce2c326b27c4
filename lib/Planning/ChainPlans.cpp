//===- ChainPlans.cpp - Plans for a chain, by budget ----------------------===//

#include "ChainPlans.h"

#include "Math.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace bptt::planning;

namespace {

/// Splits that are looked at for the fewest copies.
constexpr int64_t kMaxTieWork = int64_t(1) << 23;

/// Steps, and what may be kept in them.
struct Part {
  ChainInterval steps;
  int64_t keptBytes;
};

/// What a sweep decides.
struct Spine {
  int64_t cost = 0; ///< of what is not in the parts
  /// In front of kept states, with what the sweep looked up, or with all that
  /// there is for them.
  std::vector<Part> lookedUp, parts;
};

/// Makes a tree of decisions part by part.
class TreeBuilder {
public:
  TreeBuilder(const Problem &problem, const ChainSums &sums,
              const ChainTable &table)
      : problem(problem), sums(sums), table(table),
        tree(std::make_shared<ChainTree>()) {}

  std::shared_ptr<const ChainTree> finish(int64_t keptBytes) {
    tree->keptBytes = keptBytes;
    return std::move(tree);
  }

  bool isTaped(const Part &part) const {
    return part.steps.size() < 2 ||
           sums.tapedBytes(part.steps) <= part.keptBytes;
  }

  int64_t costFromTable(const Part &part) const {
    return isTaped(part)
               ? sums.tapedCost(part.steps)
               : table.costOf(part.steps.begin, part.steps.end, part.keptBytes);
  }

  void addFromTable(const Part &part) {
    if (!isTaped(part)) {
      bptt::planning::addFromTable(*tree, problem, sums, table, part.steps,
                                   part.keptBytes, kMaxTieWork);
      return;
    }
    int64_t rest = part.keptBytes;
    for (auto [a, b] = part.steps; b - a > 1; ++a) {
      const std::vector<TapeMode> &modes = problem.tapeModesAt(a);
      auto cheapest = int32_t(cheapestTapeMode(modes));
      rest -= ownStateBytes(problem, a) + modes[cheapest].residualBytes;
      tree->splits[{a, b - a}] = {0, true, cheapest, rest};
    }
  }

  /// Adds what the row of `sweep` for `rowBytes` decides, if that fits.
  Spine addFromSweep(const ChainSweep &sweep, Part part, int64_t rowBytes) {
    Spine spine;
    auto [a, b] = part.steps;
    while (b - a > 1) {
      Split split = sweep.splitOf(a, rowBytes);
      int64_t own = ownStateBytes(problem, a);
      if (split.tapes) {
        const TapeMode &mode = problem.tapeModesAt(a)[split.tapeMode];
        spine.cost += mode.extraBackwardCost;
        part.keptBytes -= mode.residualBytes;
      } else {
        ChainInterval before = {a, a + split.numAdvances};
        spine.cost += sums.advanceCost(before);
        spine.lookedUp.push_back({before, split.rightAllowance + own});
        spine.parts.push_back({before, part.keptBytes});
      }
      part.keptBytes -= own;
      rowBytes = split.rightAllowance;
      tree->splits[{a, b - a}] = split;
      tree->splits[{a, b - a}].rightAllowance = part.keptBytes;
      a += split.numAdvances + split.tapes;
    }
    spine.cost += sums.tapedCost({a, b});
    return spine;
  }

private:
  const Problem &problem;
  const ChainSums &sums;
  const ChainTable &table;
  std::shared_ptr<ChainTree> tree;
};

} // namespace

/// What plans of `bytes` may be said to take when sums are rounded: a tape or
/// state is rounded by half of what lies between two rows.
static int64_t reachOf(const Problem &problem, int64_t bytes, int64_t numRows) {
  auto full = double(std::max<int64_t>(1, fullKeptBytes(problem)));
  double numItems = double(problem.numSteps) * double(bytes) / full;
  double share = std::min(0.5, numItems / double(2 * numRows));
  return saturatingAdd(bytes, int64_t(double(bytes) * share));
}

/// The row of the cheapest plan that keeps at most `keptBytes`.
static CostPoint cheapestWithin(const ChainSweep &sweep, int64_t keptBytes) {
  std::vector<CostPoint> points = sweep.points();
  for (const CostPoint &row : llvm::reverse(points))
    if (sweep.peakOf(row.keptBytes) <= keptBytes)
      return row;
  return {0, kInfeasibleCost};
}

namespace {

/// Sweeps within sweeps.
class Refinement {
public:
  Refinement(const Problem &problem, const ChainSums &sums,
             const ChainLimits &limits, const ChainTable &table,
             const ChainTable &optimistic)
      : problem(problem), sums(sums), limits(limits), table(table),
        optimistic(optimistic), builder(problem, sums, table) {}

  /// Adds a plan for the part and returns what it costs, or kInfeasibleCost
  /// once that is known not to be less than `enough`.
  int64_t add(const ChainSweep &sweep, const Part &part, int64_t rowBytes,
              int64_t enough) {
    Spine spine = builder.addFromSweep(sweep, part, rowBytes);
    int64_t cost = spine.cost;
    for (const Part &each : spine.parts)
      cost += leastCost(each);
    for (const Part &each : spine.parts) {
      if (cost >= enough)
        return kInfeasibleCost;
      cost += add(each) - leastCost(each);
    }
    return cost;
  }

  std::shared_ptr<const ChainTree> finish(int64_t keptBytes) {
    return builder.finish(keptBytes);
  }

private:
  int64_t leastCost(const Part &part) const {
    if (builder.isTaped(part))
      return sums.tapedCost(part.steps);
    return optimistic.costOf(part.steps.begin, part.steps.end, part.keptBytes);
  }

  int64_t add(const Part &part) {
    int64_t cost = builder.costFromTable(part);
    if (cost > leastCost(part)) {
      int64_t numRows = limits.sweepRows(part.steps.size(), problem.numSteps);
      int64_t reach = reachOf(problem, part.keptBytes, numRows);
      ChainSweep sweep(problem, sums, table, part.steps, {reach, numRows});
      CostPoint row = cheapestWithin(sweep, part.keptBytes);
      if (row.cost <= cost)
        return add(sweep, part, row.keptBytes, kInfeasibleCost);
    }
    builder.addFromTable(part);
    return cost;
  }

  const Problem &problem;
  const ChainSums &sums;
  const ChainLimits &limits;
  const ChainTable &table, &optimistic;
  TreeBuilder builder;
};

} // namespace

//===----------------------------------------------------------------------===//
// ChainPlans
//===----------------------------------------------------------------------===//

ChainPlans::ChainPlans(const Problem &problem, const ChainSums &sums,
                       const ChainLimits &limits, int64_t mostBytes)
    : problem(problem), sums(sums), limits(limits) {
  int64_t reach = reachOf(problem, mostBytes, limits.maxTableRows);
  ChainTableOptions options = {std::min(fullKeptBytes(problem), reach),
                               limits.maxTableRows};
  table = makeChainTable(problem, options, limits.sumOfCosts);
  if (isExact()) {
    for (CostPoint point : table->points())
      plans.push_back({point, point.keptBytes});
    return;
  }
  options.maxRows = limits.maxSweepRows;
  sweep.emplace(problem, sums, *table, ChainInterval{0, problem.numSteps},
                options);
  for (CostPoint row : sweep->points())
    plans.push_back({{sweep->peakOf(row.keptBytes), row.cost}, row.keptBytes});
}

ChainPlan ChainPlans::best(int64_t keptBytes) const {
  const RowPlan &plan =
      *llvm::find_if(llvm::reverse(plans), [&](const RowPlan &each) {
        return each.point.keptBytes <= keptBytes;
      });
  TreeBuilder builder(problem, sums, *table);
  Part all = {{0, problem.numSteps}, keptBytes};
  if (isExact()) {
    builder.addFromTable(all);
  } else {
    Spine spine = builder.addFromSweep(*sweep, all, plan.rowBytes);
    for (const Part &part : spine.lookedUp)
      builder.addFromTable(part);
  }
  return {builder.finish(keptBytes), plan.point.cost};
}

std::optional<ChainPlan>
ChainPlans::refined(int64_t keptBytes, int64_t enough,
                    const ChainTable &optimistic) const {
  if (isExact())
    return best(keptBytes);
  Refinement refinement(problem, sums, limits, *table, optimistic);
  int64_t cost =
      refinement.add(*sweep, {{0, problem.numSteps}, keptBytes},
                     cheapestWithin(*sweep, keptBytes).keptBytes, enough);
  if (cost >= enough)
    return std::nullopt;
  return ChainPlan{refinement.finish(keptBytes), cost};
}
