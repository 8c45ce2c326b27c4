//===- ChainPlans.h - Plans for a chain, by budget --------------*- C++ -*-===//
//
// Where the table of all intervals is exact, it has the best plan. Otherwise
// that comes from sweeps within sweeps: a sweep over the whole chain says what
// is kept until the first backward, and another one, over every stretch that
// was advanced over there, what is kept while that is evaluated again. Each
// knows exactly what it may keep.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_LIB_PLANNING_CHAINPLANS_H
#define BPTT_LIB_PLANNING_CHAINPLANS_H

#include "ChainSweep.h"
#include "ChainTree.h"

namespace bptt::planning {

/// How much work is done for a chain.
struct ChainLimits {
  int64_t maxTableRows; ///< of each step
  /// Of each step, in the table of bounds, on which most of the distance that
  /// is stated depends.
  int64_t maxBoundRows;
  int64_t maxSweepRows; ///< of each step
  int64_t sumOfCosts;   ///< no plan's recomputation is more

  /// Fails where there are too many steps, or costs are too large.
  static llvm::Expected<ChainLimits> get(const Problem &problem);

  /// For an interval of `numSteps` of `allSteps`.
  int64_t sweepRows(int64_t numSteps, int64_t allSteps) const;
};

struct ChainPlan {
  std::shared_ptr<const ChainTree> tree;
  int64_t cost; ///< of recomputation
};

class ChainPlans {
public:
  /// For budgets up to `mostBytes`.
  ChainPlans(const Problem &problem, const ChainSums &sums,
             const ChainLimits &limits, int64_t mostBytes);

  /// For all budgets; they are served better where they are small.
  ChainPlans(const Problem &problem, const ChainSums &sums,
             const ChainLimits &limits);

  /// Whether no plan is cheaper than what `best` returns.
  bool isExact() const { return table->isExact(); }

  /// The cheapest plan of one table and one sweep that keeps at most
  /// `keptBytes`; more bytes never cost more.
  ChainPlan best(int64_t keptBytes) const;

  /// A plan from sweeps within sweeps; more bytes may cost more. None if it
  /// turns out that it will not cost less than `enough`. An `optimistic` table
  /// tells early.
  std::optional<ChainPlan> refined(int64_t keptBytes, int64_t enough,
                                   const ChainTable &optimistic) const;

  /// What plans keep and what recomputation costs then.
  std::vector<CostPoint> curve() const;

private:
  struct RowPlan {
    CostPoint point;
    int64_t rowBytes;
  };

  void fill(ChainTableOptions options);

  const Problem &problem;
  const ChainSums &sums;
  const ChainLimits &limits;
  std::shared_ptr<const ChainTable> table;
  std::optional<ChainSweep> sweep; ///< where the table is not exact
  std::vector<RowPlan> plans;      ///< of the table if exact, else of the sweep
};

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_CHAINPLANS_H
