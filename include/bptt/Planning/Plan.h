//===- Plan.h - A plan, by value --------------------------------*- C++ -*-===//

#ifndef BPTT_PLANNING_PLAN_H
#define BPTT_PLANNING_PLAN_H

#include "bptt/Planning/Action.h"
#include "bptt/Planning/Policy.h"
#include "bptt/Planning/Problem.h"

#include <memory>

namespace bptt::planning {

class Splitter;

/// How far a plan is from the best of its policy; `costLowerBound` has the
/// number.
enum class Exactness {
  Exact,      ///< best, by an exhaustive table
  Window,     ///< best among the splits that were looked at
  Macro,      ///< best for sizes or steps that were made coarser
  ClosedForm, ///< best, by a formula
};
llvm::StringRef toString(Exactness exactness);

/// The inverse of toString; fails naming the known ones.
llvm::Expected<Exactness> parseExactness(llvm::StringRef name);

struct PlanCounts {
  int64_t advances = 0;
  int64_t tapedForwards = 0;
  int64_t forwardEvaluations = 0; ///< advances + tapedForwards
  int64_t backwards = 0;
};

/// A plan for `problem` that keeps at most `keptBudgetBytes`. Small: the
/// actions follow from it deterministically and are made when they are asked
/// for.
struct Plan {
  Problem problem;
  Policy policy = Policy::Optimal;
  int64_t keptBudgetBytes = 0;
  /// Bytes the stack reaches. Never more than the budget.
  int64_t keptPeakBytes = 0;
  /// The tape mode of the tape in progress; -1: the cheapest of each step.
  int64_t inProgressMode = -1;
  PlanCounts counts;
  int64_t checkpointBytes = 0; ///< copied into checkpoints; -1: not known
  /// Everything, backwards included, in the unit of the problem's costs.
  int64_t cost = 0;
  /// No plan of this policy within the budget costs less; for the optimal
  /// policy, none with taped forwards in place of advances either.
  int64_t costLowerBound = 0;
  Exactness exactness = Exactness::Exact;
  std::shared_ptr<const Splitter> splitter;

  /// cost over the cost of plain BPTT, 1 for an empty sequence.
  double timeRatio() const;

  /// Most by which the cost exceeds the best of the policy, as a fraction.
  double knownGap() const;

  /// Peak with the problem's reserves.
  int64_t totalPeakBytes() const {
    return peakBytes(problem, keptPeakBytes, inProgressMode);
  }

  /// Streams the actions in order; stops when the visitor returns false. Those
  /// before the first backward make up the first sweep, which evaluates every
  /// step once, in order, and leaves h_T in cur.
  void forEachAction(ActionVisitor visit) const;

  /// All actions. For sequences that fit in memory.
  std::vector<Action> actions() const;

  void print(llvm::raw_ostream &os) const;
};

/// Cost of plain BPTT: every step taped and undone once, in its cheapest mode.
/// Saturates.
int64_t plainCost(const Problem &problem);

} // namespace bptt::planning

#endif // BPTT_PLANNING_PLAN_H
