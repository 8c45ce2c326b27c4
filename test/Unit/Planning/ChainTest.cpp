//===- ChainTest.cpp - Unequal steps --------------------------------------===//

#include "Oracle.h"
#include "TestUtil.h"

#include "bptt/Planning/SharedBudget.h"

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

/// A point stands wherever a unit more makes a plan cheaper, and nowhere else.
TEST(Chain, CurvesAreWhatPlansCost) {
  Random draw;
  for (int round = 0; round < 40; ++round) {
    Problem problem = randomChain(draw, draw(1, 7));
    std::vector<CostPoint> expected;
    for (int64_t m = minKeptBytes(problem); m <= fullKeptBytes(problem); ++m) {
      int64_t cost = solved(problem, Policy::Optimal, m).cost;
      if (expected.empty() || cost < expected.back().cost)
        expected.push_back({m, cost});
    }
    std::vector<CostPoint> curve = costCurve(problem, Policy::Optimal);
    // Sizes of a common divisor make steps of more than a byte.
    ASSERT_EQ(curve.size(), expected.size()) << round;
    for (size_t i = 0; i < curve.size(); ++i) {
      EXPECT_EQ(curve[i].keptBytes, expected[i].keptBytes) << round;
      EXPECT_EQ(curve[i].cost, expected[i].cost) << round;
    }
  }
}

/// Two chains of 120 steps share a budget in a moment, and both fit.
TEST(Chain, LongChainsShareABudget) {
  Random draw;
  SharedProblem shared;
  for (int i = 0; i < 2; ++i) {
    shared.problems.push_back(randomChain(draw, 120));
    shared.problems.back().initialState = InitialState::Held;
  }
  int64_t budget = shared.fullBytes() / 5;
  llvm::Expected<std::vector<int64_t>> kept =
      shareBudget(shared, Policy::Optimal, budget);
  ASSERT_TRUE(bool(kept));
  EXPECT_LE((*kept)[0] + (*kept)[1], budget);
  for (int i = 0; i < 2; ++i)
    solved(shared.problems[i], Policy::Optimal, (*kept)[i]);
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

/// However long the chain, and however its sizes would have to be rounded.
TEST(Chain, WholeBudgetIsPlain) {
  Random draw;
  Problem problem = randomChain(draw, 850);
  for (ChainStep &step : problem.chain)
    step.stateBytes = step.stateBytes * 1000003 + draw(0, 999);
  Plan plan = solved(problem, Policy::Optimal, fullKeptBytes(problem));
  EXPECT_EQ(plan.exactness, Exactness::Exact);
  EXPECT_EQ(plan.cost, plainCost(problem));
}

/// Beyond what floating point holds exactly.
TEST(Chain, LargeCostsAreWholeNumbers) {
  Random draw;
  constexpr int64_t kFactor = (int64_t(1) << 50) + 1;
  for (int round = 0; round < 20; ++round) {
    Problem problem = randomChain(draw, 7), large = problem;
    for (ChainStep &step : large.chain) {
      step.costs = {step.costs.advance * kFactor, step.costs.taped * kFactor,
                    step.costs.backward * kFactor};
      for (TapeMode &mode : step.tapeModes)
        mode.extraBackwardCost *= kFactor;
    }
    int64_t m = (minKeptBytes(problem) + fullKeptBytes(problem)) / 2;
    EXPECT_EQ(solved(large, Policy::Optimal, m).cost,
              solved(problem, Policy::Optimal, m).cost * kFactor);
  }
}

TEST(Chain, SlotPoliciesAreRefused) {
  Random draw;
  Problem problem = randomChain(draw, 5);
  EXPECT_EQ(messageOf(solve(problem, Policy::Hsm, 100).takeError()),
            "policy 'hsm' counts slots and needs equal steps");
}

} // namespace
