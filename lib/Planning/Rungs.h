//===- Rungs.h - Budgets that are planned for others ------------*- C++ -*-===//

#ifndef BPTT_LIB_PLANNING_RUNGS_H
#define BPTT_LIB_PLANNING_RUNGS_H

#include "Approximate.h"

namespace bptt::planning {

/// Budgets of which the best plan at or below a budget is taken: the least sums
/// of states and tapes, and numbers of few digits. They depend on the problem
/// alone.
class Rungs {
public:
  explicit Rungs(const Problem &problem);

  /// The largest rung that is at most `keptBytes`.
  int64_t below(int64_t keptBytes, Stretches &stretches) const;

private:
  /// The largest rung that is at most `keptBytes` and is no sum: a number of
  /// few digits, or `minKeptBytes`, which plans need.
  int64_t rungOfDigits(int64_t keptBytes) const;
  /// The least sum in the stretch of `sum` with nearly the same bound.
  int64_t leastLike(int64_t sum, Stretches &stretches) const;

  const Problem &problem;
  std::vector<int64_t> sums; ///< rungs, in order
};

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_RUNGS_H
