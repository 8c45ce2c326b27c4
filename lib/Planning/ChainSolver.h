//===- ChainSolver.h - Unequal steps ----------------------------*- C++ -*-===//
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

#ifndef BPTT_LIB_PLANNING_CHAINSOLVER_H
#define BPTT_LIB_PLANNING_CHAINSOLVER_H

#include "ChainBounds.h"
#include "ChainPlans.h"
#include "Solution.h"

namespace bptt::planning {

struct ChainDigits {
  unsigned ofTables, ofSweeps;
};

/// Plans a chain for one budget, or for several ones that have a table in
/// common.
class ChainSolver {
public:
  /// For budgets up to `mostBytes`. On them only bounds depend, not plans.
  ChainSolver(const Problem &problem, const ChainLimits &limits,
              int64_t mostBytes);

  Solution solve(int64_t keptBytes);

  /// What `solve` finds.
  ChainPlan bestPlan(int64_t keptBytes);

  /// The largest budget that has its table in common with `keptBytes`.
  int64_t rungAbove(int64_t keptBytes) const;

  const ChainBounds &bounds();

private:
  int64_t rungBelow(int64_t rung) const;
  const ChainPlans &plansUpTo(int64_t rung);
  void improve(const ChainPlans &plans, int64_t most, ChainPlan &best);

  const Problem &problem;
  const ChainLimits &limits;
  int64_t mostBytes;
  ChainSums sums;
  ChainDigits numDigits;
  /// Those that were asked for last, and what for.
  std::optional<ChainPlans> plans;
  int64_t plansRung = -1;
  ChainPlan below;
  int64_t belowRung = -1;
  std::optional<ChainBounds> lazyBounds;
};

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_CHAINSOLVER_H
