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

#include "llvm/ADT/DenseMap.h"

#include <memory>

namespace bptt::planning {

class Hull {
public:
  /// A hull at as many slopes as `maxEntries` values allow, `maxParts` for each
  /// multiple of a at most, up to a little beyond the slope that the whole
  /// problem needs. Null where the values do not fit 64 bits, a state takes
  /// nothing, or runs can be left with too many different allowances.
  static std::shared_ptr<const Hull>
  make(const Scaled &scaled, int64_t maxEntries, int64_t maxParts = 24);

  /// Whether the different allowances that runs can be left with are few enough
  /// for `maxEntries`: for all budgets up to some one.
  static bool hasFewRows(const Scaled &scaled, int64_t maxEntries);

  /// Lower bound on the cost of a run, times `fraction`; kInfeasible where
  /// there is no plan.
  int64_t bound(const Run &run) const;

  /// Lower bound on the recomputation cost of the whole problem.
  int64_t wholeBound() const;

  int64_t fraction() const { return frac; }

  /// How many different allowances runs can be left with, at most.
  int64_t numRows() const { return rowCount; }

  static constexpr int64_t kInfeasible = int64_t(1) << 60;

private:
  /// `parts` ascend from 0 and lie below `fraction`. `allowances` ascend; empty
  /// for all of them.
  Hull(const Scaled &scaled, int64_t fraction, std::vector<int64_t> parts,
       const std::vector<int64_t> &allowances, int64_t maxEntries);

  /// Whether all values that matter fit.
  static bool fits(const Scaled &scaled, int64_t fraction);

  int64_t numParts() const { return int64_t(parts.size()); }
  /// Times `fraction`, like all values here; levels below 0 are not looked at.
  int64_t slope(int64_t level) const {
    return (level / numParts() * frac + parts[level % numParts()]) *
           p.advanceCost;
  }
  int64_t rowOf(int64_t m) const {
    return rows.empty() ? m : rows.find(m)->second;
  }
  int64_t lowerConjugate(int64_t level, int64_t row) const;
  int64_t lowerHeldConjugate(int64_t level) const;
  void addLevel();

  Scaled p;
  int64_t frac;
  std::vector<int64_t> parts;
  bool isCutShort = false; ///< the best slope may lie beyond those looked at
  int64_t rowCount;
  std::vector<int64_t> allowances;       ///< of each row, where they are sparse
  llvm::DenseMap<int64_t, int64_t> rows; ///< of each allowance, likewise
  std::vector<std::vector<int64_t>> levels; ///< F*, [level][row]
  std::vector<int64_t> heldLevels;          ///< A* at the whole allowance
};

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_HULL_H
