//===- Plan.cpp - Decide what every recurrence keeps ----------------------===//

#include "RecurrenceMemory.h"

#include "bptt/Dialect/BPTT/IR/Recurrence.h"
#include "bptt/Planning/Budget.h"
#include "bptt/Planning/SharedBudget.h"
#include "bptt/Planning/Solvers.h"
#include "bptt/Planning/Verify.h"
#include "bptt/Transforms/Arena.h"
#include "bptt/Transforms/CostModel.h"
#include "bptt/Transforms/Materialize.h"
#include "bptt/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace bptt;
using namespace bptt::planning;

namespace bptt {
#define GEN_PASS_DEF_PLAN
#include "bptt/Transforms/Passes.h.inc"
} // namespace bptt

namespace {

SmallVector<ForwardOp> getForwards(func::FuncOp function) {
  SmallVector<ForwardOp> forwards;
  function.walk([&](ForwardOp forward) { forwards.push_back(forward); });
  return forwards;
}

Problem getProblem(ForwardOp forward) {
  BackwardOp backward = getBackward(forward);
  RecurrenceSizes sizes = getRecurrenceSizes(forward, backward);
  auto cost = [&](StringRef cell) {
    return estimateWork(lookUpCell(forward, cell)).getNanoseconds();
  };
  Problem problem;
  problem.numSteps = getStaticNumSteps(forward.getInputs(), forward.getSteps());
  problem.stateBytes = sizes.stateBytes;
  problem.tapeModes = {{sizes.residualBytes, 0}};
  problem.costs = {cost(backward.getAdvance()), cost(backward.getTaped()),
                   cost(backward.getAdjoint())};
  problem.reserves.runningBytes = 2 * sizes.stateBytes;
  problem.reserves.gradientBytes = sizes.stateBytes;
  problem.reserves.advanceWorkspaceBytes = sizes.advanceWorkspaceBytes;
  problem.reserves.tapedWorkspaceBytes = sizes.tapedWorkspaceBytes;
  problem.reserves.backwardWorkspaceBytes = sizes.backwardWorkspaceBytes;
  return problem;
}

/// Bufferizes a clone of the module for the sizes of states, tapes and cells,
/// and goes on to its arena for the bytes around the stack. Numbers, not
/// guesses.
LogicalResult measure(ModuleOp module, llvm::StringMap<SharedProblem> &sizes) {
  OwningOpRef<ModuleOp> clone = module.clone();
  auto runPasses = [&](function_ref<void(OpPassManager &)> add) {
    PassManager pm(module.getContext());
    add(pm);
    return pm.run(*clone);
  };
  if (failed(runPasses(addBufferizationPasses)))
    return failure();
  for (auto function : clone->getOps<func::FuncOp>())
    for (ForwardOp forward : getForwards(function))
      sizes[function.getName()].problems.push_back(getProblem(forward));
  if (failed(runPasses(
          [](OpPassManager &pm) { addExpansionPasses(pm, "rolled"); })))
    return failure();
  for (auto &entry : sizes)
    entry.second.otherBytes =
        getWorkspaceBytes(clone->lookupSymbol<func::FuncOp>(entry.first()));
  return success();
}

struct PlanPass : bptt::impl::PlanBase<PlanPass> {
  using PlanBase::PlanBase;

  void runOnOperation() override {
    llvm::Expected<Budget> parsedBudget = parseBudget(budget);
    if (!parsedBudget)
      return fail(llvm::createStringError(
          "budget: " + llvm::toString(parsedBudget.takeError())));
    llvm::Expected<Policy> parsedPolicy = parsePolicy(policy);
    if (!parsedPolicy)
      return fail(parsedPolicy.takeError());
    SmallVector<StepCosts> measured;
    if (!costs.empty()) {
      llvm::Expected<SmallVector<StepCosts>> read = readCosts(costs);
      if (!read)
        return fail(read.takeError());
      measured = *read;
    }
    ModuleOp module = getOperation();
    llvm::StringMap<SharedProblem> sizes;
    if (failed(measure(module, sizes)))
      return signalPassFailure();
    for (auto function : module.getOps<func::FuncOp>()) {
      SmallVector<ForwardOp> forwards = getForwards(function);
      if (forwards.empty())
        continue;
      SharedProblem &functionSizes = sizes[function.getName()];
      if (!costs.empty() && measured.size() != forwards.size()) {
        function.emitError()
            << "'" << costs << "' has costs of " << measured.size()
            << " recurrences, expected " << forwards.size();
        return signalPassFailure();
      }
      for (auto [problem, cost] : llvm::zip(functionSizes.problems, measured))
        problem.costs = cost;
      if (failed(planFunction(function, forwards, functionSizes, *parsedBudget,
                              *parsedPolicy)))
        return signalPassFailure();
    }
  }

  void fail(llvm::Error error) {
    getOperation().emitError() << llvm::toString(std::move(error));
    signalPassFailure();
  }

  LogicalResult planFunction(func::FuncOp function,
                             ArrayRef<ForwardOp> forwards,
                             const SharedProblem &sizes, const Budget &budget,
                             Policy policy) {
    if (llvm::any_of(sizes.problems, [](const Problem &problem) {
          return ShapedType::isDynamic(problem.numSteps);
        })) {
      for (auto [forward, problem] : llvm::zip_equal(forwards, sizes.problems))
        attach(forward, problem, policy, /*keptBytes=*/0);
      return success();
    }
    int64_t budgetBytes = budget.resolve(sizes.fullBytes());
    llvm::Expected<std::vector<int64_t>> kept =
        shareBudget(sizes, policy, budgetBytes);
    if (!kept)
      return function.emitError() << "@" << function.getName() << ": "
                                  << llvm::toString(kept.takeError());
    for (auto [op, problem, bytes] :
         llvm::zip_equal(forwards, sizes.problems, *kept)) {
      ForwardOp forward = op;
      llvm::Expected<Plan> plan = solve(problem, policy, bytes);
      if (!plan)
        return forward.emitError() << llvm::toString(plan.takeError());
      if (llvm::Error wrong = verify(*plan))
        return forward.emitError("the plan does not hold: ")
               << llvm::toString(std::move(wrong));
      attach(forward, problem, policy, plan->keptBudgetBytes);
      report(forward, *plan, sizes, budgetBytes);
    }
    return success();
  }

  static void attach(ForwardOp forward, const Problem &problem, Policy policy,
                     int64_t keptBytes) {
    int64_t steps =
        ShapedType::isDynamic(problem.numSteps) ? -1 : problem.numSteps;
    forward.setPlanAttr(PlanAttr::get(
        forward.getContext(), toString(policy), steps, problem.stateBytes,
        problem.tapeModes.front().residualBytes, keptBytes,
        problem.costs.advance, problem.costs.taped, problem.costs.backward));
  }

  static void report(ForwardOp forward, const Plan &plan,
                     const SharedProblem &sizes, int64_t budgetBytes) {
    int64_t steps = std::max<int64_t>(1, plan.problem.numSteps);
    remark::passed(forward.getLoc(),
                   remark::RemarkOpts::name("Plan").category("bptt"))
        << llvm::formatv("{0} of {1} for {2} steps, plain BPTT takes {3}: "
                         "{4:f2} evaluations a "
                         "step, {5:f1} % more time",
                         formatBytes(sizes.otherBytes + plan.keptPeakBytes),
                         formatBytes(budgetBytes), plan.problem.numSteps,
                         formatBytes(sizes.fullBytes()),
                         double(plan.counts.forwardEvaluations) / steps,
                         (plan.timeRatio() - 1) * 100)
               .str();
  }
};

} // namespace
