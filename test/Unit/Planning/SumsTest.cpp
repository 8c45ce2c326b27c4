//===- SumsTest.cpp - Tables that serve several budgets -------------------===//

#include "TestUtil.h"

#include "ExactTable.h"
#include "Hull.h"

#include <random>
#include <set>

using namespace bptt::planning;

namespace {

using Whole = bptt::planning::Run;

Scaled scaledOf(const Problem &problem, int64_t keptBytes) {
  return scale({problem, keptBytes, -1}, 1, Rounding::Safe);
}

TEST(Sums, AreAllThatAddUp) {
  Problem problem = makeProblem(1000, 7, 5);
  problem.tapeModes.push_back({0, 1});
  problem.tapeModes.push_back({3, 2});
  auto sums = Sums::make(scaledOf(problem, 100), 100, 101);
  ASSERT_TRUE(sums);
  std::set<int64_t> expected = {0};
  for (int64_t m = 1; m <= 100; ++m)
    for (int64_t item : {7, 12, 10})
      if (expected.count(m - item))
        expected.insert(m);
  EXPECT_EQ(sums->numRows(), int64_t(expected.size()));
  EXPECT_EQ(sums->rowOf(-1), -1);
  for (int64_t m = 0; m <= 100; ++m) {
    int64_t row = sums->rowOf(m);
    EXPECT_EQ(row + 1,
              std::distance(expected.begin(), expected.upper_bound(m)));
    EXPECT_EQ(sums->besideState()[row], sums->rowOf(m - 7)) << m;
    EXPECT_EQ(sums->besideTape(0)[row], sums->rowOf(m - 12)) << m;
    EXPECT_EQ(sums->besideTape(2)[row], sums->rowOf(m - 10)) << m;
  }
  EXPECT_FALSE(Sums::make(scaledOf(problem, 100), 100, sums->numRows() - 1));
  EXPECT_EQ(Sums::least(scaledOf(problem, 100), 100, 5),
            std::vector<int64_t>({0, 7, 10, 12, 14}));
}

/// Problems whose sizes have no common divisor.
class Shared : public testing::TestWithParam<InitialState> {
protected:
  template <typename Check>
  void forEachProblem(Check check) {
    std::mt19937 random(5);
    auto draw = [&](int64_t least, int64_t most) {
      return least + int64_t(random()) % (most - least + 1);
    };
    for (int round = 0; round < 20; ++round) {
      Problem problem = makeProblem(draw(20, 60), 37, draw(0, 90), GetParam());
      problem.costs.advance = draw(1, 3);
      if (draw(0, 1))
        problem.tapeModes.push_back({draw(0, 40), draw(1, 3)});
      int64_t least = minKeptBytes(problem);
      check(problem, least, least + draw(1, 700));
    }
  }
};

TEST_P(Shared, TableCostsWhatTheTablesOfEachBudgetDo) {
  forEachProblem([](const Problem &problem, int64_t least, int64_t most) {
    Scaled scaled = scaledOf(problem, most);
    auto table = makeRunTable(
        scaled, Sums::make(scaled, scaled.allowance, scaled.allowance + 1));
    ASSERT_TRUE(table);
    for (int64_t m = least; m <= scaled.allowance; m += 11) {
      Scaled own = scaledOf(problem, m);
      Whole whole = {0, own.numSteps, m, own.initialIsHeld};
      EXPECT_EQ(table->within(m)->costOf(whole),
                makeExactTable(own)->costOf(whole));
    }
  });
}

TEST_P(Shared, HullsBoundTheCostWithinEachBudget) {
  forEachProblem([](const Problem &problem, int64_t least, int64_t most) {
    Scaled scaled = scaledOf(problem, most);
    auto hulls = Hulls::make(
        scaled, Sums::make(scaled, scaled.allowance, scaled.allowance + 1),
        least, 1 << 20);
    ASSERT_TRUE(hulls);
    int64_t previous = INT64_MAX;
    for (int64_t m = least; m <= scaled.allowance; m += 11) {
      Scaled own = scaledOf(problem, m);
      int64_t bound = hulls->within(m)->wholeBound();
      EXPECT_LE(bound, previous);
      EXPECT_LE(bound, makeExactTable(own)->costOf(
                           {0, own.numSteps, m, own.initialIsHeld}));
      previous = bound;
    }
  });
}

INSTANTIATE_TEST_SUITE_P(InitialStates, Shared,
                         testing::Values(InitialState::Held,
                                         InitialState::Counted));

} // namespace
