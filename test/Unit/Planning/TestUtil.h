//===- TestUtil.h - Short ways to problems and plans ------------*- C++ -*-===//

#ifndef BPTT_TEST_UNIT_PLANNING_TESTUTIL_H
#define BPTT_TEST_UNIT_PLANNING_TESTUTIL_H

#include "bptt/Planning/Solvers.h"
#include "bptt/Planning/Verify.h"

#include "gtest/gtest.h"

namespace bptt::planning {

inline Problem makeProblem(int64_t numSteps, int64_t stateBytes,
                           int64_t residualBytes,
                           InitialState initial = InitialState::Held) {
  Problem problem;
  problem.numSteps = numSteps;
  problem.stateBytes = stateBytes;
  problem.tapeModes = {{residualBytes, 0}};
  problem.initialState = initial;
  return problem;
}

/// The message of an error, empty for success.
inline std::string messageOf(llvm::Error error) {
  return llvm::toString(std::move(error));
}

/// Solves, verifies, and returns the plan; a failure fails the test.
inline Plan solved(const Problem &problem, Policy policy, int64_t keptBytes) {
  llvm::Expected<Plan> plan = solve(problem, policy, keptBytes);
  if (!plan) {
    ADD_FAILURE() << messageOf(plan.takeError());
    return Plan();
  }
  EXPECT_EQ(messageOf(verify(*plan)), "")
      << toString(policy).str() << " T=" << problem.numSteps
      << " S=" << problem.stateBytes
      << " E=" << problem.tapeModes[0].residualBytes << " m=" << keptBytes;
  EXPECT_LE(plan->keptPeakBytes, keptBytes);
  return *plan;
}

inline int64_t evaluations(const Problem &problem, Policy policy,
                           int64_t keptBytes) {
  return solved(problem, policy, keptBytes).counts.forwardEvaluations;
}

} // namespace bptt::planning

#endif // BPTT_TEST_UNIT_PLANNING_TESTUTIL_H
