//===- NestedPlanner.cpp - What recurrences inside steps may keep ---------===//

#include "NestedPlanner.h"

#include "bptt/Dialect/BPTT/IR/PlanProblem.h"
#include "bptt/Dialect/BPTT/IR/Recurrence.h"
#include "bptt/Planning/Solvers.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace bptt;
using namespace bptt::planning;

/// Points of one recurrence, and ways to plan the insides of a function.
static constexpr size_t kMaxPoints = 24;
static constexpr size_t kMaxChoices = 64;

/// The first, the last, and of those between as many as make `most`, spaced
/// geometrically in what they are beyond the first.
template <typename ItemT>
static SmallVector<ItemT>
thinOut(ArrayRef<ItemT> items, size_t most,
        function_ref<int64_t(const ItemT &)> getBytes) {
  if (items.size() <= most)
    return SmallVector<ItemT>(items);
  int64_t first = getBytes(items.front());
  double least = std::max<int64_t>(1, getBytes(items[1]) - first),
         ratio = (getBytes(items.back()) - first) / least;
  SmallVector<ItemT> thin{items.front()};
  size_t taken = 0;
  for (size_t i = 0; i + 1 < most; ++i) {
    double wanted = least * std::pow(ratio, double(i) / double(most - 2));
    size_t next = taken + 1;
    while (next + 1 < items.size() && getBytes(items[next]) - first < wanted)
      ++next;
    if (i + 2 == most)
      next = items.size() - 1;
    if (next >= items.size())
      break;
    thin.push_back(items[next]);
    taken = next;
  }
  return thin;
}

/// The least of what each choice lets a recurrence keep.
static void mergeInto(NestedChoice &into, const NestedChoice &other) {
  for (auto [kept, more] : llvm::zip_equal(into, other))
    kept = std::min(kept, more);
}

LogicalResult NestedPlanner::prepare() {
  NestedDecision plain = decide(getPlain());
  for (auto [number, entry] : llvm::enumerate(nested.all)) {
    FailureOr<RecurrenceSizes> measured = measure(number, getPlain());
    if (failed(measured))
      return failure();
    ForwardOp forward = entry.forward;
    Problem problem;
    problem.numSteps =
        getStaticNumSteps(forward.getInputs(), forward.getSteps());
    problem.stateBytes = measured->stateBytes;
    problem.tapeModes = {{measured->modes.front().residualBytes, 0}};
    problem.costs = plain.costs.getCosts(forward).steps.front();
    problems.push_back(problem);
    sizes.push_back(std::move(*measured));
  }
  return success();
}

FailureOr<RecurrenceSizes> NestedPlanner::measure(unsigned number,
                                                  const NestedChoice &inside) {
  return measurement.measureNested(function.getName(), number,
                                   decide(inside).plans);
}

/// With as many kept bytes as the plan of so many has use for: all of a stack
/// is then written.
const NestedPlanner::Solution *NestedPlanner::solve(unsigned number,
                                                    const StepCosts &costs,
                                                    int64_t keptBytes) {
  // What a backward costs decides nothing where there is one way to tape.
  auto [found, isNew] =
      solutions.try_emplace({number, costs.advance, costs.taped, keptBytes});
  while (isNew) {
    Problem problem = problems[number];
    problem.costs = costs;
    llvm::Expected<Plan> plan =
        planning::solve(problem, Policy::Optimal, keptBytes);
    if (!plan) {
      llvm::consumeError(plan.takeError());
      break;
    }
    isNew = plan->keptPeakBytes < keptBytes;
    keptBytes = plan->keptPeakBytes;
    found->second = Solution{keptBytes, plan->counts};
  }
  return found->second ? &*found->second : nullptr;
}

NestedDecision NestedPlanner::decide(const NestedChoice &choice) {
  NestedDecision decision{NestedPlanAttrs(choice.size()),
                          NestedCosts(measurement.getPlainWork(), nested)};
  for (auto [number, kept] : llvm::enumerate(choice)) {
    const Solution *solution = nullptr;
    ForwardOp forward = nested.all[number].forward;
    if (kept != kPlain) {
      StepCosts costs = decision.costs.getCosts(forward).steps.front();
      solution = solve(number, costs, kept);
      if (solution) {
        Problem problem = problems[number];
        problem.costs = costs;
        decision.plans[number] =
            getPlanAttr(forward.getContext(), problem, Policy::Optimal,
                        solution->keptBytes);
        decision.costs.usePlan(number, solution->counts);
      }
    }
    if (!solution)
      decision.costs.usePlain(number);
  }
  return decision;
}

/// Kept bytes worth looking at, from none up to those of plain BPTT.
SmallVector<int64_t> NestedPlanner::getKeptBytes(unsigned number) {
  if (!mayPlan.test(number))
    return {};
  auto curve = llvm::map_to_vector(
      costCurve(problems[number], Policy::Optimal),
      [](const CostPoint &point) { return point.keptBytes; });
  return thinOut<int64_t>(curve, kMaxPoints,
                          [](const int64_t &bytes) { return bytes; });
}

