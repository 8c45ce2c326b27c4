//===- NestedPlanner.h - What recurrences inside steps may keep -*- C++ -*-===//
//
// Bytes that a recurrence keeps inside a step are part of the step's workspace,
// and what it evaluates again makes the step dearer. How the two are traded off
// best is a question of numbers (Planning/NestedBudget.h); where the numbers
// come from is said here.
//
// The workspaces of cells with some choice are predicted from a few layouts:
// recurrences that stand in the cells of one do so one after the other, so that
// the peak is that while one of them is undone, and grows by what it and those
// around it keep. Whoever takes a choice measures it all the same.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_LIB_TRANSFORMS_NESTEDPLANNER_H
#define BPTT_LIB_TRANSFORMS_NESTEDPLANNER_H

#include "Measurement.h"

#include "bptt/Planning/NestedBudget.h"

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

  /// Bytes that the function needs with plans inside the steps, beside the
  /// stacks of its own recurrences.
  using MeasureBytes =
      llvm::function_ref<mlir::FailureOr<int64_t>(const NestedPlanAttrs &)>;

  /// All ways to plan them that are worth having where bytes are as some calls
  /// of `measureBytes` make them likely. They do not depend on any budget.
  mlir::FailureOr<std::vector<planning::NestedWay>>
  makeWays(MeasureBytes measureBytes, planning::OutsideCost getCost) const;

  NestedChoice getChoice(const planning::NestedWay &way) const;
  NestedChoice getPlain() const {
    return NestedChoice(nested.all.size(), kPlain);
  }
  /// All keep as little as they can.
  NestedChoice getLeast() const;
  /// `choice` with plain BPTT for the recurrence of that number if it evaluates
  /// nothing again; it takes a few bytes more then, and no table.
  std::optional<NestedChoice> withoutTable(const NestedChoice &choice,
                                           unsigned number) const;

  NestedDecision decide(const NestedChoice &choice);

  /// Plans that take as many bytes, which is all that is said of them.
  NestedPlanAttrs reserve(const NestedChoice &choice) const;

  /// The costs of a decision without any plan.
  NestedCosts estimateCosts(llvm::ArrayRef<size_t> points) const;

private:
  /// One point of a recurrence's curve.
  struct Point {
    int64_t keptBytes; ///< kPlain where it stays plain
    int64_t advances;
  };
  /// A plan, without what makes its actions.
  struct Solution {
    int64_t keptBytes;
    planning::PlanCounts counts;
  };

  llvm::SmallVector<Point> makePoints(unsigned number);
  int64_t getStackBytes(unsigned number, const Point &point) const;
  const Solution *solve(unsigned number, const planning::StepCosts &costs,
                        int64_t keptBytes);

  /// Where recurrences stand, in recurrences of the function.
  struct Places {
    std::vector<planning::NestedPart> parts;
    /// Of each, those around it and itself.
    std::vector<llvm::SmallVector<unsigned>> paths;
    std::vector<planning::NestedGroup> groups;
    /// Of each part.
    llvm::SmallVector<size_t> groupOf;
  };
  size_t addPlace(unsigned number, llvm::SmallVector<unsigned> around,
                  const NestedCosts &costs, Places &places) const;
  Places makePlaces() const;
  void mergeGroups(Places &places) const;
  mlir::FailureOr<int64_t> countTimes(const Places &places, size_t group,
                                      llvm::ArrayRef<int64_t> peaks,
                                      MeasureBytes measureBytes) const;
  planning::NestedCurves makeCurves() const;
  bool isReachable(unsigned number) const;
  NestedChoice getMost(llvm::ArrayRef<unsigned> numbers) const;

  const Measurement &measurement;
  mlir::func::FuncOp function;
  const NestedForwards &nested;
  const llvm::SmallBitVector &mayPlan;
  /// Of each, with plain BPTT inside its steps.
  std::vector<planning::Problem> problems;
  /// Of each, with rising bytes and falling advances.
  std::vector<llvm::SmallVector<Point>> points;
  /// By number, costs of an evaluation and kept bytes; null if there is none.
  std::map<std::array<int64_t, 4>, std::optional<Solution>> solutions;
};

} // namespace bptt

#endif
