//===- ModelReport.cpp - What the recurrences of a program cost -----------===//

#include "Model.h"
#include "Output.h"

#include "bptt/Planning/Solvers.h"
#include "bptt/Runtime/ProgramPlan.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

using namespace bptt::planning;
using bptt::ProgramPlan;

namespace {

/// Over all recurrences.
struct Totals {
  int64_t forwardEvaluations = 0;
  double timeRatio = 1;
  Exactness exactness = Exactness::Exact;
};

} // namespace

static Totals sumUp(const ProgramPlan &program) {
  Totals totals;
  totals.timeRatio = program.timeRatio;
  for (const Plan &plan : program.plans) {
    totals.forwardEvaluations += plan.counts.forwardEvaluations;
    if (plan.exactness != Exactness::Exact)
      totals.exactness = plan.exactness;
  }
  return totals;
}

static llvm::Expected<ProgramPlan> planWithin(const Model &model, Policy policy,
                                              int64_t budgetBytes) {
  Budget budget;
  budget.kind = Budget::Kind::Bytes;
  budget.bytes = budgetBytes;
  if (!model.measureFor)
    return bptt::planProgram(model.shared, policy, budget);
  llvm::Expected<SharedProblem> shared = model.measureFor(policy, budgetBytes);
  if (!shared)
    return shared.takeError();
  return bptt::planProgram(*shared, policy, budget);
}

/// One recurrence has its kept bytes for a budget.
static Accounting keptAccounting(const Plan &plan) {
  Accounting accounting;
  accounting.budgetBytes = plan.keptBudgetBytes;
  accounting.floorBytes = minKeptBytes(plan.problem, plan.policy);
  accounting.fullBytes = fullKeptBytes(plan.problem);
  return accounting;
}

static void writeSizes(llvm::raw_ostream &os, const Problem &problem) {
  os << "state         " << problem.stateBytes << " bytes\n";
  for (const TapeMode &mode : problem.tapeModes) {
    os << "residuals     " << mode.residualBytes << " bytes";
    if (mode.extraBackwardCost > 0)
      os << ", a backward costs " << mode.extraBackwardCost << " more than "
         << problem.costs.backward;
    os << '\n';
  }
}

/// A line for each run of equal steps.
static void writeChainSizes(llvm::raw_ostream &os, const Problem &problem) {
  auto describe = [&](const ChainStep &step) {
    std::string text =
        llvm::formatv("state {0} bytes, residuals {1} bytes, costs {2}, "
                      "{3} taped, {4} backward",
                      step.stateBytes, step.tapeModes.front().residualBytes,
                      step.costs.advance, step.costs.taped, step.costs.backward)
            .str();
    for (const TapeMode &mode : llvm::drop_begin(step.tapeModes))
      text += llvm::formatv("; or residuals {0} bytes, {1} more backward",
                            mode.residualBytes, mode.extraBackwardCost)
                  .str();
    return text;
  };
  for (size_t begin = 0, end; begin < problem.chain.size(); begin = end) {
    std::string text = describe(problem.chain[begin]);
    for (end = begin + 1;
         end < problem.chain.size() && describe(problem.chain[end]) == text;)
      ++end;
    os << llvm::formatv("steps         {0}..{1}: {2}\n", begin, end, text);
  }
}

static void writeModelText(llvm::raw_ostream &os, const Model &model,
                           const ProgramPlan &program, const Options &options) {
  auto writeBytes = [&](const char *name, int64_t bytes) {
    os << llvm::format("%-14s", name) << bytes << " bytes";
    os << llvm::format(" (%.2f %% of plain BPTT)\n",
                       100.0 * double(bytes) / double(program.fullBytes));
  };
  Totals totals = sumUp(program);
  os << "function      @" << model.function << ", " << program.plans.size()
     << (program.plans.size() == 1 ? " recurrence\n" : " recurrences\n");
  writeBytes("budget", program.budgetBytes);
  writeBytes("planned peak", program.arenaBytes());
  writeBytes("floor", program.floorBytes);
  os << "evaluations   " << totals.forwardEvaluations << "\ntime ratio    "
     << llvm::format("%.4f", totals.timeRatio) << '\n';
  for (auto [index, plan] : llvm::enumerate(program.plans)) {
    os << "\nrecurrence #" << index << '\n';
    plan.problem.isChain() ? writeChainSizes(os, plan.problem)
                           : writeSizes(os, plan.problem);
    writeText(os, plan, keptAccounting(plan), options.withActions);
  }
  for (auto [index, nested] : llvm::enumerate(program.nested)) {
    os << "\ninside a step #" << index << '\n';
    writeSizes(os, nested.problem);
    os << "steps         " << nested.problem.numSteps << "\nkept          "
       << nested.keptBytes << " bytes of " << fullKeptBytes(nested.problem)
       << '\n';
  }
}

static void writeJsonModes(llvm::json::OStream &json,
                           llvm::ArrayRef<TapeMode> modes) {
  json.attributeArray("tape_modes", [&] {
    for (const TapeMode &mode : modes)
      json.object([&] {
        json.attribute("bytes", mode.residualBytes);
        json.attribute("cost", mode.extraBackwardCost);
      });
  });
}

static void writeJsonCosts(llvm::json::OStream &json, const StepCosts &costs) {
  json.attribute("advance_cost", costs.advance);
  json.attribute("taped_cost", costs.taped);
  json.attribute("backward_cost", costs.backward);
}

