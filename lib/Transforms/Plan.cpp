//===- Plan.cpp - Decide what every recurrence keeps ----------------------===//

#include "ChainMemory.h"
#include "RecurrenceMemory.h"
#include "TapeModes.h"

#include "bptt/Analysis/CostModel.h"
#include "bptt/Dialect/BPTT/IR/PlanProblem.h"
#include "bptt/Dialect/BPTT/IR/Recurrence.h"
#include "bptt/Planning/Budget.h"
#include "bptt/Planning/SharedBudget.h"
#include "bptt/Planning/Solvers.h"
#include "bptt/Planning/Verify.h"
#include "bptt/Transforms/Arena.h"
#include "bptt/Transforms/CostsFile.h"
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

using FirstSweeps = SmallVector<FirstSweepOpInterface>;

/// The recurrences of a function that are planned: not those inside a step,
/// which are part of its workspace.
FirstSweeps getForwards(func::FuncOp function, const llvm::StringSet<> &cells) {
  FirstSweeps forwards;
  if (!cells.contains(function.getName()))
    function.walk([&](FirstSweepOpInterface op) { forwards.push_back(op); });
  return forwards;
}

int64_t getCost(Operation *user, StringRef cell) {
  return estimateWork(lookUpCell(user, cell)).getNanoseconds();
}

/// What computes something again costs something.
TapeMode makeTapeMode(size_t index, int64_t bytes, int64_t extraCost) {
  return {bytes, index ? std::max<int64_t>(1, extraCost) : 0};
}

Problem getProblem(ForwardOp forward, const RecurrenceSizes &sizes) {
  BackwardOp backward = getBackward(forward);
  Problem problem;
  problem.numSteps = getStaticNumSteps(forward.getInputs(), forward.getSteps());
  problem.stateBytes = sizes.stateBytes;
  problem.costs = {getCost(forward, backward.getAdvance()),
                   getCost(forward, backward.getTaped()),
                   getCost(forward, backward.getAdjoint())};
  problem.tapeModes.clear();
  for (auto [index, mode] : llvm::enumerate(sizes.modes)) {
    int64_t extra = getCost(forward, backward.getAdjointIn(index).getValue()) -
                    problem.costs.backward;
    problem.tapeModes.push_back(makeTapeMode(index, mode.residualBytes, extra));
  }
  problem.reserves.runningBytes = 2 * sizes.stateBytes;
  problem.reserves.gradientBytes = sizes.stateBytes;
  problem.reserves.advanceWorkspaceBytes = sizes.advanceWorkspaceBytes;
  problem.reserves.tapedWorkspaceBytes =
      sizes.modes.front().tapedWorkspaceBytes;
  problem.reserves.backwardWorkspaceBytes =
      sizes.modes.front().backwardWorkspaceBytes;
  return problem;
}

Problem getProblem(ChainForwardOp forward, const ChainSizes &sizes) {
  ChainBackwardOp backward = getBackward(forward);
  Problem problem;
  problem.numSteps = sizes.numSteps();
  auto cost = [&](Attribute cell) {
    return getCost(forward, cast<FlatSymbolRefAttr>(cell).getValue());
  };
  for (int64_t step = 0; step < sizes.numSteps(); ++step) {
    ChainStep &one = problem.chain.emplace_back();
    one.stateBytes = sizes.states[step].bytes;
    one.costs = {cost(backward.getAdvance()[step]),
                 cost(backward.getTaped()[step]),
                 cost(backward.getAdjoint()[step])};
    for (auto [index, tape] : llvm::enumerate(sizes.residuals[step])) {
      int64_t extra =
          cost(backward.getAdjointIn(step, index)) - one.costs.backward;
      one.tapeModes.push_back(makeTapeMode(index, tape.bytes, extra));
    }
  }
  problem.reserves.runningBytes = sizes.runningBytes[0] + sizes.runningBytes[1];
  problem.reserves.gradientBytes =
      sizes.gradientBytes[0] + sizes.gradientBytes[1];
  problem.reserves.advanceWorkspaceBytes = sizes.advanceWorkspaceBytes;
  problem.reserves.tapedWorkspaceBytes = sizes.tapedWorkspaceBytes;
  return problem;
}

