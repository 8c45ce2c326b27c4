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
// the convex hull of F where all p are. Only slopes that differ by multiples of
// a depend on each other, so any parts of a may be looked at. Most of a hull's
// slopes lie little above a multiple of a (a sequence that needs r evaluations
// of most steps and r + 1 of a few more), and so do the parts.
//
// Slopes are multiples of a / fraction, values are kept times `fraction`, in
// integers.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_LIB_PLANNING_HULL_H
#define BPTT_LIB_PLANNING_HULL_H

#include "Scaled.h"

#include <memory>

namespace bptt::planning {

class Hull {
public:
  /// Looks at slopes (i + part / fraction) a up to a little beyond the one that
  /// the whole problem needs, as far as `maxEntries` allows. `parts` ascend
  /// from 0 and lie below `fraction`.
  Hull(const Scaled &scaled, int64_t fraction, std::vector<int64_t> parts,
       int64_t maxEntries);

  /// A hull at as many slopes as `maxEntries` values allow, `maxParts` for each
  /// multiple of a at most. Null where the values do not fit, a state takes
  /// nothing, or not even whole multiples are affordable.
  static std::shared_ptr<const Hull> make(const Scaled &scaled,
                                          int64_t maxEntries,
                                          int64_t maxParts = 24);

  /// Lower bound on the cost of a run, times `fraction`; kInfeasible where
  /// there is no plan.
  int64_t bound(const Run &run) const;

  /// Lower bound on the recomputation cost of the whole problem.
  int64_t wholeBound() const;

  int64_t fraction() const { return frac; }

  static constexpr int64_t kInfeasible = int64_t(1) << 60;

private:
  /// Whether all values that matter fit.
  static bool fits(const Scaled &scaled, int64_t fraction);

  int64_t numParts() const { return int64_t(parts.size()); }
  /// Times `fraction`, like all values here; levels below 0 are not looked at.
  int64_t slope(int64_t level) const {
    return (level / numParts() * frac + parts[level % numParts()]) *
           p.advanceCost;
  }
  int64_t lowerConjugate(int64_t level, int64_t m) const;
  int64_t lowerHeldConjugate(int64_t level) const;
  void addLevel();

  Scaled p;
  int64_t frac;
  std::vector<int64_t> parts;
  bool isCutShort = false; ///< the best slope may lie beyond those looked at
  std::vector<std::vector<int64_t>> levels; ///< F*, [level][units]
  std::vector<int64_t> heldLevels;          ///< A* at the whole allowance
};

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_HULL_H