static void writeJsonSizes(llvm::json::OStream &json, const Problem &problem) {
  json.attribute("state_bytes", problem.stateBytes);
  writeJsonModes(json, problem.tapeModes);
  writeJsonCosts(json, problem.costs);
}

static void writeJsonChain(llvm::json::OStream &json, const Problem &problem) {
  json.attributeArray("chain", [&] {
    for (const ChainStep &step : problem.chain)
      json.object([&] {
        json.attribute("state_bytes", step.stateBytes);
        writeJsonModes(json, step.tapeModes);
        writeJsonCosts(json, step.costs);
      });
  });
}

static void writeJsonBudget(llvm::json::OStream &json, const Model &model,
                            const Options &options, bool isFeasible,
                            int64_t floorBytes, int64_t fullBytes) {
  json.attribute("function", model.function);
  json.attribute("policy", toString(options.policy));
  json.attribute("budget", options.budgetBytes);
  json.attribute("feasible", isFeasible);
  json.attribute("floor", floorBytes);
  json.attribute("full", fullBytes);
}

static void writeModelJson(llvm::raw_ostream &os, const Model &model,
                           const ProgramPlan &program, const Options &options) {
  llvm::json::OStream json(os, 2);
  Totals totals = sumUp(program);
  json.object([&] {
    writeJsonBudget(json, model, options, true, program.floorBytes,
                    program.fullBytes);
    json.attribute("planned_peak", program.arenaBytes());
    json.attribute("table_bytes", program.tableBytes);
    json.attribute("forward_evaluations", totals.forwardEvaluations);
    json.attribute("time_ratio", totals.timeRatio);
    json.attributeArray("recurrences", [&] {
      for (const Plan &plan : program.plans)
        json.object([&] {
          if (plan.problem.isChain())
            writeJsonChain(json, plan.problem);
          else
            writeJsonSizes(json, plan.problem);
          writeJsonPlan(json, plan, keptAccounting(plan), options.withActions);
        });
    });
    json.attributeArray("inside_steps", [&] {
      for (const NestedRecurrence &nested : program.nested)
        json.object([&] {
          writeJsonSizes(json, nested.problem);
          json.attribute("steps", nested.problem.numSteps);
          json.attribute("kept", nested.keptBytes);
        });
    });
  });
  os << '\n';
}

/// A program that reads JSON learns the floor without parsing the message.
static llvm::Error reportInfeasible(llvm::raw_ostream &os, const Model &model,
                                    const Options &options, llvm::Error error) {
  if (options.format != Format::Json || options.outputFile != "-")
    return error;
  return llvm::handleErrors(
      std::move(error),
      [&](std::unique_ptr<InfeasibleBudget> infeasible) -> llvm::Error {
        llvm::json::OStream json(os, 2);
        json.object([&] {
          writeJsonBudget(json, model, options, false, infeasible->floorBytes,
                          model.shared.fullBytes());
        });
        os << '\n';
        return llvm::Error(std::move(infeasible));
      });
}

static llvm::Error writeModelPlan(llvm::raw_ostream &os, const Model &model,
                                  const Options &options) {
  llvm::Expected<ProgramPlan> program =
      planWithin(model, options.policy, options.budgetBytes);
  if (!program)
    return reportInfeasible(os, model, options, program.takeError());
  if (options.format == Format::Text)
    writeModelText(os, model, *program, options);
  else if (options.format == Format::Json)
    writeModelJson(os, model, *program, options);
  else if (program->plans.size() == 1)
    return writePlanAs(os, program->plans.front(),
                       keptAccounting(program->plans.front()), options);
  else if (options.format == Format::Csv && !options.withActions) {
    writeCsvNames(os);
    for (const Plan &plan : program->plans)
      writeCsvNumbers(os, plan, keptAccounting(plan));
  } else
    return llvm::createStringError(
        "a picture or a table of actions is of one recurrence, @" +
        model.function + " has " + llvm::Twine(program->plans.size()));
  return llvm::Error::success();
}

static llvm::Error addCurve(std::vector<CurvePoint> &points, const Model &model,
                            Policy policy, const CurveRange &range) {
  int64_t floor = policy == Policy::Optimal && model.shared.leastBytes
                      ? model.shared.leastBytes
                      : model.shared.floorBytes(policy);
  for (int64_t budget :
       curveBudgets(range.leastBytes, range.mostBytes, range.numPoints)) {
    if (budget < floor)
      continue;
    llvm::Expected<ProgramPlan> program = planWithin(model, policy, budget);
    if (!program)
      return program.takeError();
    Totals totals = sumUp(*program);
    points.push_back({policy, budget, program->stackBytes,
                      totals.forwardEvaluations, totals.timeRatio,
                      totals.exactness});
  }
  return llvm::Error::success();
}

static llvm::Error writeModelCurve(llvm::raw_ostream &os, const Model &model,
                                   const Options &options) {
  llvm::ArrayRef<Policy> policies = allPolicies();
  if (options.policyIsGiven)
    policies = options.policy;
  std::vector<CurvePoint> points;
  std::vector<std::string> skipped;
  for (Policy policy : policies)
    if (auto e = addCurve(points, model, policy, *options.curve))
      skipped.push_back(llvm::toString(std::move(e)));
  return writeCurveAs(os, points, skipped, options);
}

llvm::Error bptt::planning::writeModel(llvm::raw_ostream &os,
                                       const Model &model, Options options) {
  if (auto e = resolveBudgets(options, model.shared.fullBytes()))
    return e;
  return options.curve ? writeModelCurve(os, model, options)
                       : writeModelPlan(os, model, options);
}
