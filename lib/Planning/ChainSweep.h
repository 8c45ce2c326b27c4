//===- ChainSweep.h - One end of a chain, finely ----------------*- C++ -*-===//
//
// What the first sweep over the steps [begin, end) keeps: F(., end, .) of
// ChainTable.h alone. That is a table for every step and every number of bytes,
// not for every interval, so that it can have many times the rows. What comes
// in front of a kept state is looked up: it costs nothing again where it can be
// taped as a whole, and what a table of all intervals says where it cannot.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_LIB_PLANNING_CHAINSWEEP_H
#define BPTT_LIB_PLANNING_CHAINSWEEP_H

#include "ChainSums.h"
#include "ChainTable.h"

namespace bptt::planning {

class ChainSweep {
public:
  /// With `left` for intervals within `steps`, which is safe or optimistic, as
  /// the rows of the sweep then are too.
  ChainSweep(const Problem &problem, const ChainSums &sums,
             const ChainTable &left, ChainInterval steps,
             const ChainTableOptions &options);

  /// Recomputation in the steps from `begin` to the end with `keptBytes`, 0 or
  /// more; kInfeasibleCost or more if there is no plan.
  int64_t costOf(int64_t begin, int64_t keptBytes) const {
    return rows[begin - steps.begin].costs[rowAt(begin, keptBytes)];
  }

  /// Where all steps become cheaper, and what recomputation costs there.
  std::vector<CostPoint> points() const;

  /// How the steps from `begin` to the end are parted, two or more. What the
  /// right-hand part may keep is that of a row at least.
  Split splitOf(int64_t begin, int64_t keptBytes) const;

  /// What a plan keeps that does what the row for `keptBytes` says, and in
  /// front of kept states what was looked up.
  int64_t peakOf(int64_t keptBytes) const;

private:
  /// In front of one step, by bytes; never two at one cost.
  struct Rows {
    std::vector<int64_t> fromBytes, costs;
    std::vector<int32_t> choices; ///< a tape mode, or minus a step
  };

  size_t rowAt(int64_t begin, int64_t keptBytes) const;
  void fill(int64_t step, const std::vector<int64_t> &numbers);

  const Problem &problem;
  const ChainSums &sums;
  const ChainTable &left;
  ChainInterval steps;
  ChainTableOptions options;
  std::vector<Rows> rows;
};

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_CHAINSWEEP_H
