//===- Plan.cpp - Decide what every recurrence keeps ----------------------===//

#include "RecurrenceMemory.h"

#include "bptt/Dialect/BPTT/IR/Recurrence.h"
#include "bptt/Planning/Budget.h"
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

/// What the planner needs to know about one function.
struct FunctionSizes {
  SmallVector<Problem> problems; // one for each forward, in program order
  int64_t workspaceBytes = 0;    // everything but the stack

  int64_t fullBytes() const {
    int64_t bytes = workspaceBytes;
    for (const Problem &problem : problems)
      bytes += fullKeptBytes(problem);
    return bytes;
  }
};

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
LogicalResult measure(ModuleOp module, llvm::StringMap<FunctionSizes> &sizes) {
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
    entry.second.workspaceBytes =
        getWorkspaceBytes(clone->lookupSymbol<func::FuncOp>(entry.first()));
  return success();
}

struct PlanPass : bptt::impl::PlanBase<PlanPass> {
  using PlanBase::PlanBase;

  void runOnOperation() override {
    llvm::Expected<Budget> parsedBudget = parseBudget(budget);
    llvm::Expected<Policy> parsedPolicy = parsePolicy(policy);
    SmallVector<StepCosts> measured;
    if (!parsedBudget || !parsedPolicy)
      return fail(
          joinErrors(parsedBudget.takeError(), parsedPolicy.takeError()));
    if (!costs.empty()) {
      llvm::Expected<SmallVector<StepCosts>> read = readCosts(costs);
      if (!read)
        return fail(read.takeError());
      measured = *read;
    }
    ModuleOp module = getOperation();
    llvm::StringMap<FunctionSizes> sizes;
    if (failed(measure(module, sizes)))
      return signalPassFailure();
    for (auto function : module.getOps<func::FuncOp>()) {
      SmallVector<ForwardOp> forwards = getForwards(function);
      if (forwards.empty())
        continue;
      FunctionSizes &functionSizes = sizes[function.getName()];
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
                             const FunctionSizes &sizes, const Budget &budget,
                             Policy policy) {
    if (llvm::any_of(sizes.problems, [](const Problem &problem) {
          return ShapedType::isDynamic(problem.numSteps);
        })) {
      for (auto [forward, problem] : llvm::zip_equal(forwards, sizes.problems))
        attach(forward, problem, policy, /*keptBytes=*/0);
      return success();
    }
    int64_t available =
        budget.resolve(sizes.fullBytes()) - sizes.workspaceBytes;
    SmallVector<int64_t> kept;
    if (!split(sizes.problems, policy, available, kept))
      return infeasible(function, sizes, policy,
                        available + sizes.workspaceBytes);
    for (auto [op, problem, bytes] :
         llvm::zip_equal(forwards, sizes.problems, kept)) {
      ForwardOp forward = op;
      llvm::Expected<Plan> plan = solve(problem, policy, bytes);
      if (!plan)
        return forward.emitError() << llvm::toString(plan.takeError());
      if (llvm::Error wrong = verify(*plan))
        return forward.emitError("the plan does not hold: ")
               << llvm::toString(std::move(wrong));
      attach(forward, problem, policy, plan->keptBudgetBytes);
      report(forward, *plan, sizes, available + sizes.workspaceBytes);
    }
    return success();
  }

  /// Every recurrence gets its floor, and of what is left a share in proportion
  /// to what plain BPTT would keep for it.
  static bool split(ArrayRef<Problem> problems, Policy policy,
                    int64_t available, SmallVector<int64_t> &kept) {
    double wanted = 0;
    for (const Problem &problem : problems) {
      int64_t floor = minKeptBytes(problem, policy);
      kept.push_back(floor);
      available -= floor;
      wanted += std::max<int64_t>(0, fullKeptBytes(problem) - floor);
    }
    if (available < 0)
      return false;
    for (auto [problem, bytes] : llvm::zip_equal(problems, kept)) {
      double more = std::max<int64_t>(0, fullKeptBytes(problem) - bytes);
      if (problems.size() == 1)
        bytes += available;
      else if (wanted > 0)
        bytes += static_cast<int64_t>(std::min(1., available / wanted) * more);
    }
    return true;
  }

  LogicalResult infeasible(func::FuncOp function, const FunctionSizes &sizes,
                           Policy policy, int64_t budgetBytes) {
    int64_t kept = 0, running = 0, tape = 0, workspace = 0;
    for (const Problem &problem : sizes.problems) {
      kept += minKeptBytes(problem, policy);
      running += problem.reserves.runningBytes;
      tape += inProgressBytes(problem);
      workspace += fixedBytes(problem) - problem.reserves.runningBytes -
                   problem.reserves.gradientBytes - inProgressBytes(problem);
    }
    int64_t other = sizes.workspaceBytes - running - tape - workspace;
    return function.emitError()
           << "a budget of " << budgetBytes << " bytes is too small: @"
           << function.getName() << " needs at least "
           << sizes.workspaceBytes + kept << " bytes (" << kept << " kept, "
           << running << " running states, " << tape << " tape in progress, "
           << workspace << " workspace of the cells, " << other
           << " gradients of states and temporaries around the recurrences)";
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
                     const FunctionSizes &sizes, int64_t budgetBytes) {
    int64_t steps = std::max<int64_t>(1, plan.problem.numSteps);
    remark::passed(forward.getLoc(),
                   remark::RemarkOpts::name("Plan").category("bptt"))
        << llvm::formatv("{0} of {1} for {2} steps, plain BPTT takes {3}: "
                         "{4:f2} evaluations a "
                         "step, {5:f1} % more time",
                         formatBytes(sizes.workspaceBytes + plan.keptPeakBytes),
                         formatBytes(budgetBytes), plan.problem.numSteps,
                         formatBytes(sizes.fullBytes()),
                         double(plan.counts.forwardEvaluations) / steps,
                         (plan.timeRatio() - 1) * 100)
               .str();
  }
};

} // namespace
