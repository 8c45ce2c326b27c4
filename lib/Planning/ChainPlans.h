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

#include "ChainLimits.h"
#include "ChainSweep.h"
#include "ChainTree.h"

namespace bptt::planning {

struct ChainPlan {
  std::shared_ptr<const ChainTree> tree;
  int64_t cost; ///< of recomputation
};

class ChainPlans {
public:
  /// For budgets up to `mostBytes`.
  ChainPlans(const Problem &problem, const ChainSums &sums,
             const ChainLimits &limits, int64_t mostBytes);

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

private:
  struct RowPlan {
    CostPoint point;
    int64_t rowBytes;
  };

  const Problem &problem;
  const ChainSums &sums;
  const ChainLimits &limits;
  std::shared_ptr<const ChainTable> table;
  std::optional<ChainSweep> sweep; ///< where the table is not exact
  std::vector<RowPlan> plans;      ///< of the table if exact, else of the sweep
};

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_CHAINPLANS_H