LogicalResult NestedPlanner::makePoints(unsigned number) {
  ForwardOp forward = nested.all[number].forward;
  SmallVector<int64_t> keptBytes = getKeptBytes(number);
  const NestedForwards::Children &children = nested.all[number].children;
  SmallVector<Point> found;
  for (const NestedChoice &inside : combine(children, kMaxPoints)) {
    FailureOr<RecurrenceSizes> measured =
        children.empty() ? sizes[number] : measure(number, inside);
    if (failed(measured))
      return failure();
    StepCosts costs = decide(inside).costs.getCosts(forward).steps.front();
    int64_t fixed = 2 * measured->stateBytes + measured->scratchBytes();
    const Problem &problem = problems[number];
    auto add = [&](int64_t kept, int64_t stackBytes, int64_t advances) {
      Point point{fixed + stackBytes, 0, inside};
      point.cost = llvm::SaturatingAdd(
          llvm::SaturatingMultiply<uint64_t>(advances, costs.advance),
          llvm::SaturatingMultiply<uint64_t>(problem.numSteps,
                                             costs.taped + costs.backward));
      point.cost = std::min<uint64_t>(point.cost, INT64_MAX);
      point.choice[number] = kept;
      found.push_back(std::move(point));
    };
    for (int64_t kept : keptBytes)
      if (const Solution *solution = solve(number, costs, kept))
        add(solution->keptBytes, solution->keptBytes,
            solution->counts.advances);
    add(kPlain,
        problem.numSteps *
            (problem.stateBytes + problem.tapeModes.front().residualBytes),
        /*advances=*/0);
  }
  // Of equal cost, what needs no table stays as well.
  llvm::stable_sort(found, [](const Point &a, const Point &b) {
    return std::tie(a.bytes, a.cost) < std::tie(b.bytes, b.cost);
  });
  SmallVector<Point> front;
  for (Point &point : found)
    if (front.empty() || point.cost < front.back().cost ||
        (point.cost == front.back().cost && point.choice[number] == kPlain))
      front.push_back(std::move(point));
  points[number] = thinOut<Point>(
      front, kMaxPoints, [](const Point &point) { return point.bytes; });
  return success();
}

/// Ways to plan `children` and what is inside their steps, from the least peak
/// up to the one that lets each take what it can use.
SmallVector<NestedChoice>
NestedPlanner::combine(const NestedForwards::Children &children, size_t most) {
  if (children.empty())
    return {getPlain()};
  SmallVector<int64_t> peaks;
  int64_t least = 0;
  for (unsigned child : children) {
    least = std::max(least, points[child].front().bytes);
    for (const Point &point : points[child])
      peaks.push_back(point.bytes);
  }
  llvm::erase_if(peaks, [&](int64_t peak) { return peak < least; });
  llvm::sort(peaks);
  peaks.erase(llvm::unique(peaks), peaks.end());
  SmallVector<NestedChoice> choices;
  for (int64_t peak : thinOut<int64_t>(
           peaks, most, [](const int64_t &bytes) { return bytes; })) {
    NestedChoice choice = getPlain();
    for (unsigned child : children) {
      auto fits = [&](const Point &point) { return point.bytes <= peak; };
      mergeInto(choice,
                std::prev(llvm::partition_point(points[child], fits))->choice);
    }
    choices.push_back(std::move(choice));
  }
  return choices;
}

FailureOr<SmallVector<NestedChoice>> NestedPlanner::makeChoices() {
  points.resize(nested.all.size());
  for (unsigned number = 0; number < nested.all.size(); ++number)
    if (failed(makePoints(number)))
      return failure();
  SmallVector<const NestedForwards::Children *> parents;
  for (const NestedForwards::Children &children : nested.ofTopLevel)
    if (!children.empty())
      parents.push_back(&children);
  // All combinations where few recurrences have others inside. Where many do,
  // all of them have more or all of them less.
  size_t most = kMaxPoints;
  bool isProduct = parents.size() <= 3;
  if (isProduct && parents.size() > 1)
    most = parents.size() == 2 ? 8 : 4;
  SmallVector<NestedChoice> choices{getPlain()};
  if (!isProduct) {
    auto lists = llvm::map_to_vector(
        parents, [&](auto *children) { return combine(*children, most); });
    for (size_t i = 0; i < most; ++i) {
      NestedChoice choice = getPlain();
      for (const SmallVector<NestedChoice> &list : lists)
        mergeInto(choice,
                  list[list.size() - 1 - i * (list.size() - 1) / (most - 1)]);
      choices.push_back(std::move(choice));
    }
  } else {
    for (const NestedForwards::Children *children : parents) {
      SmallVector<NestedChoice> ways = combine(*children, most), more;
      for (const NestedChoice &choice : choices)
        for (const NestedChoice &own : llvm::reverse(ways)) {
          more.push_back(choice);
          mergeInto(more.back(), own);
        }
      choices = std::move(more);
    }
    choices.insert(choices.begin(), getPlain());
  }
  assert(choices.size() <= kMaxChoices + 1);
  SmallVector<NestedChoice> unique;
  for (NestedChoice &choice : choices)
    if (!llvm::is_contained(unique, choice))
      unique.push_back(std::move(choice));
  return unique;
}
