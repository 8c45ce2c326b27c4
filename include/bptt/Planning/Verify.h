//===- Verify.h - Replaying a plan ------------------------------*- C++ -*-===//
//
// Knows the machine of Action.h and nothing of any solver.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_PLANNING_VERIFY_H
#define BPTT_PLANNING_VERIFY_H

#include "bptt/Planning/Plan.h"

namespace bptt::planning {

/// What a replay measured.
struct Replay {
  PlanCounts counts;
  int64_t keptPeakBytes = 0;
  int64_t checkpointBytes = 0;
  int64_t cost = 0;
  int64_t numActions = 0;
  int64_t numFirstSweepActions = 0; ///< those before the first backward
};

/// Runs actions one by one on the machine's state and checks that
///   V1  what an action reads is there: cur, other, stack items, tapes;
///   V2  no item overlaps a living one below it, none lies above the budget;
///   V3  the first sweep evaluates steps 0..T-1 once each, in order, before the
///       first backward;
///   V4  the backwards are those of steps T-1..0, once each, in order.
class Replayer {
public:
  Replayer(const Problem &problem, int64_t keptBudgetBytes);
  ~Replayer();

  /// Fails, naming the action and the rule, if the action cannot run.
  llvm::Error apply(const Action &action);
  /// Fails if the sequence is not complete.
  llvm::Expected<Replay> finish();

private:
  struct Machine;
  std::unique_ptr<Machine> machine;
};

/// Replays a list of actions.
llvm::Expected<Replay> replay(const Problem &problem, int64_t keptBudgetBytes,
                              llvm::ArrayRef<Action> actions);

/// Replays the plan and compares peak, counts, cost and budget with what the
/// plan says of itself. Takes time in the number of actions.
llvm::Error verify(const Plan &plan);

} // namespace bptt::planning

#endif // BPTT_PLANNING_VERIFY_H