/// What a function's recurrences are in numbers.
struct MeasuredFunction {
  SharedProblem shared;
  /// As `chooseTapeModes` takes them.
  std::vector<std::vector<int64_t>> scratchBytes;

  /// The problem with the first mode of every recurrence alone.
  SharedProblem getFirstModes() const {
    SharedProblem first = shared;
    for (auto [problem, scratch] : llvm::zip(first.problems, scratchBytes)) {
      first.otherBytes -= *llvm::max_element(scratch);
      keepFirstTapeMode(problem);
    }
    return first;
  }
  bool isDynamic() const {
    return llvm::any_of(shared.problems, [](const Problem &problem) {
      return ShapedType::isDynamic(problem.numSteps);
    });
  }
};
using MeasuredFunctions = llvm::StringMap<MeasuredFunction>;

std::vector<int64_t> getScratchByMode(RecurrenceSizes sizes) {
  SmallVector<TapeSizes, 1> modes = sizes.modes;
  sizes.modes.resize(1);
  int64_t first = sizes.scratchBytes();
  std::vector<int64_t> scratch;
  for (const TapeSizes &mode : modes)
    scratch.push_back(std::max<int64_t>(0, mode.workspaceBytes() - first));
  return scratch;
}

std::vector<int64_t> getScratchByMode(const ChainSizes &sizes) {
  std::vector<int64_t> scratch{0};
  if (llvm::any_of(sizes.residuals,
                   [](const auto &modes) { return modes.size() > 1; }))
    scratch.push_back(sizes.scratchBytes() - sizes.firstScratchBytes());
  return scratch;
}

