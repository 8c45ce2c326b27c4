//===- SharedBudget.h - Several recurrences, one budget ---------*- C++ -*-===//

#ifndef BPTT_PLANNING_SHAREDBUDGET_H
#define BPTT_PLANNING_SHAREDBUDGET_H

#include "bptt/Planning/Plan.h"

namespace bptt::planning {

/// Recurrences whose kept bytes are alive together, each with a part of its
/// own, and `otherBytes` that a program needs beside them: running states,
/// tapes in progress, workspaces, temporaries.
struct SharedProblem {
  std::vector<Problem> problems;
  int64_t otherBytes = 0;

  /// What plain BPTT takes. Saturates.
  int64_t fullBytes() const;
  /// The smallest budget that `policy` can do with.
  int64_t floorBytes(Policy policy) const;
};

/// Kept bytes for each recurrence: its floor, and of what is left a share in
/// proportion to what plain BPTT would keep for it beyond the floor. One
/// recurrence gets everything. Fails with InfeasibleBudget, naming the parts of
/// the floor.
llvm::Expected<std::vector<int64_t>>
shareBudget(const SharedProblem &shared, Policy policy, int64_t budgetBytes);

} // namespace bptt::planning

#endif
