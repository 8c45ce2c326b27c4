//===- FunctionPlanner.cpp - The plans of one function --------------------===//

#include "FunctionPlanner.h"

#include "TapeModes.h"

#include "bptt/Planning/Solvers.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bptt;
using namespace bptt::planning;

/// A diagnostic has said it.
static llvm::Error diagnosed() { return llvm::createStringError(""); }

FunctionPlanner::FunctionPlanner(const Measurement &measurement,
                                 func::FuncOp function,
                                 const NestedForwards &nested,
                                 const llvm::SmallBitVector &mayPlan,
                                 const PlanRequest &request)
    : measurement(measurement), function(function), nested(nested),
      request(request), inside(measurement, function, nested, mayPlan),
      isNested(request.policy == Policy::Optimal && mayPlan.any()),
      sweeps(getFirstSweeps(function)),
      plainCosts(measurement.getPlainWork(), nested) {
  for (FirstSweepOpInterface sweep : sweeps) {
    allModes.emplace_back(getNumTapeModeChoices(sweep), true);
    firstModes.emplace_back(allModes.back().size());
    firstModes.back().set(0);
  }
}

/// Estimates, or measured costs in proportion to them.
SmallVector<RecurrenceCosts>
FunctionPlanner::getCosts(const NestedCosts &costs) const {
  auto estimates = llvm::map_to_vector(
      sweeps, [&](FirstSweepOpInterface op) { return costs.getCosts(op); });
  if (!request.costs || plainEstimates.empty())
    return estimates;
  auto scale = [](int64_t measured, int64_t now, int64_t plain) {
    return std::max<int64_t>(1, double(measured) / plain * now);
  };
  auto next = request.costs->begin();
  for (auto [cost, plain] : llvm::zip_equal(estimates, plainEstimates)) {
    for (auto [step, before, extras] :
         llvm::zip_equal(cost.steps, plain.steps, cost.extraBackward)) {
      const StepCosts &measured = *next++;
      if (step.advance != before.advance || step.taped != before.taped ||
          step.backward != before.backward)
        step = {scale(measured.advance, step.advance, before.advance),
                scale(measured.taped, step.taped, before.taped),
                scale(measured.backward, step.backward, before.backward)};
      else
        step = measured;
      // In proportion to the backward.
      double ratio = double(measured.backward) / before.backward;
      for (int64_t &extra : llvm::drop_begin(extras))
        extra = std::max<int64_t>(1, extra * ratio);
    }
  }
  return estimates;
}

FailureOr<MeasuredFunction>
FunctionPlanner::measure(const NestedPlanAttrs &plans, const NestedCosts &costs,
                         const ModeSets &modes) {
  FailureOr<MeasuredFunction> measured =
      measurement.measure(function.getName(), plans, modes, getCosts(costs));
  if (succeeded(measured))
    measured->shared.plain = plainTotals;
  return measured;
}

/// Leaves out the tape modes that are not worth having in the budget. Where the
/// length is known only at run time, those stay that need no more memory than
/// the first.
ModeSets FunctionPlanner::chooseModes(const MeasuredFunction &measured) const {
  if (allModes == firstModes)
    return allModes;
  ModeSets chosen = firstModes;
  std::optional<std::vector<int64_t>> kept;
  if (!measured.isDynamic()) {
    SharedProblem first = measured.getFirstModes();
    auto shares = shareBudget(first, request.policy,
                              request.budget.resolve(first.fullBytes()));
    if (shares)
      kept = *shares;
    else // the plan says so
      llvm::consumeError(shares.takeError());
  }
  for (auto [index, modes] : llvm::enumerate(chosen)) {
    ArrayRef<int64_t> scratch = measured.scratchBytes[index];
    const Problem &problem = measured.shared.problems[index];
    for (unsigned mode = 1; mode < modes.size(); ++mode)
      modes[mode] = measured.isDynamic() && !scratch[mode];
    if (kept)
      modes = chooseTapeModes(problem, request.policy, (*kept)[index], scratch);
  }
  return chosen;
}

