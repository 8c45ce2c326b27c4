//===- ChainTest.cpp - Unequal steps --------------------------------------===//

#include "Oracle.h"
#include "TestUtil.h"

#include <random>

using namespace bptt::planning;

namespace {

Problem asChain(const Problem &equal) {
  Problem chain = equal;
  for (int64_t i = 0; i < equal.numSteps; ++i)
    chain.chain.push_back({equal.stateBytes, equal.tapeModes, equal.costs});
  return chain;
}

struct Random {
  std::mt19937 engine{3};
  int64_t operator()(int least, int most) {
    return least + int64_t(engine() % (most - least + 1));
  }
};

Problem randomChain(Random &draw, int64_t numSteps) {
  Problem problem;
  problem.numSteps = numSteps;
  if (draw(0, 1))
    problem.initialState = InitialState::Counted;
  for (int64_t i = 0; i < numSteps; ++i) {
    int64_t advance = draw(1, 4);
    problem.chain.push_back({draw(1, 4),
                             {{draw(0, 6), 0}},
                             {advance, advance + draw(0, 2), draw(1, 5)}});
    if (draw(0, 1))
      problem.chain.back().tapeModes.push_back({draw(0, 3), draw(1, 3)});
  }
  return problem;
}

TEST(Chain, EqualStepsCostWhatTheyCostOtherwise) {
  for (InitialState initial : {InitialState::Held, InitialState::Counted})
    for (int64_t t = 1; t <= 20; ++t)
      for (int64_t m = 2; m < 40; m += 3) {
        Problem problem = makeProblem(t, 2, 3, initial);
        problem.tapeModes.push_back({1, 1});
        EXPECT_EQ(solved(asChain(problem), Policy::Optimal, m).cost,
                  solved(problem, Policy::Optimal, m).cost)
            << t << ' ' << m;
      }
}

/// The planner keeps an interval's initial state until the interval is done;
/// the oracle need not. It is never better than the oracle, and as good on
/// most.
TEST(Chain, NeverBelowTheOracleAndMostlyAtIt) {
  Random draw;
  int count = 0, equal = 0;
  for (int round = 0; round < 60; ++round) {
    Problem problem = randomChain(draw, draw(2, 5));
    int64_t least = minKeptBytes(problem), most = fullKeptBytes(problem);
    int64_t m = least + draw(0, int(most - least));
    int64_t backwards = 0;
    for (const ChainStep &step : problem.chain)
      backwards += step.costs.backward;
    int64_t planned = solved(problem, Policy::Optimal, m).cost - backwards;
    std::optional<int64_t> best = leastCost(problem, m, -1);
    ASSERT_TRUE(best);
    EXPECT_GE(planned, *best) << round;
    ++count;
    equal += planned == *best;
  }
  EXPECT_GE(equal * 10, count * 9);
}

TEST(Chain, MoreBudgetNeverCostsMoreForAnyPolicy) {
  Random draw;
  for (int round = 0; round < 6; ++round) {
    Problem problem = randomChain(draw, 14);
    for (Policy policy : {Policy::Optimal, Policy::Full, Policy::None,
                          Policy::ChenSqrt, Policy::ChenRecursive}) {
      int64_t previous = INT64_MAX;
      for (int64_t m = minKeptBytes(problem, policy);
           m <= fullKeptBytes(problem) + 2; ++m) {
        Plan plan = solved(problem, policy, m);
        EXPECT_LE(plan.cost, previous);
        previous = plan.cost;
      }
    }
    EXPECT_EQ(solved(problem, Policy::Optimal, fullKeptBytes(problem)).cost,
              plainCost(problem));
  }
}

TEST(Chain, LargeSizesAreRoundedAndTheLossIsKnown) {
  Random draw;
  Problem problem = randomChain(draw, 40);
  for (ChainStep &step : problem.chain) {
    step.stateBytes = step.stateBytes * 1000003 + draw(0, 999);
    for (TapeMode &mode : step.tapeModes)
      mode.residualBytes *= 1000003;
  }
  Plan plan = solved(problem, Policy::Optimal, fullKeptBytes(problem) / 5);
  EXPECT_EQ(plan.exactness, Exactness::Macro);
  EXPECT_LE(plan.costLowerBound, plan.cost);
  EXPECT_LE(plan.knownGap(), 0.05);
}

TEST(Chain, SlotPoliciesAreRefused) {
  Random draw;
  Problem problem = randomChain(draw, 5);
  EXPECT_EQ(messageOf(solve(problem, Policy::Hsm, 100).takeError()),
            "policy 'hsm' counts slots and needs equal steps");
}

} // namespace
