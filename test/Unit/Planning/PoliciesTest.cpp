//===- PoliciesTest.cpp - What holds for every policy ---------------------===//

#include "TestUtil.h"

using namespace bptt::planning;

namespace {

TEST(Policies, NamesRoundTrip) {
  for (Policy policy : allPolicies()) {
    llvm::Expected<Policy> parsed = parsePolicy(toString(policy));
    ASSERT_TRUE(bool(parsed));
    EXPECT_EQ(*parsed, policy);
  }
  EXPECT_EQ(messageOf(parsePolicy("best").takeError()),
            "unknown policy 'best', expected one of optimal, full, none, hsm, "
            "ism, msm, chen-sqrt, chen-recursive");
}

/// Every length up to 12 with every budget: a verified plan, or an error that
/// states the floor, on the right side of it; more budget never costs more.
TEST(Policies, EveryShortSequenceAndBudget) {
  for (Policy policy : allPolicies())
    for (InitialState initial : {InitialState::Held, InitialState::Counted})
      for (auto [stateBytes, residualBytes] :
           {std::pair<int64_t, int64_t>{1, 0}, {1, 1}, {2, 5}, {3, 1}})
        for (int64_t t = 0; t <= 12; ++t) {
          Problem problem = makeProblem(t, stateBytes, residualBytes, initial);
          int64_t floor = minKeptBytes(problem, policy);
          int64_t previous = INT64_MAX;
          for (int64_t m = -1; m <= fullKeptBytes(problem) + 2; ++m) {
            if (m >= floor) {
              Plan plan = solved(problem, policy, m);
              EXPECT_EQ(plan.counts.backwards, t);
              EXPECT_EQ(plan.counts.tapedForwards, t);
              EXPECT_LE(plan.cost, previous) << toString(policy).str();
              previous = plan.cost;
              continue;
            }
            llvm::Expected<Plan> plan = solve(problem, policy, m);
            ASSERT_FALSE(bool(plan));
            int64_t stated = -1;
            llvm::handleAllErrors(
                plan.takeError(),
                [&](const InfeasibleBudget &e) { stated = e.floorBytes; });
            EXPECT_EQ(stated, floor);
          }
        }
}

TEST(Policies, PublishedMixedValues) {
  // In the paper's units: S = 1, E = alpha - 2, the initial state counted.
  struct {
    int64_t alpha, t, m, evaluations;
  } known[] = {{5, 100, 20, 248},   {5, 1000, 50, 2723}, {5, 1000, 250, 1950},
               {2, 1000, 20, 3114}, {3, 7, 4, 14},       {5, 1000, 5000, 1000}};
  for (auto [alpha, t, m, expected] : known)
    EXPECT_EQ(evaluations(makeProblem(t, 1, alpha - 2, InitialState::Counted),
                          Policy::Msm, m),
              expected);
}

TEST(Policies, SlotsOfTheHeadline) {
  Problem problem = makeProblem(1000, 1, 3, InitialState::Counted);
  for (auto [policy, slots, expected] :
       {std::tuple<Policy, int64_t, int64_t>{Policy::Hsm, 50, 2948},
        {Policy::Ism, 50, 1950},
        {Policy::Msm, 250, 1950}}) {
    Plan plan =
        solved(problem, policy, keptBytesForSlots(problem, policy, slots));
    EXPECT_EQ(plan.counts.forwardEvaluations, expected);
    if (policy == Policy::Ism)
      EXPECT_NEAR(plan.timeRatio(), 1.317, 0.0005);
  }
}

TEST(Policies, ChenCosts) {
  Problem problem = makeProblem(1024, 1, 4);
  EXPECT_EQ(evaluations(problem, Policy::ChenRecursive, 9), 6 * 1024);
  EXPECT_EQ(evaluations(problem, Policy::ChenSqrt,
                        minKeptBytes(problem, Policy::ChenSqrt)),
            2 * 1024 - 32);
}

TEST(Policies, ChenSqrtFormulaAtEveryLength) {
  for (InitialState initial : {InitialState::Held, InitialState::Counted})
    for (int64_t t = 0; t <= 150; ++t) {
      Problem problem = makeProblem(t, 2, 5, initial);
      int64_t floor = minKeptBytes(problem, Policy::ChenSqrt);
      EXPECT_EQ(solved(problem, Policy::ChenSqrt, floor).keptPeakBytes, floor);
    }
}

TEST(Policies, LongSequencesStream) {
  int64_t t = int64_t(1) << 40;
  Problem problem = makeProblem(t, 8, 32);
  for (Policy policy : allPolicies()) {
    if (policy == Policy::Optimal || policy == Policy::Msm ||
        policy == Policy::None)
      continue;
    int64_t kept = std::max<int64_t>(minKeptBytes(problem, policy), 80000);
    llvm::Expected<Plan> plan = solve(problem, policy, kept);
    ASSERT_TRUE(bool(plan)) << messageOf(plan.takeError());
    Replayer replayer(problem, kept);
    int64_t count = 0;
    plan->forEachAction([&](const Action &action) {
      EXPECT_EQ(messageOf(replayer.apply(action)), "");
      return ++count < 2000;
    });
    EXPECT_EQ(count, 2000);
  }
}

TEST(Policies, CostsBeyond64BitsAreRefused) {
  Problem problem = makeProblem(int64_t(1) << 40, 8, 32);
  EXPECT_EQ(messageOf(solve(problem, Policy::None, 0).takeError()),
            "the cost of 1099511627776 steps within 0 bytes exceeds 64 bits");
}

TEST(Policies, FirstSweepIsCounted) {
  for (Policy policy : allPolicies()) {
    Problem problem = makeProblem(40, 1, 2);
    Plan plan = solved(problem, policy,
                       std::max<int64_t>(minKeptBytes(problem, policy), 12));
    std::vector<Action> actions = plan.actions();
    auto first = std::find_if(actions.begin(), actions.end(), isBackward);
    llvm::Expected<Replay> result =
        replay(problem, plan.keptBudgetBytes, actions);
    ASSERT_TRUE(bool(result));
    EXPECT_EQ(result->numFirstSweepActions, first - actions.begin());
  }
}

} // namespace
