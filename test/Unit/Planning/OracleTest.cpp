//===- OracleTest.cpp - The optimum against all schedules -----------------===//

#include "Oracle.h"
#include "TestUtil.h"

#include <random>

using namespace bptt::planning;

namespace {

/// Cost without the backwards, which the oracle leaves out.
int64_t plannedCost(const Problem &problem, int64_t keptBytes) {
  Plan plan = solved(problem, Policy::Optimal, keptBytes);
  return plan.cost - problem.numSteps * problem.costs.backward;
}

void expectOptimal(const Problem &problem) {
  for (int64_t m = 0; m <= fullKeptBytes(problem); ++m) {
    std::optional<int64_t> least = leastCost(problem, m, -1);
    ASSERT_EQ(least.has_value(), m >= minKeptBytes(problem));
    if (least)
      EXPECT_EQ(plannedCost(problem, m), *least)
          << "T=" << problem.numSteps << " S=" << problem.stateBytes
          << " E=" << problem.tapeModes[0].residualBytes << " m=" << m;
  }
}

TEST(Oracle, AllSmallProblems) {
  for (int64_t t = 1; t <= 5; ++t)
    for (int64_t stateBytes = 1; stateBytes <= 3; ++stateBytes)
      for (int64_t residualBytes = 0; residualBytes <= 5; ++residualBytes)
        for (InitialState initial : {InitialState::Held, InitialState::Counted})
          expectOptimal(makeProblem(t, stateBytes, residualBytes, initial));
}

TEST(Oracle, SixToEightSteps) {
  for (InitialState initial : {InitialState::Held, InitialState::Counted}) {
    for (int64_t residualBytes : {0, 3})
      expectOptimal(makeProblem(6, 2, residualBytes, initial));
    Problem seven = makeProblem(7, 1, 1, initial);
    for (int64_t m : {2, 4})
      EXPECT_EQ(plannedCost(seven, m), leastCost(seven, m, -1)) << m;
    Problem eight = makeProblem(8, 1, 2, initial);
    for (int64_t m : {3})
      EXPECT_EQ(plannedCost(eight, m), leastCost(eight, m, -1)) << m;
  }
}

TEST(Oracle, UnequalCostsAndTwoModes) {
  std::mt19937 random(1);
  auto draw = [&](int least, int most) {
    return int64_t(least + random() % (most - least + 1));
  };
  for (int round = 0; round < 16; ++round) {
    Problem problem = makeProblem(draw(2, 5), draw(1, 3), 0);
    problem.costs.advance = draw(1, 4);
    // A taped forward does all an advance does.
    problem.costs.taped = problem.costs.advance + draw(0, 3);
    problem.tapeModes = {{draw(2, 5), 0}, {draw(0, 2), draw(1, 4)}};
    if (draw(0, 1))
      problem.initialState = InitialState::Counted;
    int64_t least = minKeptBytes(problem), most = fullKeptBytes(problem);
    for (int64_t m = least; m <= most; m += draw(3, 6))
      EXPECT_EQ(plannedCost(problem, m), leastCost(problem, m, -1))
          << "round " << round << " m=" << m;
  }
}

} // namespace
