//===- NestedBudgetTest.cpp - Recurrences inside steps, one peak ----------===//

#include "TestUtil.h"

#include "bptt/Planning/NestedBudget.h"
#include "bptt/Planning/SharedPlanner.h"

#include "llvm/ADT/STLExtras.h"

#include <map>
#include <random>

using namespace bptt::planning;

namespace {

struct Draw {
  std::mt19937 random;
  int64_t operator()(int least, int most) {
    return int64_t(least + random() % (most - least + 1));
  }
};

/// Recurrences inside each other and beside each other.
struct Nest {
  NestedCurves curves;
  std::vector<NestedPart> parts;
  std::vector<NestedGroup> groups;
  std::vector<std::vector<int64_t>> weights; // of each group's parts
  int64_t leastBytes;

  int64_t costOf(size_t part, llvm::ArrayRef<size_t> points) const {
    size_t recurrence = parts[part].recurrence;
    int64_t cost = curves[recurrence][points[recurrence]].cost;
    for (const NestedPart::Child &child : parts[part].children)
      cost += child.times * costOf(child.part, points);
    return cost;
  }
  int64_t costOf(llvm::ArrayRef<size_t> points) const {
    int64_t cost = 0;
    for (auto [group, own] : llvm::zip_equal(groups, weights))
      for (auto [part, weight] : llvm::zip_equal(group.parts, own))
        cost += weight * costOf(part, points);
    return cost;
  }
  int64_t peakOf(llvm::ArrayRef<size_t> points) const {
    return nestedPeak(curves, parts, groups, leastBytes, points);
  }
  std::vector<NestedWay> ways() const {
    return nestedWays(
        curves, parts, groups, leastBytes,
        [&](llvm::ArrayRef<size_t> points) { return costOf(points); });
  }
};

size_t drawPlace(Draw &draw, Nest &nest, size_t recurrence,
                 const std::vector<std::vector<size_t>> &inside) {
  NestedPart part;
  part.recurrence = recurrence;
  part.otherBytes = nest.leastBytes + draw(-8, 8);
  for (size_t child : inside[recurrence])
    part.children.push_back({drawPlace(draw, nest, child, inside), draw(1, 3)});
  nest.parts.push_back(part);
  return nest.parts.size() - 1;
}

/// With `numGroups` groups, and where `isShared` recurrences in several places.
Nest drawNest(Draw &draw, int64_t numGroups, bool isShared) {
  Nest nest;
  nest.leastBytes = draw(0, 12);
  std::vector<std::vector<size_t>> inside(draw(1, 4));
  std::vector<bool> isInside(inside.size());
  for (size_t number = 0; number < inside.size(); ++number) {
    Problem problem = makeProblem(draw(1, 5), draw(1, 3), draw(0, 3));
    std::vector<CostPoint> &curve = nest.curves.emplace_back();
    for (const CostPoint &point : costCurve(problem, Policy::Optimal))
      curve.push_back(
          {point.keptBytes, (point.cost - 3 * problem.numSteps) * 7});
    for (size_t child = 0; child < number; ++child)
      if ((isShared || !isInside[child]) && draw(0, 1)) {
        isInside[child] = true;
        inside[number].push_back(child);
      }
  }
  nest.groups.resize(numGroups);
  nest.weights.resize(numGroups);
  for (NestedGroup &group : nest.groups)
    group.times = draw(1, 2);
  for (size_t number = 0; number < inside.size(); ++number)
    if (!isInside[number]) {
      size_t group = draw(0, numGroups - 1);
      nest.groups[group].parts.push_back(drawPlace(draw, nest, number, inside));
      nest.weights[group].push_back(draw(1, 4));
    }
  return nest;
}

/// Calls `visit` with every combination of points.
void forAllPoints(const Nest &nest, std::vector<size_t> &points,
                  llvm::function_ref<void()> visit) {
  if (points.size() == nest.curves.size())
    return visit();
  for (size_t i = 0; i < nest.curves[points.size()].size(); ++i) {
    points.push_back(i);
    forAllPoints(nest, points, visit);
    points.pop_back();
  }
}

/// Bytes and cost of all that are worth having.
using Front = std::vector<std::pair<int64_t, int64_t>>;
Front bestOf(const Nest &nest) {
  std::map<int64_t, int64_t> least; // of each peak
  std::vector<size_t> points;
  forAllPoints(nest, points, [&] {
    int64_t cost = nest.costOf(points);
    auto [entry, isNew] = least.insert({nest.peakOf(points), cost});
    entry->second = std::min(entry->second, cost);
  });
  Front front;
  for (auto [bytes, cost] : least)
    if (front.empty() || cost < front.back().second)
      front.push_back({bytes, cost});
  return front;
}

void expectNoBetterWays(int64_t numGroups, bool isShared) {
  Draw draw;
  for (int round = 0; round < 200; ++round) {
    Nest nest = drawNest(draw, numGroups, isShared);
    Front found;
    for (const NestedWay &way : nest.ways()) {
      found.push_back({way.bytes, nest.costOf(way.points)});
      EXPECT_LE(nest.peakOf(way.points), way.bytes);
    }
    EXPECT_EQ(found, bestOf(nest)) << round;
  }
}

TEST(NestedBudget, NoWayIsBetterThanThese) { expectNoBetterWays(1, false); }

TEST(NestedBudget, NorWhereRecurrencesStandInSeveralPlaces) {
  expectNoBetterWays(1, true);
}

TEST(NestedBudget, NorWherePeaksAddUp) {
  expectNoBetterWays(2, false);
  expectNoBetterWays(3, true);
}

TEST(NestedBudget, TheCheapestWayIsFoundWithoutAskingForAll) {
  Draw draw;
  for (int round = 0; round < 200; ++round) {
    // Cost inside falls from way to way, cost outside grows.
    std::vector<int64_t> inside = {draw(0, 50)}, outside = {draw(0, 50)};
    for (int64_t i = draw(0, 200); i > 0; --i) {
      inside.insert(inside.begin(), inside.front() + draw(1, 20));
      outside.push_back(outside.back() + draw(0, 20));
    }
    size_t asked = 0;
    auto cost = [&](size_t way) -> std::optional<int64_t> {
      ++asked;
      return inside[way] + outside[way];
    };
    auto best = cheapestWay(
        inside.size(), INT64_MAX,
        [&](size_t first, size_t last) {
          return inside[last] + outside[first];
        },
        cost);
    ASSERT_TRUE(best);
    EXPECT_EQ(asked, 1u);
    for (size_t i = 0; i < inside.size(); ++i)
      EXPECT_LE(*cost(*best), *cost(i));
    int64_t limit = *cost(*best);
    auto bound = [](size_t, size_t) { return int64_t(0); };
    EXPECT_FALSE(cheapestWay(inside.size(), limit, bound, cost));
    EXPECT_EQ(cheapestWay(inside.size(), limit + 1, bound, cost), best);
  }
  EXPECT_FALSE(cheapestWay(
      3, INT64_MAX, [](size_t, size_t) { return INT64_MAX; },
      [](size_t) { return std::optional<int64_t>(0); }));
  EXPECT_FALSE(cheapestWay(
      3, INT64_MAX, [](size_t, size_t) { return 0; },
      [](size_t) { return std::nullopt; }));
}

TEST(NestedBudget, InsideAndOutsideTogetherAgainstAllWays) {
  Draw draw;
  for (int round = 0; round < 60; ++round) {
    Nest nest = drawNest(draw, 1, draw(0, 1));
    std::vector<Problem> outer = {makeProblem(6, draw(1, 6), draw(0, 5))};
    outer[0].costs = {draw(5, 50), draw(5, 50), draw(5, 100)};
    if (draw(0, 1))
      outer[0].tapeModes.push_back({draw(0, 2), draw(1, 20)});
    if (draw(0, 1))
      outer.push_back(makeProblem(5, draw(1, 3), draw(0, 3)));
    auto problemsWith = [&](llvm::ArrayRef<size_t> points) {
      std::vector<Problem> problems = outer;
      problems[0].costs.backward += nest.costOf(points);
      return problems;
    };
    std::vector<NestedWay> ways = nest.ways();
    int64_t least = ways.front().bytes, before = INT64_MAX;
    for (int64_t budget = least; budget < least + 60; budget += draw(1, 9)) {
      auto costWithin = [&](llvm::ArrayRef<size_t> points) {
        std::vector<Problem> problems = problemsWith(points);
        SharedProblem shared = {problems, nest.peakOf(points)};
        auto kept = shareBudget(shared, Policy::Optimal, budget);
        int64_t cost = kept ? 0 : INT64_MAX;
        if (kept)
          for (auto [problem, bytes] : llvm::zip_equal(problems, *kept))
            cost += llvm::cantFail(solve(problem, Policy::Optimal, bytes)).cost;
        else
          llvm::consumeError(kept.takeError());
        return cost;
      };
      int64_t expected = INT64_MAX;
      std::vector<size_t> points;
      forAllPoints(nest, points,
                   [&] { expected = std::min(expected, costWithin(points)); });
      SharedPlanner planner;
      auto best = cheapestWay(
          ways.size(), INT64_MAX,
          [&](size_t first, size_t last) {
            return planner.boundWithin(problemsWith(ways[last].points),
                                       budget - ways[first].bytes);
          },
          [&](size_t way) -> std::optional<int64_t> {
            int64_t cost = costWithin(ways[way].points);
            if (cost < INT64_MAX)
              EXPECT_EQ(planner
                            .share(problemsWith(ways[way].points),
                                   budget - nest.peakOf(ways[way].points))
                            .cost,
                        cost);
            return cost;
          });
      ASSERT_TRUE(best);
      int64_t found = costWithin(ways[*best].points);
      EXPECT_EQ(found, expected) << round << ", " << budget;
      EXPECT_LE(found, before);
      before = found;
    }
  }
}

} // namespace
