//===- SharedBudget.h - Several recurrences, one budget ---------*- C++ -*-===//

#ifndef BPTT_PLANNING_SHAREDBUDGET_H
#define BPTT_PLANNING_SHAREDBUDGET_H

#include "bptt/Planning/Plan.h"

#include <optional>

namespace bptt::planning {

/// A recurrence inside the steps of others, whose kept bytes are decided: they
/// are part of the workspace of these steps.
struct NestedRecurrence {
  Problem problem;
  Policy policy = Policy::Optimal;
  int64_t keptBytes = 0;
};

/// What plain BPTT at every level takes.
struct PlainTotals {
  int64_t bytes = 0;
  int64_t cost = 0; ///< in the unit of the problems
};

/// Recurrences whose kept bytes are alive together, each with a part of its
/// own, and `otherBytes` that a program needs beside them: running states,
/// tapes in progress, workspaces, temporaries.
struct SharedProblem {
  std::vector<Problem> problems;
  int64_t otherBytes = 0;
  /// What `otherBytes` and the costs of `problems` count on already.
  std::vector<NestedRecurrence> nested = {};
  /// Where there are further tape modes, or plans inside steps; elsewhere
  /// `problems` tell.
  std::optional<PlainTotals> plain = std::nullopt;
  /// The least budget with other choices; 0: there were none.
  int64_t leastBytes = 0;

  /// What plain BPTT takes. Saturates.
  int64_t fullBytes() const;
  /// What plain BPTT costs. Saturates.
  int64_t plainCost() const;
  /// The smallest budget that `policy` can do with.
  int64_t floorBytes(Policy policy) const;
};

/// Kept bytes for each recurrence, so that together they cost least as far as
/// the recurrences' curves of cost against kept bytes tell: where these are
/// exact, so is the split of two recurrences, and that of more unless there are
/// thousands of ways to split. For the optimal policy, points of a curve that
/// is not exact cost what their plans do (`PlannedCurve`), and more budget
/// never costs more. What no recurrence gains from is handed out in order,
/// unless it might; one recurrence gets everything. Fails with
/// InfeasibleBudget, naming the parts of the floor.
llvm::Expected<std::vector<int64_t>>
shareBudget(const SharedProblem &shared, Policy policy, int64_t budgetBytes);

/// A point of a recurrence's trade-off.
struct CostPoint {
  int64_t keptBytes;
  int64_t cost; ///< everything, backwards included; saturates
};

/// Cost against kept bytes, both strictly monotone, from the policy's floor up
/// to plain BPTT. For the optimal policy, which has no such curve of a chain,
/// it is exact, with every point at which the cost falls, where that takes no
/// longer than a moment. Otherwise the points are a few per cent apart and do
/// not depend on any budget; for the optimal policy and MSM their costs are the
/// optimum's lower bound where the optimum itself would take long. Policies
/// that take no part in a trade-off have their one point.
std::vector<CostPoint> costCurve(const Problem &problem, Policy policy);

/// The curve of the optimal policy with every point at which the cost falls.
/// Nothing where that would take longer than a moment. Not for chains.
std::optional<std::vector<CostPoint>> exactCostCurve(const Problem &problem);

/// What the optimal policy's plan costs at least, within a few hundredths of a
/// per cent of what it does cost, in a moment. Not for chains.
int64_t costLowerBound(const Problem &problem, int64_t keptBytes);

/// Curves of recurrences that share a budget.
class SharedCurves {
public:
  /// One curve at least; every one has a point.
  explicit SharedCurves(std::vector<std::vector<CostPoint>> curves);

  /// The cheapest sum of one point from each within `keptBytes`; INT64_MAX if
  /// there is none.
  int64_t costWithin(int64_t keptBytes) const;

  struct Shares {
    std::vector<int64_t> keptBytes; ///< of each
    int64_t cost;                   ///< together
  };
  /// The points that keep fewest bytes of those that cost no more than `cost`
  /// together; there are some.
  Shares fewestFor(int64_t cost) const;

private:
  /// A way to give the first few recurrences their kept bytes, in a tree of
  /// such ways: `previous` indexes the ways for one recurrence less.
  struct Way {
    int64_t keptBytes; ///< of all so far
    int64_t cost;
    size_t previous;
    int64_t ownBytes; ///< of the last one
  };
  static std::vector<Way> pruned(std::vector<Way> ways);

  std::vector<std::vector<CostPoint>> curves;
  /// Of all but the last, which gets what is left.
  std::vector<std::vector<Way>> layers;
};

} // namespace bptt::planning

#endif
