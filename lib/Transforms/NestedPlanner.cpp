//===- NestedPlanner.cpp - What recurrences inside steps may keep ---------===//

#include "NestedPlanner.h"

#include "bptt/Dialect/BPTT/IR/PlanProblem.h"
#include "bptt/Dialect/BPTT/IR/Recurrence.h"
#include "bptt/Planning/Solvers.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bptt;
using namespace bptt::planning;

LogicalResult NestedPlanner::prepare() {
  NestedDecision plain = decide(getPlain());
  for (auto [number, entry] : llvm::enumerate(nested.all)) {
    FailureOr<RecurrenceSizes> sizes =
        measurement.measureNested(function.getName(), number, plain.plans);
    if (failed(sizes))
      return failure();
    ForwardOp forward = entry.forward;
    Problem problem;
    problem.numSteps =
        getStaticNumSteps(forward.getInputs(), forward.getSteps());
    problem.stateBytes = sizes->stateBytes;
    problem.tapeModes = {{sizes->modes.front().residualBytes, 0}};
    problem.costs = plain.costs.getCosts(forward).steps.front();
    problems.push_back(problem);
    points.push_back(makePoints(number));
  }
  return success();
}

/// There is one way to tape, so costs do not decide which plan is best: it is
/// that with the fewest advances. Of long recurrences these are a lower bound.
SmallVector<NestedPlanner::Point> NestedPlanner::makePoints(unsigned number) {
  SmallVector<Point> made;
  if (mayPlan.test(number) && isReachable(number)) {
    Problem problem = problems[number];
    problem.costs = {1, 1, 1};
    for (const CostPoint &point : costCurve(problem, Policy::Optimal))
      if (point.cost < INT64_MAX)
        made.push_back({point.keptBytes, point.cost - 2 * problem.numSteps});
  }
  if (made.empty())
    made.push_back({kPlain, 0});
  return made;
}

