//===- NestedPlanner.h - What recurrences inside steps may keep -*- C++ -*-===//
//
// Bytes that a recurrence keeps inside a step are part of the step's workspace,
// and what it evaluates again makes the step dearer. So a way to plan all of
// them is a candidate, and the recurrence around them is planned for each.
//
// Recurrences that stand in the cells of one do so one after the other, each
// undone before the next begins. Their bytes are not alive together: what is
// shared out is a peak, up to which each takes what makes it cheapest.
//
// Candidates do not depend on any budget. Whoever takes the best of them that
// fits has the same ones for a larger budget, which therefore never costs more.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_LIB_TRANSFORMS_NESTEDPLANNER_H
#define BPTT_LIB_TRANSFORMS_NESTEDPLANNER_H

#include "Measurement.h"

#include <map>

namespace bptt {

/// For each nested recurrence, by number, the bytes that it keeps on its stack;
/// kPlain is plain BPTT, without a table.
using NestedChoice = std::vector<int64_t>;
constexpr int64_t kPlain = std::numeric_limits<int64_t>::max();

/// The plans of a choice, and what the cells cost with them.
struct NestedDecision {
  NestedPlanAttrs plans;
  NestedCosts costs;
};

class NestedPlanner {
public:
  /// Those of `nested`, of the measured `function`, that are not in `mayPlan`
  /// stay plain.
  NestedPlanner(const Measurement &measurement, mlir::func::FuncOp function,
                const NestedForwards &nested,
                const llvm::SmallBitVector &mayPlan)
      : measurement(measurement), function(function), nested(nested),
        mayPlan(mayPlan) {}

  /// Measures the nested recurrences. Fails with a diagnostic.
  llvm::LogicalResult prepare();

  /// Ways to plan them, none twice: the first is plain BPTT, the last takes
  /// least memory.
  mlir::FailureOr<llvm::SmallVector<NestedChoice>> makeChoices();

  NestedDecision decide(const NestedChoice &choice);

  NestedChoice getPlain() const {
    return NestedChoice(nested.all.size(), kPlain);
  }

private:
  /// What one recurrence takes in its cell, its own running states, tape in
  /// progress and workspaces included, with the cost of undoing it.
  struct Point {
    int64_t bytes, cost;
    NestedChoice choice;
  };
  /// A plan, without what makes its actions.
  struct Solution {
    int64_t keptBytes;
    planning::PlanCounts counts;
  };

  const Solution *solve(unsigned number, const planning::StepCosts &costs,
                        int64_t keptBytes);
  llvm::SmallVector<int64_t> getKeptBytes(unsigned number);
  mlir::FailureOr<RecurrenceSizes> measure(unsigned number,
                                           const NestedChoice &inside);
  llvm::LogicalResult makePoints(unsigned number);
  llvm::SmallVector<NestedChoice>
  combine(const NestedForwards::Children &children, size_t most);

  const Measurement &measurement;
  mlir::func::FuncOp function;
  const NestedForwards &nested;
  const llvm::SmallBitVector &mayPlan;
  /// Of each, with plain BPTT inside its steps.
  std::vector<planning::Problem> problems;
  std::vector<RecurrenceSizes> sizes;
  /// Of each, with rising bytes and falling cost.
  std::vector<llvm::SmallVector<Point>> points;
  /// By number, costs of an evaluation and kept bytes; null if there is none.
  std::map<std::array<int64_t, 4>, std::optional<Solution>> solutions;
};

} // namespace bptt

#endif
