//===- NestedSearch.cpp - The best plans inside and outside of steps ------===//
//
// The part of FunctionPlanner that decides what is kept inside the steps of a
// function's recurrences together with what is kept outside.
//
//===----------------------------------------------------------------------===//

#include "FunctionPlanner.h"

using namespace mlir;
using namespace bptt;
using namespace bptt::planning;

static constexpr size_t kMaxModeSets = 16;

/// A diagnostic has said it.
static llvm::Error diagnosed() { return llvm::createStringError(""); }

/// `problems`, in the tape modes `modes`, with other costs.
static std::vector<Problem> withCosts(std::vector<Problem> problems,
                                      ArrayRef<RecurrenceCosts> costs,
                                      const ModeSets &modes) {
  for (auto [problem, cost, kept] : llvm::zip_equal(problems, costs, modes)) {
    problem.costs = cost.steps.front();
    for (auto [step, own, extra] :
         llvm::zip(problem.chain, cost.steps, cost.extraBackward)) {
      step.costs = own;
      for (auto [mode, beyond] : llvm::zip(step.tapeModes, extra))
        mode.extraBackwardCost = beyond;
    }
    if (!problem.isChain())
      for (auto [mode, index] :
           llvm::zip_equal(problem.tapeModes, kept.set_bits()))
        mode.extraBackwardCost = cost.extraBackward.front()[index];
  }
  return problems;
}

/// What `chooseTapeModes` chooses from, for each recurrence: the first mode,
/// that and another one, or all; where there would be too many combinations,
/// the first or all.
SmallVector<ModeSets> FunctionPlanner::getModeSets() const {
  SmallVector<ModeSets> sets{{}};
  for (auto [first, all] : llvm::zip_equal(firstModes, allModes)) {
    SmallVector<llvm::SmallBitVector> trials{first};
    for (unsigned mode = 1; mode < all.size(); ++mode) {
      trials.push_back(first);
      trials.back().set(mode);
    }
    if (all.size() > 2)
      trials.push_back(all);
    SmallVector<ModeSets> more;
    for (const ModeSets &set : sets)
      for (const llvm::SmallBitVector &trial : trials) {
        more.push_back(set);
        more.back().push_back(trial);
      }
    sets = std::move(more);
    if (sets.size() > kMaxModeSets)
      return {firstModes, allModes};
  }
  return sets;
}

/// Replaces `best` where the choice fits and costs less.
llvm::Error FunctionPlanner::tryChoice(const NestedChoice &choice,
                                       const ModeSets &modes,
                                       std::optional<FunctionPlan> &best) {
  auto trial = evaluate(choice, modes);
  if (!trial)
    return trial.takeError();
  if (trial->budgetBytes < trial->measured.shared.floorBytes(request.policy))
    return llvm::Error::success();
  if (llvm::Error error = share(*trial))
    return error;
  if (!best || trial->cost < best->cost)
    best = std::move(*trial);
  return llvm::Error::success();
}

/// Replaces `best` by what costs less with the tape modes `modes`.
llvm::Error FunctionPlanner::searchWith(const ModeSets &modes,
                                        std::optional<FunctionPlan> &best) {
  std::vector<Problem> problems;
  auto measureBytes = [&](const NestedPlanAttrs &plans) -> FailureOr<int64_t> {
    FailureOr<MeasuredFunction> measured = measure(plans, plainCosts, modes);
    if (failed(measured))
      return failure();
    problems = std::move(measured->shared.problems);
    return measured->shared.otherBytes;
  };
  auto getProblems = [&](ArrayRef<size_t> points) {
    return withCosts(problems, getCosts(inside.estimateCosts(points)), modes);
  };
  auto getPlainCost = [&](ArrayRef<size_t> points) {
    return SharedProblem{getProblems(points)}.plainCost();
  };
  FailureOr<std::vector<NestedWay>> ways =
      inside.makeWays(measureBytes, getPlainCost);
  if (failed(ways))
    return diagnosed();
  int64_t budgetBytes = request.budget.resolve(plainTotals->bytes);
  // Costs fall and bytes grow from each way to the next.
  auto getLowerBound = [&](size_t first, size_t last) {
    return sharing.boundWithin(getProblems((*ways)[last].points),
                               budgetBytes - (*ways)[first].bytes);
  };
  llvm::Error error = llvm::Error::success();
  llvm::ErrorAsOutParameter isAssigned(&error);
  auto getCost = [&](size_t way) -> std::optional<int64_t> {
    std::optional<FunctionPlan> trial;
    error = tryChoice(inside.getChoice((*ways)[way]), modes, trial);
    if (error)
      return std::nullopt;
    if (!trial)
      return INT64_MAX;
    int64_t cost = trial->cost;
    if (!best || cost < best->cost)
      best = std::move(*trial);
    return cost;
  };
  cheapestWay(ways->size(), best ? best->cost : INT64_MAX, getLowerBound,
              getCost);
  return error;
}

/// Leaves plain BPTT inside the steps where that costs no more.
llvm::Error FunctionPlanner::dropTables(FunctionPlan &best) {
  for (unsigned number = 0; number < nested.all.size(); ++number) {
    std::optional<NestedChoice> choice =
        inside.withoutTable(best.choice, number);
    if (!choice)
      continue;
    std::optional<FunctionPlan> trial;
    if (llvm::Error error = tryChoice(*choice, best.modes, trial))
      return error;
    if (trial && trial->cost <= best.cost)
      best = std::move(*trial);
  }
  return llvm::Error::success();
}

/// The best of all ways to plan what is inside and outside of steps.
llvm::Expected<FunctionPlan> FunctionPlanner::search() {
  FailureOr<MeasuredFunction> least =
      measure(inside.reserve(inside.getLeast()), plainCosts, firstModes);
  if (failed(least))
    return diagnosed();
  int64_t floorBytes = least->shared.floorBytes(request.policy),
          budgetBytes = request.budget.resolve(plainTotals->bytes);
  if (budgetBytes < floorBytes)
    return shareBudget(least->shared, request.policy, budgetBytes).takeError();
  std::optional<FunctionPlan> best;
  if (budgetBytes >= plainTotals->bytes)
    if (llvm::Error error = tryChoice(inside.getPlain(), firstModes, best))
      return std::move(error);
  for (const ModeSets &modes : getModeSets())
    // No plan costs less than plain BPTT.
    if (!best || best->cost > plainTotals->cost)
      if (llvm::Error error = searchWith(modes, best))
        return std::move(error);
  // Where bytes are not what they were likely to be.
  if (!best)
    if (llvm::Error error = tryChoice(inside.getLeast(), firstModes, best))
      return std::move(error);
  if (!best)
    return llvm::createStringError("no plan costs less than 64 bits can hold");
  if (llvm::Error error = dropTables(*best))
    return std::move(error);
  if (best->plans.empty())
    if (llvm::Error error = solve(*best))
      return std::move(error);
  best->floorBytes = floorBytes;
  for (const Problem &problem : plain->shared.problems)
    best->plainCosts.push_back(planning::plainCost(problem));
  return std::move(*best);
}
