//===- MonotoneTest.cpp - More budget never costs more --------------------===//

#include "Oracle.h"
#include "TestUtil.h"

#include "llvm/Support/FormatVariadic.h"

#include <random>

using namespace bptt::planning;

namespace {

class Draw {
public:
  explicit Draw(unsigned seed) : random(seed) {}
  int64_t operator()(int64_t least, int64_t most) {
    return least + int64_t(random() % uint64_t(most - least + 1));
  }
  InitialState initialState() {
    return (*this)(0, 1) ? InitialState::Held : InitialState::Counted;
  }
  /// Costs such that a taped forward does all an advance does.
  StepCosts costs() {
    int64_t advance = (*this)(1, 4);
    return {advance, advance + (*this)(0, 2), (*this)(1, 5)};
  }
  Problem equalSteps(int64_t numSteps, int64_t mostBytes) {
    Problem problem = makeProblem(numSteps, (*this)(1, mostBytes),
                                  (*this)(0, 2 * mostBytes), initialState());
    problem.costs = costs();
    if ((*this)(0, 2) == 0)
      problem.tapeModes.push_back({(*this)(0, mostBytes), (*this)(1, 4)});
    return problem;
  }
  Problem chain(int64_t numSteps, int64_t mostBytes) {
    Problem problem;
    problem.numSteps = numSteps;
    problem.initialState = initialState();
    for (int64_t i = 0; i < numSteps; ++i)
      problem.chain.push_back({(*this)(1, mostBytes),
                               {{(*this)(0, 2 * mostBytes), (*this)(0, 2)}},
                               costs()});
    return problem;
  }

private:
  std::mt19937_64 random;
};

/// Verified plans for the budgets, each at least as cheap as the one before and
/// no dearer than its own lower bound allows.
void expectMonotone(const Problem &problem, Policy policy,
                    const std::vector<int64_t> &budgets) {
  int64_t previous = INT64_MAX;
  for (int64_t m : budgets) {
    Plan plan = solved(problem, policy, m);
    EXPECT_LE(plan.cost, previous)
        << toString(policy).str() << " T=" << problem.numSteps << " m=" << m;
    EXPECT_GE(plan.cost, plan.costLowerBound);
    previous = plan.cost;
  }
}

std::vector<int64_t> range(int64_t least, int64_t most, int64_t step = 1) {
  std::vector<int64_t> budgets;
  for (int64_t m = least; m <= most; m += step)
    budgets.push_back(m);
  return budgets;
}

/// Every budget from below the floor to beyond plain BPTT: feasible where the
/// oracle has a schedule, at the oracle's cost, the cost never rising, the peak
/// within the budget.
void expectOracle(const Problem &problem, const std::string &where) {
  int64_t previous = INT64_MAX;
  int64_t step = std::max<int64_t>(1, fullKeptBytes(problem) / 6);
  for (int64_t m = 0; m <= fullKeptBytes(problem) + step; m += step) {
    std::optional<int64_t> least = leastCost(problem, m, -1);
    llvm::Expected<Plan> plan = solve(problem, Policy::Optimal, m);
    ASSERT_EQ(bool(plan), least.has_value()) << where;
    if (!plan) {
      EXPECT_TRUE(plan.errorIsA<InfeasibleBudget>());
      llvm::consumeError(plan.takeError());
      continue;
    }
    EXPECT_EQ(messageOf(verify(*plan)), "") << where;
    int64_t backwards = 0;
    for (int64_t i = 0; i < problem.numSteps; ++i)
      backwards += problem.costsAt(i).backward;
    EXPECT_EQ(plan->cost, *least + backwards) << where << " m=" << m;
    EXPECT_LE(plan->cost, previous) << where;
    EXPECT_LE(plan->keptPeakBytes, m) << where;
    previous = plan->cost;
  }
}

TEST(Monotone, ThousandsOfRandomProblemsAgainstTheOracle) {
  Draw draw(3);
  for (int round = 0; round < 2000; ++round)
    expectOracle(draw.equalSteps(draw(0, 4), 4),
                 llvm::formatv("round {0}", round));
}

TEST(Monotone, RandomProblemsOfEveryPolicy) {
  Draw draw(4);
  for (int round = 0; round < 60; ++round) {
    Problem problem = draw.equalSteps(draw(5, 120), 9);
    for (Policy policy : allPolicies()) {
      int64_t least = minKeptBytes(problem, policy);
      int64_t most = std::max(least, fullKeptBytes(problem));
      expectMonotone(problem, policy,
                     range(least, most, 1 + (most - least) / 12));
    }
  }
}

TEST(Monotone, OneByteStepsOfLongPlans) {
  Problem problem = makeProblem(20000, 2, 5);
  expectMonotone(problem, Policy::Optimal, range(500, 515));
  expectMonotone(makeProblem(3000000, 2, 5, InitialState::Counted),
                 Policy::Optimal, {4095, 4096, 4097, 8191, 8192, 8193});
}

/// At large parts of the memory of plain BPTT, in one mode and in two.
TEST(Monotone, SharesOfLongPlans) {
  Problem problem = makeProblem(200000, 1, 4);
  problem.costs = {10, 10, 20};
  Problem withSmallTapes = problem;
  withSmallTapes.tapeModes.push_back({2, 3});
  Problem odd = withSmallTapes;
  odd.stateBytes = 32771;
  odd.tapeModes = {{131071, 0}, {65537, 3}};
  for (const Problem &each : {problem, withSmallTapes, odd}) {
    std::vector<int64_t> budgets;
    for (int64_t share : {1, 2, 5, 20, 40, 41, 60, 61, 80, 99, 100})
      budgets.push_back(fullKeptBytes(each) / 100 * share);
    expectMonotone(each, Policy::Optimal, budgets);
    EXPECT_LE(solved(each, Policy::Optimal, budgets[4]).knownGap(), 0.001);
  }
}

/// Where an exact table becomes too large (17 units), and sizes without a
/// common divisor at budgets that hold just one item more.
TEST(Monotone, AcrossWaysOfPlanning) {
  expectMonotone(makeProblem(40000, 2, 5), Policy::Optimal, range(16, 19));
  expectMonotone(
      makeProblem(30000, 100003, 400009), Policy::Optimal,
      {800023, 800024, 4000119, 4000120, 4500107, 4500108, 20000000, 20050000});
}

/// Sizes without a common divisor, where tables end that serve several budgets
/// (at 393216) and where one item more fits.
TEST(Monotone, OddSizesThatShareTables) {
  Problem problem = makeProblem(30000, 4097, 5001);
  expectMonotone(problem, Policy::Optimal,
                 {4096, 5000, 5001, 393216, 393217, 402314, 524288, 524289});
  problem.tapeModes.push_back({1003, 1});
  expectMonotone(problem, Policy::Optimal,
                 {1003, 98304, 98305, 102402, 393216, 393217});
}

/// Plans with several hundred thousand different runs, which are looked for to
/// the end: rungs that were skipped would be missed.
TEST(Monotone, PlansOfManyRuns) {
  Problem problem = makeProblem(688834, 64, 1021);
  problem.tapeModes.push_back({534, 279});
  problem.costs = {644, 644, 1288};
  expectMonotone(problem, Policy::Optimal, {280000, 302791});
  EXPECT_LE(solved(problem, Policy::Optimal, 302791).knownGap(), 0.005);
}

TEST(Monotone, ChainsThatAreRounded) {
  Draw draw(5);
  Problem chain = draw.chain(40, 3000);
  int64_t least = minKeptBytes(chain), most = fullKeptBytes(chain);
  expectMonotone(chain, Policy::Optimal,
                 range(least, most, (most - least) / 3));
  Problem few = draw.chain(5, 4);
  expectMonotone(few, Policy::Optimal,
                 range(minKeptBytes(few), fullKeptBytes(few) + 1));
}

} // namespace
