//===- ChainTable.h - Every interval of unequal steps -----------*- C++ -*-===//
//
// The recurrences of ExactTable.h with the interval [a, b) of steps in place of
// their number: S_a and E_{a,k} are the sizes at step a, w(a, c) what advancing
// from a to c costs.
//
//   F(a,a+1,m) = cheapest b of step a
//   F(a,b,m) = min{ min over k      b_{a,k} + F(a+1, b, m-S_a-E_{a,k}),
//                   min over a<c<b  w(a,c) + F(c, b, m-S_a) + F(a, c, m) }
//
// S_0 is 0 where the caller holds the initial state, which makes F(0,b,m) what
// the form A is for equal steps. The optimum is over plans that keep the
// initial state of an interval until the interval is done.
//
// As a function of m, F(a,b,.) is a staircase. A row has F(a,b,m) for every b
// at one m; the rows of a step are at the numbers of bytes where one of them
// may fall: 0, and what the parts to the right have rows at and the step's own
// state or tape. That is exact, unless ChainRows.h lets some share one.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_LIB_PLANNING_CHAINTABLE_H
#define BPTT_LIB_PLANNING_CHAINTABLE_H

#include "ChainRows.h"
#include "ChainSums.h"

#include "bptt/Planning/SharedBudget.h"

namespace bptt::planning {

class ChainTable {
public:
  virtual ~ChainTable() = default;

  /// Recomputation in the steps [begin, end) with `keptBytes`, 0 or more;
  /// kInfeasibleCost or more if there is no plan.
  int64_t costOf(int64_t begin, int64_t end, int64_t keptBytes) const {
    return costAt(begin, end, rowAt(begin, keptBytes));
  }

  /// The same with what the row at `index` stands for.
  virtual int64_t costAt(int64_t begin, int64_t end, size_t index) const = 0;

  /// From how many bytes on each row in front of `begin` answers, from 0 up.
  llvm::ArrayRef<int64_t> rows(int64_t begin) const {
    return bytesOfRows[begin];
  }

  /// The bytes of the row that answers for `keptBytes` in front of `begin`.
  int64_t rowBytes(int64_t begin, int64_t keptBytes) const {
    return bytesOfRows[begin][rowAt(begin, keptBytes)];
  }

  /// Where the whole chain becomes cheaper, and what recomputation costs there.
  std::vector<CostPoint> points() const;

  /// Whether no two numbers of bytes share a row.
  bool isExact() const { return numShared == 0; }

protected:
  size_t rowAt(int64_t begin, int64_t keptBytes) const;

  int64_t numSteps = 0;
  int64_t numShared = 0;
  std::vector<std::vector<int64_t>> bytesOfRows; ///< ascending from 0
};

/// Fills a table. `sumOfCosts` is at least any plan's recomputation, and below
/// a quarter of kInfeasibleCost.
std::shared_ptr<const ChainTable>
makeChainTable(const Problem &problem, const ChainTableOptions &options,
               int64_t sumOfCosts);

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_CHAINTABLE_H
