//===- Hull.h - A lower bound for any length --------------------*- C++ -*-===//
//
// The recurrences of ExactTable.h are minima of sums, so their conjugates
//
//   F*(p, m) = max over t >= 1 of  p t - F(t, m)
//
// obey recurrences of their own, in which the length does not appear:
//
//   F*(p, m) = max{ p - b of the mode in progress,
//                   p - b_k + F*(p, m-S-E_k),
//                   F*(p, m-S) + F*(p-a, m) }            for m >= S
//
// and likewise for A*. Whatever the slopes p that are looked at,
//
//   F(t, m) >= max over p of  p t - F*(p, m),
//
// the convex hull of F where all p are. Slopes are multiples of a / fraction,
// values are kept times `fraction`, in integers.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_LIB_PLANNING_HULL_H
#define BPTT_LIB_PLANNING_HULL_H

#include "Scaled.h"

namespace bptt::planning {

class Hull {
public:
  /// Looks at slopes up to a little beyond the one that the whole problem
  /// needs, as far as `maxEntries` allows.
  Hull(const Scaled &scaled, int64_t fraction, int64_t maxEntries);

  /// Lower bound on the cost of a run, times `fraction`; kInfeasible where
  /// there is no plan.
  int64_t bound(const Run &run) const;

  /// Lower bound on the recomputation cost of the whole problem.
  int64_t wholeBound() const;

  int64_t fraction() const { return frac; }

  static constexpr int64_t kInfeasible = int64_t(1) << 60;

  /// Whether all values that matter fit.
  static bool fits(const Scaled &scaled, int64_t fraction);

private:
  int64_t slope(int64_t level) const { return level * p.advanceCost; }
  int64_t conjugateOf(int64_t level, int64_t m) const;
  int64_t heldConjugateOf(int64_t level) const;
  void addLevel();

  Scaled p;
  int64_t frac;
  std::vector<std::vector<int64_t>> levels; ///< F*, [level][units]
  std::vector<int64_t> heldLevels;          ///< A* at the whole allowance
};

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_HULL_H
