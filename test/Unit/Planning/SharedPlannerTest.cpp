//===- SharedPlannerTest.cpp - Budgets shared again and again -------------===//

#include "TestUtil.h"

#include "bptt/Planning/SharedPlanner.h"

#include <random>

using namespace bptt::planning;

namespace {

/// Of a recurrence without an exact curve, up to `mostBytes`, each planned.
std::vector<CostPoint> planAll(const Problem &problem, int64_t mostBytes) {
  PlannedCurve curve(problem);
  EXPECT_FALSE(curve.isExact());
  std::vector<CostPoint> points;
  for (bool isPlanned = false; !isPlanned;) {
    isPlanned = true;
    points.clear();
    for (const CostPoint &point : curve.points()) {
      if (point.keptBytes > mostBytes)
        break;
      isPlanned &= curve.isPlanned(point.keptBytes);
      curve.refine(point.keptBytes);
      points.push_back(point);
    }
  }
  return points;
}

std::vector<Problem> longProblems() {
  std::vector<Problem> problems = {
      makeProblem(900, 127, 64),
      makeProblem(700, 67, 30, InitialState::Counted)};
  problems[0].costs = {20, 21, 45};
  problems[1].costs = {7, 7, 15};
  problems[1].tapeModes.push_back({0, 5});
  return problems;
}

/// Of all pairs of points of curves that are planned everywhere, up to a 4096th
/// of plain BPTT's cost.
TEST(SharedPlanner, TheBestOfAllPointsOfLongCurves) {
  std::vector<Problem> problems = longProblems();
  int64_t most = 900;
  std::vector<CostPoint> first = planAll(problems[0], most),
                         second = planAll(problems[1], most);
  // Backwards are in no way to choose.
  int64_t unit = (900 * 22 + 700 * 8) / 4096;
  SharedPlanner planner;
  int64_t before = INT64_MAX;
  for (int64_t kept = 67; kept <= most; kept += kept / 5 + 1) {
    int64_t least = INT64_MAX;
    for (const CostPoint &a : first)
      for (const CostPoint &b : second)
        if (a.keptBytes + b.keptBytes <= kept)
          least = std::min(least, a.cost + b.cost);
    EXPECT_LE(planner.boundWithin(problems, kept), least);
    SharedPlanner::Shares shares = planner.share(problems, kept);
    EXPECT_GE(shares.cost, least) << kept;
    EXPECT_LT(shares.cost, least + unit) << kept;
    EXPECT_LE(shares.cost, before) << kept;
    EXPECT_LE(shares.keptBytes[0] + shares.keptBytes[1], kept);
    int64_t cost = 0;
    for (int i = 0; i < 2; ++i)
      cost += solved(problems[i], Policy::Optimal, shares.keptBytes[i]).cost;
    EXPECT_EQ(cost, shares.cost);
    before = cost;
  }
}

/// They add to every plan, also where they differ from step to step.
TEST(SharedPlanner, CostsOfBackwardsDecideNothing) {
  std::vector<Problem> problems = longProblems();
  Problem chain = makeProblem(40, 1, 0);
  std::mt19937 random(3);
  for (int i = 0; i < 40; ++i) {
    int64_t cost = 10 + int64_t(random() % 50);
    chain.chain.push_back({int64_t(1000 + random() % 9000),
                           {{int64_t(random() % 50000), 0}},
                           {cost, cost, 2 * cost}});
  }
  problems.push_back(chain);
  int64_t kept = fullKeptBytes(chain) / 4;
  SharedPlanner planner;
  SharedPlanner::Shares shares = planner.share(problems, kept);
  int64_t more = 0;
  for (int64_t i = 0; i < 40; ++i) {
    problems[2].chain[i].costs.backward += i;
    more += i;
  }
  problems[0].costs.backward += 100;
  more += problems[0].numSteps * 100;
  SharedPlanner::Shares dearer = planner.share(problems, kept);
  EXPECT_EQ(dearer.keptBytes, shares.keptBytes);
  EXPECT_EQ(dearer.cost, shares.cost + more);
  EXPECT_LE(planner.boundWithin(problems, kept), dearer.cost);
}

/// Where no kind of bytes is better than another one, few plans are made.
TEST(SharedPlanner, ManyPointsThatCostNearlyTheSame) {
  Problem problem = makeProblem(2000, 4096, 16384);
  problem.tapeModes.push_back({3276, 900});
  problem.costs = {1000, 1010, 2000};
  std::vector<Problem> problems = {problem, problem};
  problems[0].numSteps = 1000;
  int64_t full = fullKeptBytes(problems[0]) + fullKeptBytes(problems[1]);
  SharedPlanner planner;
  int64_t before = INT64_MAX;
  for (int64_t percent : {1, 10}) {
    SharedPlanner::Shares shares =
        planner.share(problems, full / 100 * percent);
    int64_t cost = 0;
    for (int i = 0; i < 2; ++i)
      cost += solved(problems[i], Policy::Optimal, shares.keptBytes[i]).cost;
    EXPECT_EQ(shares.cost, cost);
    EXPECT_LT(cost, before);
    before = cost;
  }
}

TEST(SharedPlanner, BoundsOfOneAreCloseToItsPlans) {
  Problem lengthy = makeProblem(5000, 128, 64), modes = makeProblem(40, 3, 8),
          counted = makeProblem(3000, 64, 0, InitialState::Counted);
  modes.tapeModes.push_back({1, 71});
  modes.costs = {100, 110, 150};
  SharedPlanner planner;
  for (const Problem &problem : {lengthy, modes, counted})
    for (int64_t part : {1, 40, 100}) {
      int64_t kept =
          std::max(minKeptBytes(problem), fullKeptBytes(problem) / 100 * part);
      int64_t cost = solved(problem, Policy::Optimal, kept).cost;
      for (int64_t more : {0, 7, 1000}) {
        Problem dearer = problem;
        dearer.costs.backward += more;
        int64_t least = planner.boundWithin({dearer}, kept),
                most = cost + more * problem.numSteps;
        EXPECT_LE(least, most);
        EXPECT_GE(double(least), 0.999 * double(most));
      }
    }
  EXPECT_EQ(planner.boundWithin({counted}, 63), INT64_MAX);
  EXPECT_EQ(planner.boundWithin({modes}, -1), INT64_MAX);
}

} // namespace
