//===- ExactTable.h - The recurrences F and A in full -----------*- C++ -*-===//
//
// With S the units of a state, E_k and b_k the residual units and extra
// backward cost of tape mode k, a the cost of an advance:
//
//   F(1,m) = A(1,m) = b of the mode in progress
//   F(t,m) = min{ min over k  b_k + F(t-1, m-S-E_k),
//                 min over 1<=y<t  a y + F(t-y, m-S) + F(y, m) },  m >= S
//   A(t,m) = min{ min over k  b_k + F(t-1, m-E_k),
//                 min over 1<=y<t  a y + F(t-y, m) + A(y, m) }
//
// F keeps and counts the initial state of the run, A has it from the caller and
// is only ever asked for at the whole allowance. A run that is started keeps
// its initial state: where t > 1 that adds the checkpoint cost.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_LIB_PLANNING_EXACTTABLE_H
#define BPTT_LIB_PLANNING_EXACTTABLE_H

#include "Sums.h"

#include <limits>

namespace bptt::planning {

/// A splitter that also knows what a run costs.
class CostedSplitter : public Splitter {
public:
  /// In scaled costs; at least `infeasible()` if there is no plan, or none as
  /// cheap as the upper bound.
  virtual int64_t costOf(const Run &run) const = 0;
  virtual int64_t infeasible() const = 0;
  /// The longest run that can be asked for.
  virtual int64_t longestRun() const = 0;
};

/// Costs of all runs of so many steps, for several budgets.
class RunTable {
public:
  virtual ~RunTable() = default;

  /// The plans within `allowance`, which is at most what the table is for. They
  /// keep it alive.
  virtual std::shared_ptr<const CostedSplitter>
  within(int64_t allowance) const = 0;
  virtual int64_t longestRun() const = 0;
};

/// The table for `scaled.allowance` and all below, which `sums` are made for,
/// in 32 bits where all costs fit; null when not even 64 bits would do.
std::shared_ptr<const RunTable> makeRunTable(const Scaled &scaled,
                                             std::shared_ptr<const Sums> sums);

/// Fills the table, in 32 bits where `upperBound` allows. Null when it would
/// take more than `maxWork` inner iterations or `maxBytes`, or when not even 64
/// bits would do. Requires a state of at least one unit.
std::shared_ptr<const CostedSplitter>
makeExactTable(const Scaled &scaled,
               int64_t maxWork = std::numeric_limits<int64_t>::max(),
               int64_t maxBytes = std::numeric_limits<int64_t>::max());

/// Whether `makeExactTable` would fill the table: for all budgets up to some
/// one, if for any.
bool fitsExactTable(const Scaled &scaled, int64_t maxWork, int64_t maxBytes);

/// What the whole problem recomputes within 0, 1, ..., `scaled.allowance`
/// units, -1 where there is no plan. Nothing where that would take more than
/// `maxWork` inner iterations or `maxBytes`, or more than 64 bits. Requires a
/// state of at least one unit.
std::optional<std::vector<int64_t>>
makeExactCurve(const Scaled &scaled, int64_t maxWork, int64_t maxBytes);

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_EXACTTABLE_H
