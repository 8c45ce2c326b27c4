//===- ChainTest.cpp - Unequal steps --------------------------------------===//

#include "Oracle.h"
#include "TestUtil.h"

#include "bptt/Planning/PlannedCurve.h"

#include <map>
#include <random>
#include <tuple>

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
    std::vector<CostPoint> curve = PlannedCurve(problem).points();
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
  int count = 0, equal = 0, equalCopies = 0;
  for (int round = 0; round < 60; ++round) {
    Problem problem = randomChain(draw, draw(2, 5));
    int64_t least = minKeptBytes(problem), most = fullKeptBytes(problem);
    int64_t m = least + draw(0, int(most - least));
    int64_t backwards = 0;
    for (const ChainStep &step : problem.chain)
      backwards += step.costs.backward;
    Plan plan = solved(problem, Policy::Optimal, m);
    int64_t planned = plan.cost - backwards;
    std::optional<LeastCost> best = leastCostAndCopies(problem, m, -1);
    ASSERT_TRUE(best);
    EXPECT_EQ(best->cost, leastCost(problem, m, -1));
    EXPECT_GE(planned, best->cost) << round;
    ++count;
    if (planned != best->cost)
      continue;
    ++equal;
    EXPECT_GE(plan.checkpointBytes, best->checkpointBytes) << round;
    equalCopies += plan.checkpointBytes == best->checkpointBytes;
  }
  EXPECT_GE(equal * 10, count * 9);
  EXPECT_GE(equalCopies * 10, equal * 9);
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

/// The recurrence of ChainTable.h as it stands: the least cost beyond one taped
/// forward and one backward of each step, and the fewest bytes copied at that.
class Recurrence {
public:
  explicit Recurrence(const Problem &problem) : problem(problem) {}

  LeastCost whole(int64_t keptBytes) {
    LeastCost least = get(0, problem.numSteps, keptBytes);
    if (problem.numSteps > 1)
      least.checkpointBytes += own(0);
    return least;
  }

private:
  int64_t own(int64_t step) const {
    bool isHeld = step == 0 && problem.initialState == InitialState::Held;
    return isHeld ? 0 : problem.stateBytesAt(step);
  }

  LeastCost get(int64_t a, int64_t b, int64_t m) {
    const std::vector<TapeMode> &modes = problem.tapeModesAt(a);
    if (b - a == 1)
      return {modes[cheapestTapeMode(modes)].extraBackwardCost, 0};
    if (auto it = known.find({a, b, m}); it != known.end())
      return it->second;
    LeastCost least = {INT32_MAX, 0};
    auto consider = [&](int64_t cost, int64_t middle, int64_t rest,
                        LeastCost left) {
      LeastCost right = get(middle, b, rest);
      cost += left.cost + right.cost;
      int64_t bytes = left.checkpointBytes + right.checkpointBytes +
                      (b - middle > 1 ? own(middle) : 0);
      if (std::pair(cost, bytes) < std::pair(least.cost, least.checkpointBytes))
        least = {cost, bytes};
    };
    int64_t rest = m - own(a), advance = 0;
    for (const TapeMode &mode : modes)
      if (mode.residualBytes <= rest)
        consider(mode.extraBackwardCost, a + 1, rest - mode.residualBytes,
                 {0, 0});
    for (int64_t c = a + 1; rest >= 0 && c < b; ++c) {
      advance += problem.costsAt(c - 1).advance;
      consider(advance, c, rest, get(a, c, m));
    }
    return known[{a, b, m}] = least;
  }

  const Problem &problem;
  std::map<std::tuple<int64_t, int64_t, int64_t>, LeastCost> known;
};

/// Sizes without a common divisor, as they are and just off multiples.
Problem unalignedChain(Random &draw, int64_t numSteps, bool isNearly) {
  Problem problem = randomChain(draw, numSteps);
  auto unaligned = [&](int64_t bytes) {
    return bytes * 1000003 + (isNearly ? draw(0, 3) : draw(0, 999999));
  };
  for (ChainStep &step : problem.chain) {
    step.stateBytes = unaligned(step.stateBytes);
    for (TapeMode &mode : step.tapeModes)
      mode.residualBytes = unaligned(mode.residualBytes);
  }
  return problem;
}

TEST(Chain, MeetsTheRecurrenceWithTheFewestCopies) {
  Random draw;
  for (int round = 0; round < 60; ++round) {
    int64_t numSteps = draw(1, 12);
    Problem problem = round % 3 ? unalignedChain(draw, numSteps, round % 3 == 1)
                                : randomChain(draw, numSteps);
    Recurrence recurrence(problem);
    int64_t fixed = 0;
    for (const ChainStep &step : problem.chain)
      fixed += step.costs.taped + step.costs.backward;
    int64_t least = minKeptBytes(problem), full = fullKeptBytes(problem);
    // Plain BPTT is taken from there on as it is.
    for (int64_t m = least; m < full; m += 1 + (full - least) / 9) {
      Plan plan = solved(problem, Policy::Optimal, m);
      LeastCost best = recurrence.whole(m);
      EXPECT_EQ(plan.exactness, Exactness::Exact);
      EXPECT_EQ(plan.cost - fixed, best.cost) << round << ' ' << m;
      EXPECT_EQ(plan.checkpointBytes, best.checkpointBytes)
          << round << ' ' << m;
    }
  }
}

