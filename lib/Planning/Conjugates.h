//===- Conjugates.h - Costs of all lengths at once --------------*- C++ -*-===//
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
// and likewise for A*. Only slopes p that differ by multiples of a depend on
// each other, so any parts of a may be looked at. Most slopes of the convex
// hull of F lie little above a multiple of a (a sequence that needs r
// evaluations of most steps and r + 1 of a few more), and so do the parts.
//
// Slopes are multiples of a / fraction, values are kept times `fraction`, in
// integers.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_LIB_PLANNING_CONJUGATES_H
#define BPTT_LIB_PLANNING_CONJUGATES_H

#include "Sums.h"

#include <algorithm>

namespace bptt::planning {

/// F* of one problem within all budgets up to one, at ascending slopes.
class Conjugates {
public:
  static constexpr int64_t kInfeasible = int64_t(1) << 60;

  /// For all allowances that `sums` were made for. `parts` ascend from 0 and
  /// lie below `fraction`.
  Conjugates(const Scaled &scaled, std::shared_ptr<const Sums> sums,
             int64_t fraction, std::vector<int64_t> parts);

  /// Adds the slope after the last one.
  void addLevel();

  int64_t numLevels() const { return int64_t(levels.size()); }
  int64_t numRows() const { return sums->numRows(); }
  int64_t numParts() const { return int64_t(parts.size()); }
  int64_t fraction() const { return frac; }
  /// Of the budget itself nothing matters here.
  const Scaled &problem() const { return p; }

  /// Times `fraction`, like all values here; of the level to be added as well.
  int64_t slope(int64_t level) const { return slopes[level]; }

  int64_t rowOf(int64_t units) const { return sums->rowOf(units); }
  /// F* at a row that `rowOf` names.
  int64_t at(int64_t level, int64_t row) const { return levels[level][row]; }

  /// A run of one step at the slope.
  int64_t leaf(int64_t level) const {
    return slope(level) - frac * p.inProgressCost;
  }
  /// F* and A* one advance below the lowest slopes, which are below 0, are
  /// taken at t = 1: F does not fall with t.
  int64_t leafBelow(int64_t level) const {
    return slope(level) - frac * (p.advanceCost + p.inProgressCost);
  }
  int64_t tapeGain(int64_t level, size_t mode) const {
    return slope(level) - frac * p.tapeCosts[mode];
  }
  static int64_t add(int64_t a, int64_t b) {
    return std::min(a + b, kInfeasible);
  }

private:
  int64_t makeSlope(int64_t level) const {
    return (level / numParts() * frac + parts[level % numParts()]) *
           p.advanceCost;
  }

  Scaled p;
  std::shared_ptr<const Sums> sums;
  int64_t frac;
  std::vector<int64_t> parts;
  std::vector<int64_t> slopes;              ///< one more than levels
  std::vector<std::vector<int64_t>> levels; ///< F*, [level][row]
};

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_CONJUGATES_H