/// Everything but the plans.
llvm::Expected<FunctionPlan>
FunctionPlanner::evaluate(const NestedChoice &choice, const ModeSets &modes) {
  FunctionPlan plan;
  NestedDecision decision = inside.decide(choice);
  FailureOr<MeasuredFunction> measured =
      measure(decision.plans, decision.costs, modes);
  if (failed(measured))
    return diagnosed();
  plan.modes = modes;
  plan.choice = choice;
  plan.nested = std::move(decision.plans);
  plan.measured = std::move(*measured);
  plan.budgetBytes =
      plan.measured.isDynamic()
          ? 0
          : request.budget.resolve(plan.measured.shared.fullBytes());
  return std::move(plan);
}

/// The same with the tape modes that are worth having.
llvm::Expected<FunctionPlan>
FunctionPlanner::evaluate(const NestedChoice &choice) {
  auto plan = evaluate(choice, allModes);
  if (!plan)
    return plan;
  ModeSets modes = chooseModes(plan->measured);
  // Fewer tape modes, other sizes.
  if (modes != allModes)
    plan = evaluate(choice, modes);
  return plan;
}

/// Decides what each recurrence keeps, and finds out what that costs.
llvm::Error FunctionPlanner::share(FunctionPlan &plan) {
  const SharedProblem &shared = plan.measured.shared;
  for (const Problem &problem : shared.problems)
    if (llvm::Error error = problem.check())
      return error;
  bool isOneScan =
      shared.problems.size() == 1 && !shared.problems.front().isChain();
  if (isNested && !isOneScan && !shared.problems.empty()) {
    SharedPlanner::Shares shares =
        sharing.share(shared.problems, plan.budgetBytes - shared.otherBytes);
    plan.keptBytes = std::move(shares.keptBytes);
    plan.cost = shares.cost;
    return llvm::Error::success();
  }
  auto kept = shareBudget(shared, request.policy, plan.budgetBytes);
  if (!kept)
    return kept.takeError();
  plan.keptBytes = std::move(*kept);
  return solve(plan);
}

llvm::Error FunctionPlanner::solve(FunctionPlan &plan) {
  const SharedProblem &shared = plan.measured.shared;
  uint64_t cost = 0;
  for (auto [sweep, problem, bytes] :
       llvm::zip_equal(sweeps, shared.problems, plan.keptBytes)) {
    llvm::Expected<Plan> solved =
        planning::solve(problem, request.policy, bytes);
    if (!solved) {
      Operation *op = sweep;
      op->emitError() << llvm::toString(solved.takeError());
      return diagnosed();
    }
    cost = llvm::SaturatingAdd<uint64_t>(cost, solved->cost);
    plan.plans.push_back(std::move(*solved));
  }
  plan.cost = std::min<uint64_t>(cost, INT64_MAX);
  return llvm::Error::success();
}

llvm::Expected<FunctionPlan> FunctionPlanner::plan() {
  plainEstimates = getCosts(plainCosts);
  size_t numExpected = 0;
  for (const RecurrenceCosts &costs : plainEstimates)
    numExpected += costs.steps.size();
  if (request.costs && request.costs->size() != numExpected) {
    function.emitError() << "'" << request.costsFile << "' has costs of "
                         << request.costs->size() << " recurrences, expected "
                         << numExpected
                         << ": one each, of a chain one for every step";
    return diagnosed();
  }
  if (isNested && failed(inside.prepare()))
    return diagnosed();
  if (failed(measurePlain()))
    return diagnosed();
  if (isNested && !plain->isDynamic())
    return search();
  auto found = evaluate(inside.getPlain());
  if (!found || found->measured.isDynamic())
    return found;
  if (found->modes == firstModes)
    found->measured.shared.plain = std::nullopt; // it says so itself
  else if (plain)
    found->floorBytes = plain->shared.floorBytes(request.policy);
  for (const Problem &problem : found->measured.shared.problems)
    found->plainCosts.push_back(planning::plainCost(problem));
  if (llvm::Error error = share(*found))
    return std::move(error);
  return found;
}

/// What all choices are compared with: the first tape modes, and nothing
/// planned inside steps.
LogicalResult FunctionPlanner::measurePlain() {
  if (!isNested && allModes == firstModes)
    return success(); // there is no choice
  FailureOr<MeasuredFunction> measured =
      measure(NestedPlanAttrs(nested.all.size()), plainCosts, firstModes);
  if (failed(measured))
    return failure();
  if (!measured->isDynamic())
    plainTotals = {measured->shared.fullBytes(), measured->shared.plainCost()};
  plain = std::move(*measured);
  return success();
}
