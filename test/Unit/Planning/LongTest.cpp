//===- LongTest.cpp - Bounds and plans for long sequences -----------------===//

#include "TestUtil.h"

#include "ExactTable.h"
#include "Guided.h"
#include "Hull.h"

#include <random>

using namespace bptt::planning;

namespace {

Scaled scaledOf(const Problem &problem, int64_t keptBytes) {
  return scale({problem, keptBytes, -1}, exactGranule(problem), Rounding::Safe);
}

int64_t exactCost(const Scaled &s) {
  return makeExactTable(s)->costOf(
      {0, s.numSteps, s.allowance, s.initialIsHeld});
}

TEST(Hull, NeverAboveTheOptimumAndCloseToIt) {
  std::mt19937 random(2);
  auto draw = [&](int least, int most) {
    return int64_t(least + random() % (most - least + 1));
  };
  for (int round = 0; round < 200; ++round) {
    Problem problem =
        makeProblem(draw(2, 200), draw(1, 4), draw(0, 9),
                    draw(0, 1) ? InitialState::Held : InitialState::Counted);
    problem.costs.advance = draw(1, 3);
    if (draw(0, 1))
      problem.tapeModes.push_back({draw(0, 3), draw(1, 5)});
    int64_t m = minKeptBytes(problem) + draw(0, 80);
    Scaled s = scaledOf(problem, m);
    int64_t bound = Hull::make(s, 1 << 20, draw(1, 30))->wholeBound();
    EXPECT_LE(bound, exactCost(s)) << round;
  }
  // Where it matters it is tight.
  for (auto [t, m] : {std::pair<int64_t, int64_t>{1000, 140}, {1000, 70}}) {
    Scaled s = scaledOf(makeProblem(t, 2, 5), m);
    EXPECT_GE(Hull::make(s, 1 << 20)->wholeBound() * 1000, exactCost(s) * 998);
  }
}

TEST(Guided, WithinOnePercentOfTheOptimum) {
  for (auto [stateBytes, residualBytes, m] :
       {std::tuple<int64_t, int64_t, int64_t>{1, 1, 20},
        {1, 4, 50},
        {2, 5, 35},
        {2, 5, 70},
        {2, 5, 140},
        {2, 5, 350},
        {2, 5, 3500}})
    for (InitialState initial : {InitialState::Held, InitialState::Counted}) {
      Scaled s =
          scaledOf(makeProblem(1500, stateBytes, residualBytes, initial), m);
      auto hull = Hull::make(s, 1 << 24);
      Scaled few = s;
      few.numSteps = 100;
      auto guided = makeGuided(s, hull, makeExactTable(few), 100);
      ASSERT_TRUE(guided);
      bptt::planning::Run whole = {0, s.numSteps, s.allowance, s.initialIsHeld};
      int64_t exact = exactCost(s) + s.numSteps;
      EXPECT_GE(guided->costOf(whole) + s.numSteps, exact);
      EXPECT_LE((guided->costOf(whole) + s.numSteps) * 100, exact * 101);
    }
}

/// Optima of problems whose exact table takes minutes.
struct KnownOptimum {
  int64_t numSteps, stateBytes, residualBytes, keptBytes;
  InitialState initial;
  int64_t evaluations;
};
constexpr KnownOptimum kKnownOptima[] = {
#include "KnownOptima.inc"
};

/// Disabled since it checks nothing and takes many minutes: it prints
/// KnownOptima.inc. Run it with --gtest_also_run_disabled_tests.
TEST(Optimal, DISABLED_PrintKnownOptima) {
  for (auto [t, m] : {std::pair<int64_t, int64_t>{10000, 250},
                      {10000, 1000},
                      {20000, 100},
                      {20000, 500},
                      {20000, 1000},
                      {50000, 40},
                      {50000, 300}})
    for (auto [stateBytes, residualBytes] :
         {std::pair<int64_t, int64_t>{1, 0}, {1, 4}, {2, 5}})
      for (InitialState initial : {InitialState::Held, InitialState::Counted}) {
        Scaled s =
            scaledOf(makeProblem(t, stateBytes, residualBytes, initial), m);
        llvm::outs() << '{' << t << ", " << stateBytes << ", " << residualBytes
                     << ", " << m << ", InitialState::"
                     << (s.initialIsHeld ? "Held" : "Counted") << ", "
                     << t + exactCost(s) << "},\n";
        llvm::outs().flush();
      }
}

TEST(Optimal, WithinAThousandthOfKnownOptima) {
  for (const KnownOptimum &known : kKnownOptima) {
    Plan plan = solved(makeProblem(known.numSteps, known.stateBytes,
                                   known.residualBytes, known.initial),
                       Policy::Optimal, known.keptBytes);
    int64_t evaluations = plan.counts.forwardEvaluations;
    EXPECT_GE(evaluations, known.evaluations);
    EXPECT_LE((evaluations - known.evaluations) * 1000, known.evaluations)
        << "T=" << known.numSteps << " S=" << known.stateBytes
        << " E=" << known.residualBytes << " m=" << known.keptBytes;
    // The bound that is stated holds.
    EXPECT_LE(plan.costLowerBound, known.evaluations + 2 * known.numSteps);
  }
}

TEST(Optimal, LongSequencesStateTheirGap) {
  for (auto [t, m] : {std::pair<int64_t, int64_t>{20000, 500},
                      {20000, 70000},
                      {100000, 60},
                      {100000, 7000}}) {
    Plan plan = solved(makeProblem(t, 2, 5), Policy::Optimal, m);
    EXPECT_LE(plan.costLowerBound, plan.cost);
    EXPECT_LE(plan.knownGap(), 0.01);
    EXPECT_EQ(plan.exactness == Exactness::Exact, plan.knownGap() == 0);
  }
}

TEST(Optimal, ATrillionSteps) {
  llvm::Expected<Plan> plan =
      solve(makeProblem(kMaxSteps, 2, 4), Policy::Optimal, 1000);
  ASSERT_TRUE(bool(plan)) << messageOf(plan.takeError());
  EXPECT_LE(plan->knownGap(), 0.01);
  Replayer replayer(plan->problem, 1000);
  int64_t count = 0;
  plan->forEachAction([&](const Action &action) {
    EXPECT_EQ(messageOf(replayer.apply(action)), "");
    return ++count < 5000;
  });
}

TEST(Optimal, OddSizesAreRoundedUpAndTheLossIsKnown) {
  // Coprime sizes: exact units would be bytes.
  Problem problem = makeProblem(300, 100003, 400009);
  int64_t previous = 0;
  for (int64_t m : {1000000, 5000000, 10000000, 40000000}) {
    Plan plan = solved(problem, Policy::Optimal, m);
    // The same in proportion, with sizes a little smaller.
    Plan smaller = solved(makeProblem(300, 100000, 400000), Policy::Optimal, m);
    EXPECT_GE(plan.cost, smaller.cost);
    EXPECT_LE(plan.costLowerBound, plan.cost);
    EXPECT_LE(plan.knownGap(), 0.02);
    if (previous)
      EXPECT_LE(plan.cost, previous);
    previous = plan.cost;
  }
}

TEST(Optimal, LargeCostsDoNotOverflow) {
  Problem problem = makeProblem(1000, 2, 5);
  problem.costs = {kMaxBytes, kMaxBytes, kMaxBytes};
  EXPECT_EQ(messageOf(solve(problem, Policy::Optimal, 70).takeError()),
            "the cost of 1000 steps exceeds 64 bits");
  problem.costs = {int64_t(1) << 40, int64_t(1) << 41, int64_t(1) << 42};
  EXPECT_EQ(solved(problem, Policy::Optimal, 70).counts.forwardEvaluations,
            2806);
}

} // namespace
