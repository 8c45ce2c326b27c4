//===- NestedCosts.h - What steps cost with plans inside them ---*- C++ -*-===//

#ifndef BPTT_LIB_TRANSFORMS_NESTEDCOSTS_H
#define BPTT_LIB_TRANSFORMS_NESTEDCOSTS_H

#include "NestedForwards.h"

#include "bptt/Analysis/CostModel.h"
#include "bptt/Planning/Plan.h"

#include "llvm/ADT/StringMap.h"

namespace bptt {

/// Costs of a recurrence as the planner takes them, in nanoseconds.
struct RecurrenceCosts {
  /// Of a step, or of each step if it is a chain.
  llvm::SmallVector<planning::StepCosts, 1> steps;
  /// The same of each tape mode: what its backward costs more than that of the
  /// first.
  llvm::SmallVector<llvm::SmallVector<int64_t, 1>, 1> extraBackward;
};

/// Work of a cell's call by the cell's name, everything inside it plain.
using PlainWork = llvm::StringMap<CellWork>;

/// Estimates of the costs of a function's cells where recurrences inside them
/// follow plans: work beyond that of plain BPTT is added to the plain work.
class NestedCosts {
public:
  /// Everything is plain at first.
  NestedCosts(const PlainWork &plain, const NestedForwards &nested)
      : plain(plain), nested(nested), extra(nested.all.size()) {}

  /// Counts on a plan with `counts` for the recurrence of that number. Those
  /// inside its own steps come first.
  void usePlan(unsigned number, const planning::PlanCounts &counts);
  /// The same for plain BPTT, whose steps may be dearer than plain.
  void usePlain(unsigned number);

  /// Work of advancing one step of the recurrence of that number.
  CellWork getAdvanceWork(unsigned number) const;
  /// How often undoing `parent` once, by plain BPTT, undoes `child`, one of the
  /// recurrences in its cells.
  int64_t countInside(unsigned child, unsigned parent) const;

  /// Of a recurrence of the function or inside a step.
  RecurrenceCosts getCosts(FirstSweepOpInterface first) const;

private:
  /// Nanoseconds of a call. `user` is any operation of the module.
  int64_t getCost(mlir::Operation *user, llvm::StringRef cell) const;
  CellWork getExtra(mlir::Operation *user, llvm::StringRef cell) const;
  CellWork getWork(mlir::Operation *user, llvm::StringRef cell) const;

  const PlainWork &plain;
  const NestedForwards &nested;
  /// Of each nested recurrence, beyond plain BPTT.
  llvm::SmallVector<CellWork> extra;
};

} // namespace bptt

#endif