/// Bufferizes a clone of the module for the sizes of states, tapes and cells,
/// and goes on to its arena for the bytes around the stack. Numbers, not
/// guesses.
LogicalResult measure(ModuleOp module, const llvm::StringSet<> &cells,
                      MeasuredFunctions &functions) {
  functions.clear();
  OwningOpRef<ModuleOp> clone = module.clone();
  auto runPasses = [&](function_ref<void(OpPassManager &)> add) {
    PassManager pm(module.getContext());
    add(pm);
    return pm.run(*clone);
  };
  if (failed(runPasses(addBufferizationPasses)))
    return failure();
  for (auto function : clone->getOps<func::FuncOp>())
    for (FirstSweepOpInterface op : getForwards(function, cells)) {
      MeasuredFunction &measured = functions[function.getName()];
      if (auto chain = dyn_cast<ChainForwardOp>(op.getOperation())) {
        measured.shared.problems.push_back(
            getProblem(chain, getChainSizes(chain)));
        measured.scratchBytes.push_back(getScratchByMode(getChainSizes(chain)));
        continue;
      }
      auto forward = cast<ForwardOp>(op.getOperation());
      RecurrenceSizes sizes = getRecurrenceSizes(forward, getBackward(forward));
      measured.shared.problems.push_back(getProblem(forward, sizes));
      measured.scratchBytes.push_back(getScratchByMode(sizes));
    }
  if (failed(runPasses(
          [](OpPassManager &pm) { addExpansionPasses(pm, "rolled"); })))
    return failure();
  for (auto &entry : functions)
    entry.second.shared.otherBytes =
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
    cells = getCellNames(getOperation());
    MeasuredFunctions functions;
    if (failed(measureAll(measured, functions)))
      return signalPassFailure();
    // Fewer tape modes, other sizes.
    if (dropModes(functions, *parsedBudget, *parsedPolicy) &&
        failed(measureAll(measured, functions)))
      return signalPassFailure();
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      FirstSweeps forwards = getForwards(function, cells);
      if (!forwards.empty() &&
          failed(planFunction(function, forwards, functions[function.getName()],
                              *parsedBudget, *parsedPolicy)))
        return signalPassFailure();
    }
  }

  LogicalResult measureAll(ArrayRef<StepCosts> measured,
                           MeasuredFunctions &functions) {
    if (failed(measure(getOperation(), cells, functions)))
      return failure();
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (auto found = functions.find(function.getName());
          found != functions.end() &&
          failed(useCosts(function, measured, found->second.shared)))
        return failure();
    return success();
  }

  /// Takes the costs from the file, where there is one; what a further tape
  /// mode costs is estimated in proportion to the measured backward.
  LogicalResult useCosts(func::FuncOp function, ArrayRef<StepCosts> measured,
                         SharedProblem &shared) {
    if (costs.empty())
      return success();
    size_t numExpected = 0;
    for (const Problem &problem : shared.problems)
      numExpected += problem.isChain() ? problem.chain.size() : 1;
    if (measured.size() != numExpected)
      return function.emitError()
             << "'" << costs << "' has costs of " << measured.size()
             << " recurrences, expected " << numExpected
             << ": one each, of a chain one for every step";
    auto next = measured.begin();
    for (Problem &problem : shared.problems) {
      for (ChainStep &step : problem.chain)
        setCosts(step.costs, step.tapeModes, *next++);
      if (!problem.isChain())
        setCosts(problem.costs, problem.tapeModes, *next++);
    }
    return success();
  }

  static void setCosts(StepCosts &costs, std::vector<TapeMode> &modes,
                       const StepCosts &measured) {
    double scale = double(measured.backward) / costs.backward;
    for (TapeMode &mode : llvm::drop_begin(modes))
      mode.extraBackwardCost =
          std::max<int64_t>(1, mode.extraBackwardCost * scale);
    costs = measured;
  }

  void fail(llvm::Error error) {
    getOperation().emitError() << llvm::toString(std::move(error));
    signalPassFailure();
  }

  /// Takes away the tape modes that are not worth having in the budget; true if
  /// there were such. Where the length is known only at run time, those stay
  /// that need no more memory than the first.
  bool dropModes(MeasuredFunctions &functions, const Budget &budget,
                 Policy policy) {
    bool dropped = false;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      FirstSweeps forwards = getForwards(function, cells);
      const MeasuredFunction &measured = functions[function.getName()];
      if (llvm::all_of(measured.scratchBytes,
                       [](const auto &scratch) { return scratch.size() == 1; }))
        continue;
      SharedProblem first = measured.getFirstModes();
      std::optional<std::vector<int64_t>> kept;
      if (!measured.isDynamic()) {
        auto shares =
            shareBudget(first, policy, budget.resolve(first.fullBytes()));
        if (shares)
          kept = *shares;
        else // the plan says so
          llvm::consumeError(shares.takeError());
      }
      for (auto [index, op] : llvm::enumerate(forwards)) {
        ArrayRef<int64_t> scratch = measured.scratchBytes[index];
        llvm::SmallBitVector modes(scratch.size());
        for (unsigned mode = 0; mode < modes.size(); ++mode)
          modes[mode] = mode == 0 || (measured.isDynamic() && !scratch[mode]);
        if (kept)
          modes = chooseTapeModes(measured.shared.problems[index], policy,
                                  (*kept)[index], scratch);
        dropped |= !modes.all();
        keepTapeModes(op, modes);
      }
    }
    return dropped;
  }

  LogicalResult planFunction(func::FuncOp function,
                             ArrayRef<FirstSweepOpInterface> forwards,
                             const MeasuredFunction &measured,
                             const Budget &budget, Policy policy) {
    const SharedProblem &sizes = measured.shared;
    if (measured.isDynamic()) {
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
      FirstSweepOpInterface forward = op;
      llvm::Expected<Plan> plan = solve(problem, policy, bytes);
      if (!plan)
        return forward->emitError() << llvm::toString(plan.takeError());
      if (llvm::Error wrong = verify(*plan))
        return forward->emitError("the plan does not hold: ")
               << llvm::toString(std::move(wrong));
      attach(forward, problem, policy, plan->keptBudgetBytes);
      report(forward, *plan, sizes, budgetBytes);
    }
    return success();
  }

  static void attach(FirstSweepOpInterface forward, Problem problem,
                     Policy policy, int64_t keptBytes) {
    if (ShapedType::isDynamic(problem.numSteps))
      problem.numSteps = -1;
    forward.setPlanAttr(
        getPlanAttr(forward.getContext(), problem, policy, keptBytes));
  }

  static void report(FirstSweepOpInterface forward, const Plan &plan,
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

  llvm::StringSet<> cells; // all functions that recurrences apply
};

} // namespace
