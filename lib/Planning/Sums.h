//===- Sums.h - What states and tapes add up to -----------------*- C++ -*-===//
//
// The recurrences for m units look at m - S and m - S - E_k, and at nothing
// else of m but whether there is so much. So what a run costs within m changes
// where m is a sum of such items, and nowhere else: a table needs a row for
// each sum, whatever the budget is, and m has the row of the largest sum that
// is no larger.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_LIB_PLANNING_SUMS_H
#define BPTT_LIB_PLANNING_SUMS_H

#include "Scaled.h"

#include <memory>

namespace bptt::planning {

class Sums {
public:
  /// All sums up to `mostUnits` of states and of tapes with their states; null
  /// if they are more than `maxRows`, or a state takes nothing.
  static std::shared_ptr<const Sums> make(const Scaled &scaled,
                                          int64_t mostUnits, int64_t maxRows);

  /// The first `count` of them, or all.
  static std::vector<int64_t> least(const Scaled &scaled, int64_t mostUnits,
                                    int64_t count);

  int64_t numRows() const { return int64_t(sums.size()); }

  /// The row that `units` have, which may exceed `mostUnits`; -1 if negative.
  int64_t rowOf(int64_t units) const;

  // For every row the one of what is left beside an item, or -1.
  const std::vector<int32_t> &besideState() const { return rests.front(); }
  const std::vector<int32_t> &besideTape(size_t mode) const {
    return rests[mode + 1];
  }

private:
  Sums(const Scaled &scaled, int64_t mostUnits, int64_t maxRows);

  std::vector<int64_t> sums;               ///< ascending
  std::vector<std::vector<int32_t>> rests; ///< of the state and of each tape
  bool isCut = false;                      ///< there are more than that
};

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_SUMS_H