/// At equal cost, states are kept where fewer bytes are copied.
TEST(Chain, CopiesFewBytes) {
  Problem problem;
  problem.numSteps = 3;
  problem.chain = {{4, {{2, 0}}, {}}, {3, {{2, 0}}, {}}, {1, {{0, 0}}, {}}};
  Plan plan = solved(problem, Policy::Optimal, 4);
  EXPECT_EQ(plan.cost, 11);
  EXPECT_EQ(plan.checkpointBytes, 0);
}

/// As many sums as there are multiples: rounding them loses nothing.
TEST(Chain, LongChainsOfNearlyAlignedSizesAreExact) {
  Random draw;
  Problem problem = unalignedChain(draw, 150, /*isNearly=*/true);
  for (int64_t part : {200, 50, 20})
    EXPECT_EQ(solved(problem, Policy::Optimal, fullKeptBytes(problem) / part)
                  .exactness,
              Exactness::Exact)
        << part;
}

TEST(Chain, SumsOfManySizesAreRoundedAndTheLossIsKnown) {
  Random draw;
  Problem problem = unalignedChain(draw, 150, /*isNearly=*/false);
  int64_t full = fullKeptBytes(problem);
  for (int64_t m : {full / 200, full / 50, full / 4, full / 2, full / 5 * 4}) {
    Plan plan = solved(problem, Policy::Optimal, m);
    EXPECT_LE(plan.costLowerBound, plan.cost);
    EXPECT_LE(plan.knownGap(), 0.004) << m;
  }
}

/// As long as programs leave them in one piece.
TEST(Chain, LongChainsAreWithinOnePercent) {
  Random draw;
  Problem problem = unalignedChain(draw, 300, /*isNearly=*/false);
  int64_t full = fullKeptBytes(problem);
  for (int64_t m : {full / 100, full / 2})
    EXPECT_LE(solved(problem, Policy::Optimal, m).knownGap(), 0.01) << m;
}

/// States that shrink from step to step, as in networks for images.
TEST(Chain, LongChainsOfShrinkingStatesAreWithinOnePercent) {
  Random draw;
  Problem problem;
  problem.numSteps = 300;
  for (int64_t i = 0; i < problem.numSteps; ++i) {
    int64_t halvings = i / 50;
    int64_t stateBytes = (int64_t(1) << (26 - halvings)) + draw(0, 63) * 4096;
    int64_t cost = draw(20, 30) << (halvings / 2);
    problem.chain.push_back(
        {stateBytes,
         {{3 * stateBytes + draw(0, 63) * 8192, 0}, {stateBytes / 2, 7}},
         {cost, cost, 2}});
  }
  Plan plan = solved(problem, Policy::Optimal, fullKeptBytes(problem) / 50);
  EXPECT_LE(plan.knownGap(), 0.01);
}

/// Across a rung and above.
TEST(Chain, MoreBudgetNeverCostsMoreWhereSumsAreRounded) {
  Random draw;
  Problem problem = unalignedChain(draw, 90, /*isNearly=*/false);
  int64_t rung = int64_t(7) << 24, previous = INT64_MAX;
  ASSERT_LT(rung * 5 / 4, fullKeptBytes(problem));
  for (int64_t m : {rung - 1, rung, rung + 1, rung + 1000000}) {
    Plan plan = solved(problem, Policy::Optimal, m);
    EXPECT_LE(plan.cost, previous) << m;
    previous = plan.cost;
  }
}

/// No plan costs less than a point says, and where a plan was made, it costs
/// that.
TEST(Chain, CurvesOfRoundedSumsAreBoundsUntilTheyArePlanned) {
  Random draw;
  Problem problem = unalignedChain(draw, 100, /*isNearly=*/false);
  PlannedCurve curve(problem);
  EXPECT_FALSE(curve.isExact());
  std::vector<CostPoint> points = curve.points();
  ASSERT_GE(points.size(), 50u);
  for (size_t i = 1; i < points.size(); i += points.size() / 3) {
    Plan plan = solved(problem, Policy::Optimal, points[i].keptBytes);
    EXPECT_LE(points[i].cost, plan.cost);
    EXPECT_GE(double(points[i].cost), 0.99 * double(plan.cost));
    curve.refine(points[i].keptBytes);
    EXPECT_TRUE(curve.isPlanned(points[i].keptBytes));
    for (const CostPoint &point : curve.points())
      if (point.keptBytes <= points[i].keptBytes)
        EXPECT_GE(point.cost, plan.cost);
  }
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

/// Fit only in part, and copies are too many to count.
TEST(Chain, LargeSizesAreCountedOrRefused) {
  Problem problem;
  problem.numSteps = 40;
  for (int64_t i = 0; i < problem.numSteps; ++i)
    problem.chain.push_back({kMaxBytes, {{kMaxBytes, 0}}, {}});
  EXPECT_EQ(solved(problem, Policy::Optimal, 4 * kMaxBytes).keptPeakBytes,
            4 * kMaxBytes);
  for (int64_t m : {16 * kMaxBytes, std::numeric_limits<int64_t>::max()})
    EXPECT_EQ(messageOf(solve(problem, Policy::Optimal, m).takeError()),
              "what is kept, or the cost, of 40 steps exceeds 64 bits");
}

TEST(Chain, SlotPoliciesAreRefused) {
  Random draw;
  Problem problem = randomChain(draw, 5);
  EXPECT_EQ(messageOf(solve(problem, Policy::Hsm, 100).takeError()),
            "policy 'hsm' counts slots and needs equal steps");
}

} // namespace
