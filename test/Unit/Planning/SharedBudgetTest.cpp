//===- SharedBudgetTest.cpp - Several recurrences, one budget -------------===//

#include "TestUtil.h"

#include "bptt/Planning/SharedBudget.h"

#include <random>

using namespace bptt::planning;

namespace {

/// Cost of all plans, each verified within its share.
int64_t totalCost(const SharedProblem &shared, Policy policy,
                  const std::vector<int64_t> &kept) {
  int64_t sum = 0;
  for (size_t i = 0; i < kept.size(); ++i)
    sum += solved(shared.problems[i], policy, kept[i]).cost;
  return sum;
}

std::vector<int64_t> shares(const SharedProblem &shared, Policy policy,
                            int64_t budgetBytes) {
  llvm::Expected<std::vector<int64_t>> kept =
      shareBudget(shared, policy, budgetBytes);
  if (!kept) {
    ADD_FAILURE() << messageOf(kept.takeError());
    return {};
  }
  int64_t sum = shared.otherBytes;
  for (int64_t bytes : *kept)
    sum += bytes;
  EXPECT_LE(sum, budgetBytes);
  return *kept;
}

SharedProblem encoderAndDecoder() {
  SharedProblem shared;
  shared.problems = {makeProblem(200, 2, 5),
                     makeProblem(40, 8, 3, InitialState::Counted)};
  shared.problems[1].costs = {10, 12, 20};
  shared.otherBytes = 100;
  return shared;
}

/// The least cost over all splits of `kept` bytes.
int64_t leastCost(const SharedProblem &shared, int64_t kept, size_t first = 0) {
  const Problem &problem = shared.problems[first];
  int64_t most = kept;
  for (size_t i = first + 1; i < shared.problems.size(); ++i)
    most -= minKeptBytes(shared.problems[i]);
  if (first + 1 == shared.problems.size())
    return llvm::cantFail(solve(problem, Policy::Optimal, kept)).cost;
  int64_t best = INT64_MAX;
  for (int64_t own = minKeptBytes(problem); own <= most; ++own)
    best = std::min(best,
                    llvm::cantFail(solve(problem, Policy::Optimal, own)).cost +
                        leastCost(shared, kept - own, first + 1));
  return best;
}

TEST(SharedBudget, TheBestOfAllSplits) {
  SharedProblem shared = encoderAndDecoder();
  for (int64_t kept : {8, 9, 30, 71, 200, 400})
    EXPECT_EQ(totalCost(shared, Policy::Optimal,
                        shares(shared, Policy::Optimal, 100 + kept)),
              leastCost(shared, kept))
        << kept;
}

TEST(SharedBudget, TheBestOfAllSplitsInThreeAndMore) {
  std::mt19937 random(6);
  auto draw = [&](int least, int most) {
    return int64_t(least + random() % (most - least + 1));
  };
  for (int round = 0; round < 40; ++round) {
    SharedProblem shared;
    int64_t least = 0;
    for (int64_t i = draw(2, 4); i > 0; --i) {
      Problem problem =
          makeProblem(draw(0, 12), draw(1, 3), draw(0, 4),
                      draw(0, 1) ? InitialState::Held : InitialState::Counted);
      problem.costs = {draw(1, 9), 9, draw(5, 20)};
      if (draw(0, 1))
        problem.tapeModes.push_back({draw(0, 2), draw(1, 5)});
      least += minKeptBytes(problem);
      shared.problems.push_back(problem);
    }
    int64_t kept = least + draw(0, 12);
    EXPECT_EQ(totalCost(shared, Policy::Optimal,
                        shares(shared, Policy::Optimal, kept)),
              leastCost(shared, kept))
        << round;
  }
}

TEST(SharedBudget, EveryPolicyGetsItsFloorAndAll) {
  SharedProblem shared = encoderAndDecoder();
  for (Policy policy : allPolicies()) {
    int64_t floor = shared.floorBytes(policy);
    totalCost(shared, policy, shares(shared, policy, floor));
    std::vector<int64_t> all = shares(shared, policy, floor + 100000);
    for (size_t i = 0; i < all.size(); ++i)
      EXPECT_GE(all[i], fullKeptBytes(shared.problems[i]));
    llvm::Expected<std::vector<int64_t>> kept =
        shareBudget(shared, policy, floor - 1);
    ASSERT_FALSE(bool(kept));
    EXPECT_TRUE(kept.errorIsA<InfeasibleBudget>());
    llvm::consumeError(kept.takeError());
  }
}

TEST(SharedBudget, MoreBudgetNeverCostsMoreOnTheCurves) {
  SharedProblem shared = encoderAndDecoder();
  shared.problems.push_back(makeProblem(30, 1, 1));
  int64_t previous = INT64_MAX;
  for (int64_t budget = 108; budget < 2500; budget += 97) {
    int64_t cost =
        totalCost(shared, Policy::Hsm, shares(shared, Policy::Hsm, budget));
    EXPECT_LE(cost, previous) << budget;
    previous = cost;
  }
}

TEST(SharedBudget, CurvesFallToPlainBptt) {
  for (Policy policy : allPolicies()) {
    Problem problem = makeProblem(100, 3, 7, InitialState::Counted);
    std::vector<CostPoint> curve = costCurve(problem, policy);
    EXPECT_EQ(curve.front().keptBytes, minKeptBytes(problem, policy));
    for (size_t i = 1; i < curve.size(); ++i) {
      EXPECT_LT(curve[i - 1].keptBytes, curve[i].keptBytes);
      EXPECT_GT(curve[i - 1].cost, curve[i].cost);
    }
    if (policy == Policy::Optimal)
      EXPECT_EQ(curve.back().cost, plainCost(problem));
  }
}

/// No plan costs less, and the plan costs little more, from little memory to
/// all of it.
TEST(SharedBudget, CurvesOfLongRecurrencesAreBounds) {
  Problem problem = makeProblem(20000, 64, 64);
  std::vector<CostPoint> curve = costCurve(problem, Policy::Optimal);
  for (size_t i = 9; i < curve.size(); i += 9) {
    int64_t cost =
        llvm::cantFail(solve(problem, Policy::Optimal, curve[i].keptBytes))
            .cost;
    EXPECT_LE(curve[i].cost, cost) << curve[i].keptBytes;
    EXPECT_GE(double(curve[i].cost), 0.999 * double(cost));
    EXPECT_LE(double(curve[i].keptBytes),
              1.1 * double(curve[i - 1].keptBytes) + 128);
  }
  EXPECT_EQ(curve.back().cost, plainCost(problem));
}

TEST(SharedBudget, NoneAndOne) {
  SharedProblem shared;
  shared.otherBytes = 10;
  EXPECT_TRUE(shares(shared, Policy::Optimal, 10).empty());
  shared.problems = {makeProblem(100, 2, 5)};
  EXPECT_EQ(shares(shared, Policy::Optimal, 60), std::vector<int64_t>{50});
}

} // namespace
