//===- ProblemTest.cpp - Well-posedness, floors and peaks -----------------===//

#include "TestUtil.h"

using namespace bptt::planning;

namespace {

TEST(Problem, RefusesWhatIsOutOfRange) {
  auto messageWith = [](auto change) {
    Problem problem = makeProblem(10, 2, 3);
    change(problem);
    return messageOf(problem.check());
  };
  EXPECT_EQ(messageWith([](Problem &p) {}), "");
  EXPECT_EQ(messageWith([](Problem &p) { p.numSteps = -1; }),
            "number of steps is -1, expected 0 to 1099511627776");
  EXPECT_EQ(messageWith([](Problem &p) { p.stateBytes = 0; }),
            "state bytes is 0, expected 1 to 288230376151711744");
  EXPECT_EQ(messageWith([](Problem &p) { p.tapeModes.clear(); }),
            "no tape mode is given");
  EXPECT_EQ(messageWith([](Problem &p) { p.tapeModes[0].residualBytes = -4; }),
            "residual bytes is -4, expected 0 to 288230376151711744");
  EXPECT_EQ(messageWith([](Problem &p) { p.costs.advance = 0; }),
            "advance cost is 0, expected 1 to 288230376151711744");
  EXPECT_EQ(messageWith([](Problem &p) { p.reserves.gradientBytes = -1; }),
            "gradient bytes is -1, expected 0 to 288230376151711744");
  EXPECT_EQ(messageWith([](Problem &p) { p.chain.resize(3); }),
            "the chain has 3 steps, expected 10");
}

TEST(Problem, PeakIsKeptBytesAndReserves) {
  Problem problem = makeProblem(10, 2, 5);
  problem.reserves = {4, 2, 3, 1, 2};
  // 4 + 2 + max(3, 5 + max(1, 2))
  EXPECT_EQ(fixedBytes(problem), 13);
  EXPECT_EQ(peakBytes(problem, 100), 113);
  problem.reserves.advanceWorkspaceBytes = 50;
  EXPECT_EQ(fixedBytes(problem), 56);
}

TEST(Problem, FullKeepsAllTapesButTheLast) {
  EXPECT_EQ(fullKeptBytes(makeProblem(0, 2, 5)), 0);
  EXPECT_EQ(fullKeptBytes(makeProblem(1, 2, 5)), 0);
  EXPECT_EQ(fullKeptBytes(makeProblem(2, 2, 5)), 5);
  EXPECT_EQ(fullKeptBytes(makeProblem(4, 2, 5)), 5 + 2 * 7);
  EXPECT_EQ(fullKeptBytes(makeProblem(4, 2, 5, InitialState::Counted)), 3 * 7);
  EXPECT_EQ(fullKeptBytes(makeProblem(kMaxSteps, kMaxBytes, 5)), INT64_MAX);
}

TEST(Problem, BudgetLessReservesIsKept) {
  Problem problem = makeProblem(10, 2, 5, InitialState::Counted);
  problem.reserves = {4, 2, 3, 1, 2};
  EXPECT_EQ(floorBytes(problem), 15);
  llvm::Expected<int64_t> kept = keptBytesForBudget(problem, 20);
  ASSERT_TRUE(bool(kept));
  EXPECT_EQ(*kept, 7);
  EXPECT_EQ(messageOf(keptBytesForBudget(problem, 14).takeError()),
            "a budget of 14 bytes is below the floor of 15 bytes (initial "
            "state 2 + running state 4 + gradient 2 + tape in progress 5 + "
            "workspace 2)");
}

TEST(Problem, WhatATapedForwardMaySaveIsNotClaimed) {
  Problem problem = makeProblem(3, 2, 3);
  problem.costs = {5, 1, 2};
  // A schedule that tapes where the plan advances takes 6 evaluations of 1 and
  // 3 backwards of 2.
  Plan plan = solved(problem, Policy::Optimal, 0);
  EXPECT_EQ(plan.cost, 24);
  EXPECT_EQ(plan.costLowerBound, 12);
  EXPECT_EQ(plan.exactness, Exactness::Window);
  // Of steps that differ, the one that may save most decides.
  Problem chain;
  chain.numSteps = 3;
  chain.chain = {{2, {{3, 0}}, {5, 1, 2}},
                 {2, {{3, 0}}, {4, 2, 2}},
                 {2, {{3, 0}}, {1, 1, 2}}};
  plan = solved(chain, Policy::Optimal, 0);
  EXPECT_EQ(plan.cost, 24);
  EXPECT_EQ(plan.costLowerBound, 12);
  EXPECT_EQ(plan.exactness, Exactness::Window);
  // Nothing can be saved where nothing is evaluated twice.
  plan = solved(problem, Policy::Optimal, fullKeptBytes(problem));
  EXPECT_EQ(plan.cost, plan.costLowerBound);
  EXPECT_EQ(plan.exactness, Exactness::Exact);
  // The policy advances, whatever that costs.
  EXPECT_EQ(solved(problem, Policy::None, 0).costLowerBound, 24);
}

} // namespace
