//===- Solvers.h - From a problem to a plan ---------------------*- C++ -*-===//

#ifndef BPTT_PLANNING_SOLVERS_H
#define BPTT_PLANNING_SOLVERS_H

#include "bptt/Planning/Plan.h"

namespace bptt::planning {

/// Kept bytes below which the policy has no plan.
int64_t minKeptBytes(const Problem &problem, Policy policy);

/// The smallest budget for everything with which the policy has a plan.
int64_t floorBytes(const Problem &problem, Policy policy);

/// A plan of `policy` that keeps at most `keptBytes`, of least cost for the
/// policy as far as `Plan::exactness` says. Fails
///   * with InfeasibleBudget when keptBytes < minKeptBytes(problem, policy),
///   * when the problem is malformed (Problem::check),
///   * when the cost exceeds 64 bits,
///   * when the policy has no closed form and the sequence is too long for it.
llvm::Expected<Plan> solve(const Problem &problem, Policy policy,
                           int64_t keptBytes);

/// The same for a budget that covers everything (peakBytes), choosing the mode
/// of the tape in progress as well.
llvm::Expected<Plan> solveWithin(const Problem &problem, Policy policy,
                                 int64_t budgetBytes);

/// Kept bytes that hold `slots` of the paper's slots: states for HSM and MSM
/// (the initial state included), internal states for ISM (the one in progress
/// included). An internal state is the residuals with the two states around
/// them, 2S + E bytes. Saturates.
int64_t keptBytesForSlots(const Problem &problem, Policy policy, int64_t slots);

} // namespace bptt::planning

#endif // BPTT_PLANNING_SOLVERS_H
