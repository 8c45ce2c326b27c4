//===- SharedBudget.cpp - Several recurrences, one budget -----------------===//

#include "bptt/Planning/SharedBudget.h"

#include "Math.h"

#include "bptt/Planning/SharedPlanner.h"
#include "bptt/Planning/Solvers.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <limits>
#include <tuple>

using namespace bptt::planning;

int64_t SharedProblem::fullBytes() const {
  if (plain)
    return plain->bytes;
  uint64_t bytes = otherBytes;
  for (const Problem &problem : problems)
    bytes = llvm::SaturatingAdd<uint64_t>(bytes, fullKeptBytes(problem));
  return std::min<uint64_t>(bytes, INT64_MAX);
}

int64_t SharedProblem::plainCost() const {
  if (plain)
    return plain->cost;
  int64_t cost = 0;
  for (const Problem &problem : problems)
    cost = saturatingAdd(cost, planning::plainCost(problem));
  return cost;
}

int64_t SharedProblem::floorBytes(Policy policy) const {
  int64_t bytes = otherBytes;
  for (const Problem &problem : problems)
    bytes += minKeptBytes(problem, policy);
  return bytes;
}

/// The floor in words.
static std::string describeFloor(const SharedProblem &shared, Policy policy) {
  int64_t kept = 0, running = 0, tape = 0, workspace = 0;
  for (const Problem &problem : shared.problems) {
    kept += minKeptBytes(problem, policy);
    running += problem.reserves.runningBytes;
    tape += inProgressBytes(problem);
    workspace += fixedBytes(problem) - problem.reserves.runningBytes -
                 problem.reserves.gradientBytes - inProgressBytes(problem);
  }
  // Whoever plans for a program that is compiled already has one number.
  if (running == 0)
    return llvm::formatv("{0} kept states and tapes, {1} running states, "
                         "workspaces and temporaries",
                         kept, shared.otherBytes);
  return llvm::formatv("{0} kept states and tapes, {1} running states, {2} "
                       "tape in progress, {3} "
                       "workspace of the cells, {4} gradients of states and "
                       "temporaries around the "
                       "recurrences",
                       kept, running, tape, workspace,
                       shared.otherBytes - running - tape - workspace);
}

/// Ways that are kept for each number of recurrences but the last two, and sums
/// that are looked at for one more; more than that are thinned out evenly,
/// whatever the budget. With two recurrences they never are.
static constexpr size_t kMaxWays = 4096, kMaxSums = size_t(1) << 22;

/// The first, the last and others evenly between.
template <typename ItemT>
static std::vector<ItemT> thinnedOut(std::vector<ItemT> items, size_t most) {
  if (items.size() <= most)
    return items;
  std::vector<ItemT> thin;
  for (size_t i = 0; i < most; ++i)
    thin.push_back(items[i * (items.size() - 1) / (most - 1)]);
  return thin;
}

/// Leaves ways of growing bytes and falling cost.
std::vector<SharedCurves::Way> SharedCurves::pruned(std::vector<Way> ways) {
  llvm::sort(ways, [](const Way &a, const Way &b) {
    return std::tie(a.keptBytes, a.cost, a.previous) <
           std::tie(b.keptBytes, b.cost, b.previous);
  });
  std::vector<Way> front;
  for (const Way &way : ways)
    if (front.empty() || way.cost < front.back().cost)
      front.push_back(way);
  return front;
}

SharedCurves::SharedCurves(std::vector<std::vector<CostPoint>> given)
    : curves(std::move(given)), layers{{{0, 0, 0, 0}}} {
  for (const std::vector<CostPoint> &curve : llvm::drop_end(curves)) {
    const std::vector<Way> &last = layers.back();
    std::vector<Way> ways;
    for (const CostPoint &point : thinnedOut(curve, kMaxSums / last.size()))
      for (auto [previous, way] : llvm::enumerate(last))
        ways.push_back({saturatingAdd(way.keptBytes, point.keptBytes),
                        saturatingAdd(way.cost, point.cost), previous,
                        point.keptBytes});
    ways = pruned(std::move(ways));
    bool isLast = layers.size() + 1 == curves.size();
    layers.push_back(isLast ? ways : thinnedOut(std::move(ways), kMaxWays));
  }
}

int64_t SharedCurves::costWithin(int64_t keptBytes) const {
  const std::vector<CostPoint> &last = curves.back();
  int64_t least = std::numeric_limits<int64_t>::max();
  for (const Way &way : layers.back()) {
    int64_t left = keptBytes - way.keptBytes;
    if (left < last.front().keptBytes)
      break;
    auto point = std::prev(llvm::partition_point(
        last, [&](const CostPoint &each) { return each.keptBytes <= left; }));
    least = std::min(least, saturatingAdd(way.cost, point->cost));
  }
  return least;
}

SharedCurves::Shares SharedCurves::fewestFor(int64_t cost) const {
  const std::vector<CostPoint> &last = curves.back();
  Way best = {std::numeric_limits<int64_t>::max(), 0, 0, 0};
  for (size_t previous = 0; previous < layers.back().size(); ++previous) {
    const Way &way = layers.back()[previous];
    if (way.keptBytes >= best.keptBytes)
      break;
    auto point = llvm::partition_point(last, [&](const CostPoint &each) {
      return saturatingAdd(way.cost, each.cost) > cost;
    });
    if (point == last.end())
      continue;
    int64_t bytes = saturatingAdd(way.keptBytes, point->keptBytes);
    if (bytes < best.keptBytes)
      best = {bytes, saturatingAdd(way.cost, point->cost), previous,
              point->keptBytes};
  }
  Shares shares = {std::vector<int64_t>(curves.size()), best.cost};
  shares.keptBytes.back() = best.ownBytes;
  size_t at = best.previous;
  for (size_t i = curves.size() - 1; i > 0; --i) {
    const Way &way = layers[i][at];
    shares.keptBytes[i - 1] = way.ownBytes;
    at = way.previous;
  }
  return shares;
}

llvm::Expected<std::vector<int64_t>>
bptt::planning::shareBudget(const SharedProblem &shared, Policy policy,
                            int64_t budgetBytes) {
  for (const Problem &problem : shared.problems)
    if (auto e = problem.check())
      return std::move(e);
  int64_t available = budgetBytes - shared.floorBytes(policy);
  if (available < 0)
    return llvm::make_error<InfeasibleBudget>(
        budgetBytes, shared.floorBytes(policy), describeFloor(shared, policy));
  int64_t keptBytes = budgetBytes - shared.otherBytes;
  if (shared.problems.size() < 2)
    return std::vector<int64_t>(shared.problems.size(), keptBytes);
  std::vector<int64_t> kept;
  if (policy == Policy::Optimal) {
    SharedPlanner::Shares shares =
        SharedPlanner().share(shared.problems, keptBytes);
    kept = std::move(shares.keptBytes);
    if (!shares.isExact)
      return kept;
  } else {
    std::vector<std::vector<CostPoint>> curves;
    for (const Problem &problem : shared.problems)
      curves.push_back(costCurve(problem, policy));
    SharedCurves sums(std::move(curves));
    kept = sums.fewestFor(sums.costWithin(keptBytes)).keptBytes;
  }
  int64_t rest = keptBytes;
  for (int64_t bytes : kept)
    rest -= bytes;
  for (auto [bytes, problem] : llvm::zip_equal(kept, shared.problems)) {
    int64_t more = std::clamp<int64_t>(fullKeptBytes(problem) - bytes, 0, rest);
    bytes += more;
    rest -= more;
  }
  return kept;
}