int64_t NestedPlanner::getStackBytes(unsigned number,
                                     const Point &point) const {
  const Problem &problem = problems[number];
  if (point.keptBytes != kPlain)
    return point.keptBytes;
  return problem.numSteps *
         (problem.stateBytes + problem.tapeModes.front().residualBytes);
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

NestedPlanAttrs NestedPlanner::reserve(const NestedChoice &choice) const {
  MLIRContext *context = func::FuncOp(function).getContext();
  NestedPlanAttrs plans(choice.size());
  for (auto [number, kept] : llvm::enumerate(choice))
    if (kept != kPlain)
      plans[number] =
          getPlanAttr(context, problems[number], Policy::Optimal, kept);
  return plans;
}

NestedCosts NestedPlanner::estimateCosts(ArrayRef<size_t> indices) const {
  NestedCosts costs(measurement.getPlainWork(), nested);
  for (auto [number, index] : llvm::enumerate(indices)) {
    PlanCounts counts;
    counts.advances = points[number][index].advances;
    counts.tapedForwards = counts.backwards = problems[number].numSteps;
    costs.usePlan(number, counts);
  }
  return costs;
}

/// Whether it is undone inside a recurrence of the function.
bool NestedPlanner::isReachable(unsigned number) const {
  NestedForwards::Children around;
  around.insert(number);
  // What is around something has a larger number.
  for (unsigned other = number; other < nested.all.size(); ++other)
    if (llvm::any_of(nested.all[other].children,
                     [&](unsigned child) { return around.contains(child); }))
      around.insert(other);
  return llvm::any_of(nested.ofTopLevel, [&](const auto &children) {
    return llvm::any_of(children,
                        [&](unsigned child) { return around.contains(child); });
  });
}

NestedCurves NestedPlanner::makeCurves() const {
  NestedCurves curves;
  NestedCosts costs(measurement.getPlainWork(), nested);
  for (auto [number, own] : llvm::enumerate(points)) {
    std::vector<CostPoint> &curve = curves.emplace_back();
    int64_t advance = costs.getAdvanceWork(number).getTime();
    for (const Point &point : own) {
      int64_t cost = std::min<uint64_t>(
          llvm::SaturatingMultiply<uint64_t>(point.advances, advance),
          INT64_MAX);
      curve.push_back({getStackBytes(number, point), cost});
    }
  }
  return curves;
}

/// Adds what is inside `number` as well. Returns the part of `number`.
size_t NestedPlanner::addPlace(unsigned number, SmallVector<unsigned> around,
                               const NestedCosts &costs, Places &places) const {
  NestedPart part;
  part.recurrence = number;
  around.push_back(number);
  for (unsigned child : nested.all[number].children)
    part.children.push_back({addPlace(child, around, costs, places),
                             costs.countInside(child, number)});
  places.parts.push_back(std::move(part));
  places.paths.push_back(std::move(around));
  places.groupOf.push_back(places.groups.size() - 1);
  return places.parts.size() - 1;
}

/// Recurrences of the function with the same cells are one group, which may be
/// there once for each.
NestedPlanner::Places NestedPlanner::makePlaces() const {
  Places places;
  NestedCosts costs(measurement.getPlainWork(), nested);
  SmallVector<const NestedForwards::Children *> known;
  for (const NestedForwards::Children &children : nested.ofTopLevel) {
    if (children.empty())
      continue;
    auto found = llvm::find_if(
        known, [&](const auto *other) { return *other == children; });
    if (found != known.end()) {
      ++places.groups[found - known.begin()].times;
      continue;
    }
    known.push_back(&children);
    places.groups.emplace_back();
    for (unsigned child : children) {
      size_t part = addPlace(child, {}, costs, places);
      places.groups.back().parts.push_back(part);
    }
  }
  return places;
}

/// As much as all of these can use.
NestedChoice NestedPlanner::getMost(ArrayRef<unsigned> numbers) const {
  NestedChoice choice = getLeast();
  for (unsigned number : numbers)
    choice[number] = points[number].back().keptBytes;
  return choice;
}

/// How often the program has what a group keeps, from two layouts: as one of
/// the group keeps all, and a little less.
FailureOr<int64_t> NestedPlanner::countTimes(const Places &places, size_t group,
                                             ArrayRef<int64_t> peaks,
                                             MeasureBytes measureBytes) const {
  int64_t times = 1;
  for (size_t part : places.groups[group].parts) {
    unsigned number = places.parts[part].recurrence;
    ArrayRef<Point> own = points[number];
    if (places.groups[group].times == 1 || own.size() == 1)
      continue;
    NestedChoice choice = getLeast();
    choice[number] = own[own.size() - 2].keptBytes;
    FailureOr<int64_t> less = measureBytes(reserve(choice));
    if (failed(less))
      return failure();
    times = std::max(times, (peaks[part] - *less) /
                                (own.back().keptBytes - choice[number]));
  }
  return times;
}

/// All that is never there at the same time is one group.
void NestedPlanner::mergeGroups(Places &places) const {
  NestedGroup all;
  for (const NestedGroup &group : places.groups)
    llvm::append_range(all.parts, group.parts);
  places.groups = {all};
  places.groupOf.assign(places.parts.size(), 0);
}

FailureOr<std::vector<NestedWay>>
NestedPlanner::makeWays(MeasureBytes measureBytes, OutsideCost getCost) const {
  Places places = makePlaces();
  FailureOr<int64_t> leastBytes = measureBytes(reserve(getLeast()));
  if (failed(leastBytes))
    return failure();
  std::vector<int64_t> peaks;
  SmallVector<unsigned> all;
  for (ArrayRef<unsigned> path : places.paths) {
    FailureOr<int64_t> bytes = measureBytes(reserve(getMost(path)));
    if (failed(bytes))
      return failure();
    peaks.push_back(*bytes);
    llvm::append_range(all, path);
  }
  if (places.groups.size() > 1) {
    FailureOr<int64_t> bytes = measureBytes(reserve(getMost(all)));
    if (failed(bytes))
      return failure();
    if (*bytes <= *llvm::max_element(peaks))
      mergeGroups(places);
  }
  for (size_t group = 0; group < places.groups.size(); ++group) {
    FailureOr<int64_t> times = countTimes(places, group, peaks, measureBytes);
    if (failed(times))
      return failure();
    places.groups[group].times = *times;
  }
  NestedCurves curves = makeCurves();
  // What is beside the stacks of each, as if its group were there once.
  for (auto [part, path, group, peak] :
       llvm::zip_equal(places.parts, places.paths, places.groupOf, peaks)) {
    part.otherBytes =
        *leastBytes + (peak - *leastBytes) / places.groups[group].times;
    for (unsigned number : path)
      part.otherBytes -= curves[number].back().keptBytes;
  }
  return nestedWays(curves, places.parts, places.groups, *leastBytes, getCost);
}

NestedChoice NestedPlanner::getChoice(const NestedWay &way) const {
  NestedChoice choice;
  for (auto [point, own] : llvm::zip_equal(way.points, points))
    choice.push_back(own[point].keptBytes);
  return choice;
}

NestedChoice NestedPlanner::getLeast() const {
  NestedChoice choice;
  for (const SmallVector<Point> &own : points)
    choice.push_back(own.front().keptBytes);
  return choice;
}

std::optional<NestedChoice>
NestedPlanner::withoutTable(const NestedChoice &choice, unsigned number) const {
  if (choice[number] == kPlain ||
      choice[number] != points[number].back().keptBytes ||
      points[number].back().advances > 0)
    return std::nullopt;
  NestedChoice plain = choice;
  plain[number] = kPlain;
  return plain;
}
