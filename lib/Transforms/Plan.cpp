//===- Plan.cpp - Decide what every recurrence keeps ----------------------===//

#include "FunctionPlanner.h"
#include "TapeModes.h"

#include "bptt/Dialect/BPTT/IR/PlanProblem.h"
#include "bptt/Dialect/BPTT/IR/Recurrence.h"
#include "bptt/Planning/Budget.h"
#include "bptt/Planning/Solvers.h"
#include "bptt/Planning/Verify.h"
#include "bptt/Transforms/Arena.h"
#include "bptt/Transforms/CostsFile.h"
#include "bptt/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace bptt;
using namespace bptt::planning;

namespace bptt {
#define GEN_PASS_DEF_PLAN
#include "bptt/Transforms/Passes.h.inc"
} // namespace bptt

namespace {

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
    PlanRequest request{*parsedBudget, *parsedPolicy, std::nullopt, costs};
    if (!costs.empty()) {
      llvm::Expected<SmallVector<StepCosts>> read = readCosts(costs);
      if (!read)
        return fail(read.takeError());
      request.costs = std::move(*read);
    }
    if (failed(planAll(request)))
      return signalPassFailure();
  }

  LogicalResult planAll(const PlanRequest &request) {
    FailureOr<Measurement> measurement = Measurement::make(getOperation());
    if (failed(measurement))
      return failure();
    // All functions that recurrences apply.
    llvm::StringSet<> cells = getCellNames(getOperation());
    llvm::MapVector<func::FuncOp, NestedForwards> functions;
    llvm::DenseMap<Operation *, unsigned> numFunctions;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal() || cells.contains(function.getName()))
        continue;
      NestedForwards nested = collectNestedForwards(function);
      for (NestedForwards::Entry &entry : nested.all) {
        entry.forward.removePlanAttr();
        ++numFunctions[entry.forward];
      }
      functions.insert({function, std::move(nested)});
    }
    bool isAnyPlanned = false;
    for (auto &[function, nested] : functions) {
      if (getFirstSweeps(function).empty())
        continue;
      isAnyPlanned = true;
      // What several functions share has one plan for all of them.
      llvm::SmallBitVector mayPlan(nested.all.size());
      for (auto [number, entry] : llvm::enumerate(nested.all))
        mayPlan[number] = numFunctions[entry.forward] == 1;
      FunctionPlanner planner(*measurement, function, nested, mayPlan, request);
      llvm::Expected<FunctionPlan> plan = planner.plan();
      if (!plan)
        return fail(function, plan.takeError());
      if (failed(attach(function, nested, *plan, request.policy)))
        return failure();
    }
    if (!isAnyPlanned)
      warnOfValues();
    return success();
  }

  /// At the first recurrence: there are some, but none to plan.
  void warnOfValues() {
    getOperation().walk([](Operation *op) {
      if (!isa<ScanOp, StepOp, ChainOp>(op))
        return WalkResult::advance();
      op->emitWarning("nothing is planned: there is no gradient of a "
                      "recurrence; bptt-differentiate makes them");
      return WalkResult::interrupt();
    });
  }

  void fail(llvm::Error error) {
    getOperation().emitError() << llvm::toString(std::move(error));
    signalPassFailure();
  }

  /// An empty message stands for a diagnostic.
  static LogicalResult fail(func::FuncOp function, llvm::Error error) {
    std::string message = llvm::toString(std::move(error));
    if (!message.empty())
      function.emitError() << "@" << function.getName() << ": " << message;
    return failure();
  }

  static LogicalResult attach(func::FuncOp function, NestedForwards &nested,
                              const FunctionPlan &plan, Policy policy) {
    for (auto [entry, attr] : llvm::zip_equal(nested.all, plan.nested))
      entry.forward.setPlanAttr(attr);
    const SharedProblem &shared = plan.measured.shared;
    function->removeAttr(kUnplannedAttr);
    if (plan.floorBytes)
      function->setAttr(
          kUnplannedAttr,
          UnplannedAttr::get(function.getContext(), shared.plain->bytes,
                             shared.plain->cost, *plan.floorBytes));
    SmallVector<FirstSweepOpInterface> sweeps = getFirstSweeps(function);
    for (auto [op, modes, problem] :
         llvm::zip_equal(sweeps, plan.modes, shared.problems)) {
      FirstSweepOpInterface sweep = op;
      keepTapeModes(sweep, modes);
      if (plan.measured.isDynamic())
        attach(sweep, problem, policy, /*keptBytes=*/0);
    }
    for (auto [index, solved] : llvm::enumerate(plan.plans)) {
      FirstSweepOpInterface sweep = sweeps[index];
      if (llvm::Error wrong = verify(solved))
        return sweep->emitError("the plan does not hold: ")
               << llvm::toString(std::move(wrong));
      attach(sweep, solved.problem, policy, solved.keptBudgetBytes);
      report(sweep, plan, index);
    }
    // Of those that are left when tape modes are gone.
    for (NestedForwards::Entry &entry : collectNestedForwards(function).all)
      if (failed(checkNested(entry.forward)))
        return failure();
    return success();
  }

  static void attach(FirstSweepOpInterface forward, Problem problem,
                     Policy policy, int64_t keptBytes) {
    if (ShapedType::isDynamic(problem.numSteps))
      problem.numSteps = -1;
    forward.setPlanAttr(
        getPlanAttr(forward.getContext(), problem, policy, keptBytes));
  }

  static void remark(Operation *op, const Twine &text) {
    remark::passed(op->getLoc(),
                   remark::RemarkOpts::name("Plan").category("bptt"))
        << text.str();
  }

  static void report(FirstSweepOpInterface forward, const FunctionPlan &all,
                     size_t index) {
    const Plan &plan = all.plans[index];
    const SharedProblem &shared = all.measured.shared;
    int64_t steps = std::max<int64_t>(1, plan.problem.numSteps);
    int64_t plainCost = std::max<int64_t>(1, all.plainCosts[index]);
    remark(forward,
           llvm::formatv("{0} of {1} for {2} steps, plain BPTT takes {3}: "
                         "{4:f2} evaluations a step, {5:f1} % more time",
                         formatBytes(shared.otherBytes + plan.keptPeakBytes),
                         formatBytes(all.budgetBytes), plan.problem.numSteps,
                         formatBytes(shared.fullBytes()),
                         double(plan.counts.forwardEvaluations) / steps,
                         (double(plan.cost) / plainCost - 1) * 100)
               .str());
  }

  static LogicalResult checkNested(ForwardOp forward) {
    PlanAttr attr = forward.getPlanAttr();
    if (!attr)
      return success();
    llvm::Expected<Plan> plan =
        solve(bptt::getProblem(attr), getPolicy(attr), attr.getKept());
    if (!plan)
      return forward.emitError() << llvm::toString(plan.takeError());
    llvm::Error wrong = verify(*plan);
    if (!wrong && plan->keptPeakBytes != attr.getKept())
      wrong = llvm::createStringError("%lld bytes of the stack are used",
                                      (long long)plan->keptPeakBytes);
    if (wrong)
      return forward.emitError("the plan does not hold: ")
             << llvm::toString(std::move(wrong));
    int64_t steps = std::max<int64_t>(1, plan->problem.numSteps);
    remark(forward,
           llvm::formatv("inside a step: {0} kept for {1} steps, plain BPTT "
                         "keeps {2}: {3:f2} evaluations a step, {4:f1} % more "
                         "time",
                         formatBytes(attr.getKept()), plan->problem.numSteps,
                         formatBytes(fullKeptBytes(plan->problem)),
                         double(plan->counts.forwardEvaluations) / steps,
                         (plan->timeRatio() - 1) * 100)
               .str());
    return success();
  }
};

} // namespace
