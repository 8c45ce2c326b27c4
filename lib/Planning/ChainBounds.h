//===- ChainBounds.h - What a chain costs at least --------------*- C++ -*-===//

#ifndef BPTT_LIB_PLANNING_CHAINBOUNDS_H
#define BPTT_LIB_PLANNING_CHAINBOUNDS_H

#include "ChainLimits.h"
#include "ChainSweep.h"

namespace bptt::planning {

/// Lower bounds on recomputation, by a table and a sweep whose sums are rounded
/// down.
class ChainBounds {
public:
  /// For budgets up to `mostBytes`; graded, small ones are served well too.
  ChainBounds(const Problem &problem, const ChainSums &sums,
              const ChainLimits &limits, int64_t mostBytes,
              bool isGraded = false);

  /// No plan that keeps `keptBytes` recomputes less; more bytes never have a
  /// larger bound.
  int64_t boundFor(int64_t keptBytes) const {
    return std::max(sweep.costOf(0, keptBytes), forAll);
  }

  const ChainTable &optimistic() const { return *table; }

private:
  std::shared_ptr<const ChainTable> table;
  ChainSweep sweep;
  int64_t forAll; ///< for every budget
};

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_CHAINBOUNDS_H
