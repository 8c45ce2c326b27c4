//===- PlanProblem.cpp - #bptt.plan and the planner's problem -------------===//

#include "bptt/Dialect/BPTT/IR/PlanProblem.h"

#include "bptt/Planning/Plan.h"

using namespace mlir;
using namespace bptt;
using namespace bptt::planning;

static std::vector<TapeMode> getTapeModes(int64_t residualBytes,
                                          DenseI64ArrayAttr others) {
  std::vector<TapeMode> modes{{residualBytes, 0}};
  for (int64_t i = 0; others && i < others.size(); i += 2)
    modes.push_back({others[i], others[i + 1]});
  return modes;
}

/// Null where there is one mode.
static DenseI64ArrayAttr getOtherModes(MLIRContext *context,
                                       ArrayRef<TapeMode> modes) {
  SmallVector<int64_t> others;
  for (const TapeMode &mode : modes.drop_front())
    others.append({mode.residualBytes, mode.extraBackwardCost});
  return others.empty() ? DenseI64ArrayAttr()
                        : DenseI64ArrayAttr::get(context, others);
}

Problem bptt::getProblem(PlanAttr plan) {
  Problem problem;
  problem.numSteps = plan.getSteps();
  if (ArrayAttr chain = plan.getChain()) {
    for (auto step : chain.getAsRange<PlanStepAttr>())
      problem.chain.push_back(
          {step.getState(),
           getTapeModes(step.getResidual(), step.getOtherModes()),
           {step.getAdvanceCost(), step.getTapedCost(),
            step.getBackwardCost()}});
    return problem;
  }
  problem.stateBytes = plan.getState();
  problem.tapeModes = getTapeModes(plan.getResidual(), plan.getOtherModes());
  problem.costs = {plan.getAdvanceCost(), plan.getTapedCost(),
                   plan.getBackwardCost()};
  return problem;
}

Policy bptt::getPolicy(PlanAttr plan) {
  return llvm::cantFail(parsePolicy(plan.getPolicy()));
}

PlanAttr bptt::getPlanAttr(MLIRContext *context, const Problem &problem,
                           Policy policy, int64_t keptBytes) {
  if (problem.isChain()) {
    SmallVector<Attribute> steps;
    for (const ChainStep &step : problem.chain)
      steps.push_back(PlanStepAttr::get(
          context, step.stateBytes, step.tapeModes.front().residualBytes,
          step.costs.advance, step.costs.taped, step.costs.backward,
          getOtherModes(context, step.tapeModes)));
    return PlanAttr::get(context, toString(policy), problem.numSteps, -1, -1,
                         keptBytes, -1, -1, -1, DenseI64ArrayAttr(),
                         ArrayAttr::get(context, steps));
  }
  return PlanAttr::get(
      context, toString(policy), problem.numSteps, problem.stateBytes,
      problem.tapeModes.front().residualBytes, keptBytes, problem.costs.advance,
      problem.costs.taped, problem.costs.backward,
      getOtherModes(context, problem.tapeModes), ArrayAttr());
}

LogicalResult SolutionAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   int64_t keptPeak, int64_t evaluations,
                                   int64_t cost, int64_t bound,
                                   StringRef exactness) {
  llvm::Expected<Exactness> parsed = parseExactness(exactness);
  if (!parsed)
    return emitError() << llvm::toString(parsed.takeError());
  if (keptPeak < 0 || evaluations < 0)
    return emitError() << "a solution's numbers must not be negative";
  if (bound < 0 || bound > cost)
    return emitError() << "a solution's bound is " << bound
                       << ", expected 0 to its cost, " << cost;
  bool isBest = *parsed == Exactness::Exact || *parsed == Exactness::ClosedForm;
  if (isBest && bound != cost)
    return emitError() << "a solution that is '" << exactness
                       << "' has the bound " << bound << ", not its cost, "
                       << cost;
  return success();
}

static LogicalResult
verifyOtherModes(function_ref<InFlightDiagnostic()> emitError,
                 DenseI64ArrayAttr otherModes) {
  if (!otherModes)
    return success();
  if (otherModes.size() % 2)
    return emitError() << "a plan's `other_modes` are pairs of residual bytes "
                          "and extra cost, found "
                       << otherModes.size() << " numbers";
  for (int64_t i = 0; i < otherModes.size(); i += 2)
    if (otherModes[i] < 0 || otherModes[i + 1] <= 0)
      return emitError() << "a further mode of a plan must have bytes that are "
                            "not negative, and cost more than the first";
  return success();
}

LogicalResult PlanStepAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   int64_t state, int64_t residual,
                                   int64_t advanceCost, int64_t tapedCost,
                                   int64_t backwardCost,
                                   DenseI64ArrayAttr otherModes) {
  if (state <= 0 || residual < 0)
    return emitError() << "a step of a plan needs a positive state and "
                          "residuals that are not negative";
  if (advanceCost <= 0 || tapedCost <= 0 || backwardCost <= 0)
    return emitError() << "a step's costs must be positive";
  return verifyOtherModes(emitError, otherModes);
}

LogicalResult PlanAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               StringRef policy, int64_t steps, int64_t state,
                               int64_t residual, int64_t kept,
                               int64_t advanceCost, int64_t tapedCost,
                               int64_t backwardCost,
                               DenseI64ArrayAttr otherModes, ArrayAttr chain) {
  if (auto parsed = parsePolicy(policy); !parsed)
    return emitError() << llvm::toString(parsed.takeError());
  if (chain) {
    if (std::max({state, residual, advanceCost, tapedCost, backwardCost}) >=
            0 ||
        otherModes)
      return emitError() << "a plan of a chain has its sizes and costs in "
                            "`chain`, none beside it";
    if (kept < 0)
      return emitError() << "a plan's sizes must not be negative";
    if (chain.empty() || int64_t(chain.size()) != steps)
      return emitError() << "a plan of " << steps << " steps has "
                         << chain.size() << " in its `chain`";
    if (!llvm::all_of(chain, llvm::IsaPred<PlanStepAttr>))
      return emitError() << "a plan's `chain` must be #bptt.plan_step";
    return success();
  }
  if (steps < -1 || state < 0 || residual < 0 || kept < 0)
    return emitError() << "a plan's sizes must not be negative";
  if (advanceCost <= 0 || tapedCost <= 0 || backwardCost <= 0)
    return emitError() << "a plan's costs must be positive";
  return verifyOtherModes(emitError, otherModes);
}
