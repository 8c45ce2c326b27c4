//===- SolveProblems.cpp - Planning problems without a program ------------===//

#include "bptt/Transforms/Passes.h"

#include "bptt/Dialect/BPTT/IR/PlanProblem.h"
#include "bptt/Planning/ActionText.h"
#include "bptt/Planning/Solvers.h"
#include "bptt/Planning/Verify.h"

using namespace mlir;
using namespace bptt;
using namespace bptt::planning;

namespace bptt {
#define GEN_PASS_DEF_SOLVEPROBLEMS
#define GEN_PASS_DEF_CHECKSOLUTIONS
#include "bptt/Transforms/Passes.h.inc"
} // namespace bptt

namespace {

Problem getProblem(ProblemOp op) {
  Problem problem = bptt::getProblem(op.getPlan());
  if (op.getCounted())
    problem.initialState = InitialState::Counted;
  return problem;
}

LogicalResult fail(ProblemOp op, llvm::Error error) {
  return op.emitError() << llvm::toString(std::move(error));
}

FailureOr<Plan> solveProblem(ProblemOp op) {
  if (op.getPlan().getSteps() < 0)
    return LogicalResult(
        op.emitError("has a length that is known only at run time"));
  llvm::Expected<Plan> plan =
      solve(getProblem(op), getPolicy(op.getPlan()), op.getPlan().getKept());
  if (!plan)
    return fail(op, plan.takeError());
  return *plan;
}

struct SolveProblems : bptt::impl::SolveProblemsBase<SolveProblems> {
  using SolveProblemsBase::SolveProblemsBase;

  void runOnOperation() override {
    for (auto op : getOperation().getOps<ProblemOp>())
      if (failed(attachSolution(op)))
        signalPassFailure();
  }

  LogicalResult attachSolution(ProblemOp op) {
    FailureOr<Plan> plan = solveProblem(op);
    if (failed(plan))
      return failure();
    op.setSolutionAttr(SolutionAttr::get(
        &getContext(), plan->keptPeakBytes, plan->counts.forwardEvaluations,
        plan->cost, plan->costLowerBound, toString(plan->exactness)));
    op.removeActionsAttr();
    if (!actions)
      return success();
    SmallVector<Attribute> texts;
    plan->forEachAction([&](const Action &action) {
      std::string text;
      llvm::raw_string_ostream(text) << action;
      texts.push_back(StringAttr::get(&getContext(), text));
      return true;
    });
    op.setActionsAttr(ArrayAttr::get(&getContext(), texts));
    return success();
  }
};

struct CheckSolutions : bptt::impl::CheckSolutionsBase<CheckSolutions> {
  void runOnOperation() override {
    for (auto op : getOperation().getOps<ProblemOp>())
      if (failed(check(op)))
        signalPassFailure();
  }

  static LogicalResult check(ProblemOp op) {
    SolutionAttr solution = op.getSolutionAttr();
    if (!solution)
      return op.emitError("has no solution; run bptt-solve-problems first");
    FailureOr<Replay> replayed = replaySolution(op);
    if (failed(replayed))
      return failure();
    const std::tuple<StringRef, int64_t, int64_t> numbers[] = {
        {"kept_peak", solution.getKeptPeak(), replayed->keptPeakBytes},
        {"evaluations", solution.getEvaluations(),
         replayed->counts.forwardEvaluations},
        {"cost", solution.getCost(), replayed->cost}};
    for (auto [name, stated, found] : numbers)
      if (stated != found)
        return op.emitError() << "says that " << name << " is " << stated
                              << ", a replay finds " << found;
    return checkBound(op, solution.getBound());
  }

  /// The plan of the solver, where it has one, is no proof that a bound holds,
  /// but it can refute it.
  static LogicalResult checkBound(ProblemOp op, int64_t bound) {
    llvm::Expected<Plan> plan =
        solve(getProblem(op), getPolicy(op.getPlan()), op.getPlan().getKept());
    if (!plan) {
      llvm::consumeError(plan.takeError());
      return success();
    }
    if (plan->cost < bound)
      return op.emitError() << "says that no plan costs less than " << bound
                            << ", one costs " << plan->cost;
    return success();
  }

  /// Of the actions that stand there, else of those that follow from the
  /// problem.
  static FailureOr<Replay> replaySolution(ProblemOp op) {
    Problem problem = getProblem(op);
    llvm::Error error = problem.check();
    if (error)
      return fail(op, std::move(error));
    Replayer replayer(problem, op.getPlan().getKept());
    if (ArrayAttr texts = op.getActionsAttr()) {
      for (auto text : texts.getAsRange<StringAttr>()) {
        llvm::Expected<Action> action = parseAction(text.getValue());
        if (!action)
          return fail(op, action.takeError());
        if (llvm::Error wrong = replayer.apply(*action))
          return fail(op, std::move(wrong));
      }
    } else {
      FailureOr<Plan> plan = solveProblem(op);
      if (failed(plan))
        return failure();
      plan->forEachAction([&](const Action &action) {
        error = replayer.apply(action);
        return !error;
      });
      if (error)
        return fail(op, std::move(error));
    }
    llvm::Expected<Replay> replayed = replayer.finish();
    if (!replayed)
      return fail(op, replayed.takeError());
    return *replayed;
  }
};

} // namespace
