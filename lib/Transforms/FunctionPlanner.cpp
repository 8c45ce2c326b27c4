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

int64_t FunctionPlan::getCost() const {
  uint64_t cost = 0;
  for (const Plan &plan : plans)
    cost = llvm::SaturatingAdd<uint64_t>(cost, plan.cost);
  return std::min<uint64_t>(cost, INT64_MAX);
}

FunctionPlanner::FunctionPlanner(const Measurement &measurement,
                                 func::FuncOp function,
                                 const NestedForwards &nested,
                                 const llvm::SmallBitVector &mayPlan,
                                 const PlanRequest &request)
    : measurement(measurement), function(function), nested(nested),
      request(request), inside(measurement, function, nested, mayPlan),
      isNested(request.policy == Policy::Optimal && mayPlan.any()),
      sweeps(getFirstSweeps(function)) {
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
      int64_t estimatedBackward = step.backward;
      const StepCosts &measured = *next++;
      if (step.advance != before.advance || step.taped != before.taped ||
          step.backward != before.backward)
        step = {scale(measured.advance, step.advance, before.advance),
                scale(measured.taped, step.taped, before.taped),
                scale(measured.backward, step.backward, before.backward)};
      else
        step = measured;
      // In proportion to the backward.
      double ratio = double(step.backward) / estimatedBackward;
      for (int64_t &extra : llvm::drop_begin(extras))
        extra = std::max<int64_t>(1, extra * ratio);
    }
  }
  return estimates;
}

FailureOr<MeasuredFunction>
FunctionPlanner::measure(const NestedDecision &decision,
                         const ModeSets &modes) {
  FailureOr<MeasuredFunction> measured = measurement.measure(
      function.getName(), decision.plans, modes, getCosts(decision.costs));
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
FunctionPlanner::evaluate(const NestedChoice &choice) {
  FunctionPlan plan;
  NestedDecision decision = inside.decide(choice);
  FailureOr<MeasuredFunction> measured = measure(decision, allModes);
  if (failed(measured))
    return diagnosed();
  plan.modes = chooseModes(*measured);
  // Fewer tape modes, other sizes.
  if (plan.modes != allModes)
    measured = measure(decision, plan.modes);
  if (failed(measured))
    return diagnosed();
  plan.measured = std::move(*measured);
  if (!isNested && plan.modes == firstModes)
    plan.measured.shared.plain = std::nullopt; // it says so itself
  else if (!isNested && plainTotals)
    plan.floorBytes = plainFloorBytes;
  plan.nested = std::move(decision.plans);
  plan.budgetBytes =
      plan.measured.isDynamic()
          ? 0
          : request.budget.resolve(plan.measured.shared.fullBytes());
  return std::move(plan);
}

llvm::Error FunctionPlanner::solve(FunctionPlan &plan) {
  const SharedProblem &shared = plan.measured.shared;
  auto kept = shareBudget(shared, request.policy, plan.budgetBytes);
  if (!kept)
    return kept.takeError();
  for (auto [sweep, problem, bytes] :
       llvm::zip_equal(sweeps, shared.problems, *kept)) {
    llvm::Expected<Plan> solved =
        planning::solve(problem, request.policy, bytes);
    if (!solved) {
      Operation *op = sweep;
      op->emitError() << llvm::toString(solved.takeError());
      return diagnosed();
    }
    plan.plans.push_back(std::move(*solved));
  }
  return llvm::Error::success();
}

llvm::Expected<FunctionPlan> FunctionPlanner::plan() {
  plainEstimates = getCosts(NestedCosts(measurement.getPlainWork(), nested));
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
  auto plain = evaluate(inside.getPlain());
  if (!plain || plain->measured.isDynamic())
    return plain;
  for (const Problem &problem : plain->measured.shared.problems)
    plain->plainCosts.push_back(planning::plainCost(problem));
  if (isNested)
    return search(std::move(*plain));
  if (llvm::Error error = solve(*plain))
    return std::move(error);
  return plain;
}

/// What all choices are compared with: the first tape modes, and nothing
/// planned inside steps.
LogicalResult FunctionPlanner::measurePlain() {
  if (!isNested && allModes == firstModes)
    return success(); // there is no choice
  FailureOr<MeasuredFunction> plain =
      measure(inside.decide(inside.getPlain()), firstModes);
  if (failed(plain) || plain->isDynamic())
    return plain;
  plainTotals = {plain->shared.fullBytes(), plain->shared.plainCost()};
  plainFloorBytes = plain->shared.floorBytes(request.policy);
  return success();
}

/// No plan costs less: every step is taped and undone once.
int64_t FunctionPlanner::getLowerBound(const NestedChoice &choice,
                                       const FunctionPlan &plain) {
  SmallVector<RecurrenceCosts> costs = getCosts(inside.decide(choice).costs);
  SharedProblem shared;
  for (auto [known, cost] :
       llvm::zip_equal(plain.measured.shared.problems, costs)) {
    Problem problem = known;
    problem.costs = cost.steps.front();
    for (auto [step, own] : llvm::zip(problem.chain, cost.steps))
      step.costs = own;
    shared.problems.push_back(std::move(problem));
  }
  return shared.plainCost();
}

/// The best of all ways to plan the insides of steps. The cheapest that could
/// be come first, and what cannot be better than the best so far is left out.
llvm::Expected<FunctionPlan> FunctionPlanner::search(FunctionPlan plain) {
  auto choices = inside.makeChoices();
  if (failed(choices))
    return diagnosed();
  FailureOr<MeasuredFunction> smallest =
      measure(inside.decide(choices->back()), firstModes);
  if (failed(smallest))
    return diagnosed();
  int64_t floorBytes = smallest->shared.floorBytes(request.policy);

  SmallVector<std::pair<int64_t, size_t>> order;
  for (auto [index, choice] : llvm::enumerate(*choices))
    order.push_back({getLowerBound(choice, plain), index});
  llvm::sort(order);
  std::optional<FunctionPlan> best, least;
  for (auto [bound, index] : order) {
    if (best && bound >= best->getCost())
      break;
    auto trial = evaluate((*choices)[index]);
    if (!trial)
      return trial;
    int64_t floor = trial->measured.shared.floorBytes(request.policy);
    if (!least || floor < least->measured.shared.floorBytes(request.policy))
      least = *trial;
    if (trial->budgetBytes < floor)
      continue;
    if (llvm::Error error = solve(*trial))
      return std::move(error);
    if (!best || trial->getCost() < best->getCost())
      best = std::move(*trial);
  }
  if (!best) {
    if (llvm::Error error = solve(*least))
      return std::move(error);
    llvm_unreachable("nothing fits in the budget");
  }
  best->floorBytes = floorBytes;
  best->plainCosts = std::move(plain.plainCosts);
  return std::move(*best);
}
