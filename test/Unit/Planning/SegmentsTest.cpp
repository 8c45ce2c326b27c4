//===- SegmentsTest.cpp - Segments that are taped as a whole --------------===//

#include "TestUtil.h"

#include "Segments.h"

#include <random>

using namespace bptt::planning;

namespace {

Problem drawProblem(std::mt19937 &random, int64_t mostSteps) {
  auto draw = [&](int64_t least, int64_t most) {
    return least + int64_t(random() % uint64_t(most - least + 1));
  };
  Problem problem =
      makeProblem(draw(0, mostSteps), draw(1, 5), draw(0, 9),
                  draw(0, 1) ? InitialState::Held : InitialState::Counted);
  problem.costs.advance = draw(1, 6);
  problem.costs.taped = problem.costs.advance + draw(0, 2);
  for (int64_t mode = draw(0, 2); mode > 0; --mode)
    problem.tapeModes.push_back({draw(0, 9), draw(0, 7)});
  return problem;
}

/// What the tree amounts to, summed up node by node.
TreeSummary summed(const Problem &problem, const Solution &plan, int64_t mode) {
  return *summarize(problem, *plan.splitter, mode, int64_t(1) << 20);
}

TEST(Segments, AmountToWhatTheFormulaSays) {
  std::mt19937 random(1);
  for (int round = 0; round < 500; ++round) {
    Problem problem = drawProblem(random, 80);
    int64_t mode = int64_t(random() % (problem.tapeModes.size() + 1)) - 1;
    for (int64_t m = minKeptBytes(problem); m <= fullKeptBytes(problem);
         m += 1 + m / 4) {
      llvm::Expected<Solution> plan = solveSegments({problem, m, mode});
      ASSERT_TRUE(bool(plan));
      TreeSummary sum = summed(problem, *plan, mode);
      EXPECT_EQ(sum.advances, plan->formula->advances) << round << " m=" << m;
      EXPECT_EQ(sum.extraBackwardCost, plan->formula->extraBackwardCost);
      EXPECT_EQ(sum.keptPeakBytes, plan->formula->keptPeakBytes);
      if (plan->formula->checkpointBytes >= 0)
        EXPECT_EQ(sum.checkpointBytes, plan->formula->checkpointBytes);
      EXPECT_LE(sum.keptPeakBytes, m);
    }
  }
}

TEST(Segments, NeverBelowTheOptimumWhichIsNeverBelowTheBound) {
  std::mt19937 random(2);
  for (int round = 0; round < 300; ++round) {
    Problem problem = drawProblem(random, 40);
    int64_t previous = INT64_MAX;
    for (int64_t m = minKeptBytes(problem); m <= fullKeptBytes(problem);
         m += 1 + m / 8) {
      Request request = {problem, m, -1};
      Plan exact = solved(problem, Policy::Optimal, m);
      int64_t optimum =
          exact.cost -
          problem.numSteps * (problem.costs.taped + problem.costs.backward);
      int64_t cost = recomputeCost(*solveSegments(request)->formula);
      EXPECT_LE(optimum, cost) << round << " m=" << m;
      EXPECT_LE(*firstSweepLowerBound(request), optimum) << round << " m=" << m;
      EXPECT_LE(cost, previous) << round << " m=" << m;
      previous = cost;
    }
  }
}

/// From twice the memory that they need on, they are all but optimal.
TEST(Segments, AreCloseToTheBoundInModerateMemory) {
  for (auto [t, m] : {std::pair<int64_t, int64_t>{10000, 1100},
                      {1000000, 10600},
                      {kMaxSteps, int64_t(11) << 20}}) {
    Problem problem = makeProblem(t, 2, 5);
    Request request = {problem, m, -1};
    int64_t bound = *firstSweepLowerBound(request);
    EXPECT_LE(recomputeCost(*solveSegments(request)->formula) - bound,
              bound / 500)
        << t;
  }
}

} // namespace
