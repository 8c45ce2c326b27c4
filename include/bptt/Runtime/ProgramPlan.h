//===- ProgramPlan.h - All plans and sizes of one call ----------*- C++ -*-===//

#ifndef BPTT_RUNTIME_PROGRAMPLAN_H
#define BPTT_RUNTIME_PROGRAMPLAN_H

#include "bptt/Planning/Budget.h"
#include "bptt/Planning/SharedBudget.h"

namespace bptt {

/// What a compiled program needs for its lengths within a budget: the plan and
/// the table of each recurrence, and how its arena is divided.
///
///   [0, otherBytes)                          temporaries and running states
///   [otherBytes, otherBytes + stackBytes)    kept states and tapes
struct ProgramPlan {
  int64_t budgetBytes = 0; ///< what the budget amounts to
  int64_t floorBytes = 0;  ///< the least budget that would do
  int64_t fullBytes = 0;   ///< what plain BPTT takes
  int64_t otherBytes = 0;
  int64_t stackBytes = 0;
  int64_t tableBytes = 0; ///< beside the arena
  std::vector<planning::Plan> plans;
  std::vector<planning::NestedRecurrence> nested; ///< inside their steps
  /// One for each of `plans`, then for each recurrence inside their steps.
  std::vector<std::vector<int32_t>> tables;
  double timeRatio = 1; ///< planned time over that of plain BPTT

  int64_t arenaBytes() const { return otherBytes + stackBytes; }
};

/// Fails where a length is -1: that of a recurrence whose inputs do not agree.
llvm::Error checkLengths(const planning::SharedProblem &shared);

/// Plans every recurrence of `shared`, whose lengths are known, within one
/// budget; those inside steps keep what is decided for them. Fails as
/// checkLengths does, with planning::InfeasibleBudget below the floor, and as
/// planning::solve and encodeTable do.
llvm::Expected<ProgramPlan> planProgram(const planning::SharedProblem &shared,
                                        planning::Policy policy,
                                        const planning::Budget &budget);

} // namespace bptt

#endif
