//===- Tables.cpp - Plans as text, JSON and CSV ---------------------------===//

#include "bptt/Planning/Report/Report.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"

using namespace bptt::planning;

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

static void writeShare(llvm::raw_ostream &os, int64_t bytes, int64_t full) {
  os << bytes << " bytes";
  if (full > 0)
    os << llvm::format(" (%.2f %% of plain BPTT)",
                       100.0 * double(bytes) / double(full));
  os << '\n';
}

static void writeExactness(llvm::raw_ostream &os, const Plan &plan) {
  os << toString(plan.exactness);
  if (plan.cost != plan.costLowerBound)
    os << llvm::format(", at most %.3f %% above the optimum",
                       100 * plan.knownGap());
  os << '\n';
}

void bptt::planning::writeText(llvm::raw_ostream &os, const Plan &plan,
                               const Accounting &accounting, bool withActions) {
  int64_t t = plan.problem.numSteps;
  os << "policy        " << toString(plan.policy) << ", ";
  writeExactness(os, plan);
  os << "steps         " << t << '\n';
  os << (accounting.isTotal ? "budget        " : "kept budget   ");
  writeShare(os, accounting.budgetBytes, accounting.fullBytes);
  if (accounting.isTotal) {
    os << "planned peak  ";
    writeShare(os, plan.totalPeakBytes(), accounting.fullBytes);
  }
  os << "kept peak     " << plan.keptPeakBytes << " bytes\n";
  os << "floor         " << accounting.floorBytes << " bytes\n";
  os << "evaluations   " << plan.counts.forwardEvaluations << " ("
     << plan.counts.advances << " advances + " << plan.counts.tapedForwards
     << " taped forwards)";
  if (t > 0)
    os << llvm::format(", %.3f a step",
                       double(plan.counts.forwardEvaluations) / double(t));
  os << "\ntime ratio    " << llvm::format("%.4f", plan.timeRatio()) << '\n';
  if (!withActions)
    return;
  int64_t index = 0;
  plan.forEachAction([&](const Action &action) {
    os << llvm::format_decimal(index++, 8) << "  " << action << '\n';
    return true;
  });
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

static void writeJsonAction(llvm::json::OStream &json, const Action &action) {
  json.object([&] {
    json.attribute("kind", toString(action.kind));
    json.attribute("begin", action.beginStep);
    json.attribute("end", action.endStep);
    if (action.offsetBytes != kNoOffset)
      json.attribute("offset", action.offsetBytes);
    if (action.kind == ActionKind::TapedForward ||
        action.kind == ActionKind::Backward)
      json.attribute("state_offset", action.stateOffsetBytes);
    if (action.tapeMode != 0)
      json.attribute("tape_mode", action.tapeMode);
  });
}

static void writeJsonBudget(llvm::json::OStream &json, const Problem &problem,
                            Policy policy, const Accounting &accounting,
                            bool isFeasible) {
  json.attribute("steps", problem.numSteps);
  json.attribute("policy", toString(policy));
  json.attribute("budget", accounting.budgetBytes);
  json.attribute("budget_counts", accounting.isTotal ? "everything" : "kept");
  json.attribute("feasible", isFeasible);
  json.attribute("floor", accounting.floorBytes);
  json.attribute("full", accounting.fullBytes);
}

/// What `exact`, the lower bound and the gap speak of: every plan within the
/// budget, or those alone that the policy would make.
static llvm::StringRef boundCovers(const Plan &plan) {
  return plan.policy == Policy::Optimal ? "every plan" : "the policy";
}

void bptt::planning::writeJsonPlan(llvm::json::OStream &json, const Plan &plan,
                                   const Accounting &accounting,
                                   bool withActions) {
  writeJsonBudget(json, plan.problem, plan.policy, accounting, true);
  json.attribute("kept_peak", plan.keptPeakBytes);
  if (accounting.isTotal)
    json.attribute("planned_peak", plan.totalPeakBytes());
  json.attribute("forward_evaluations", plan.counts.forwardEvaluations);
  json.attribute("advances", plan.counts.advances);
  json.attribute("taped_forwards", plan.counts.tapedForwards);
  json.attribute("backwards", plan.counts.backwards);
  if (plan.checkpointBytes >= 0)
    json.attribute("checkpoint_bytes", plan.checkpointBytes);
  json.attribute("time_ratio", plan.timeRatio());
  if (plan.exactness == Exactness::Exact)
    json.attribute("exact", true);
  else
    json.attribute("exact", toString(plan.exactness));
  json.attribute("cost", plan.cost);
  json.attribute("cost_lower_bound", plan.costLowerBound);
  json.attribute("bound_covers", boundCovers(plan));
  json.attribute("known_gap", plan.knownGap());
  if (!withActions)
    return;
  // Known only when the actions have been made, once.
  int64_t numFirstSweepActions = 0;
  bool isFirstSweep = true;
  json.attributeArray("actions", [&] {
    plan.forEachAction([&](const Action &action) {
      isFirstSweep = isFirstSweep && !isBackward(action);
      numFirstSweepActions += isFirstSweep;
      writeJsonAction(json, action);
      return true;
    });
  });
  json.attribute("first_sweep_actions", numFirstSweepActions);
}

void bptt::planning::writeJson(llvm::raw_ostream &os, const Plan &plan,
                               const Accounting &accounting, bool withActions) {
  llvm::json::OStream json(os, 2);
  json.object([&] { writeJsonPlan(json, plan, accounting, withActions); });
  os << '\n';
}

void bptt::planning::writeInfeasibleJson(llvm::raw_ostream &os,
                                         const Problem &problem, Policy policy,
                                         const Accounting &accounting) {
  llvm::json::OStream json(os, 2);
  json.object(
      [&] { writeJsonBudget(json, problem, policy, accounting, false); });
  os << '\n';
}

void bptt::planning::writeCurveJson(llvm::raw_ostream &os,
                                    llvm::ArrayRef<CurvePoint> points) {
  llvm::json::OStream json(os, 2);
  json.array([&] {
    for (const CurvePoint &point : points)
      json.object([&] {
        json.attribute("policy", toString(point.policy));
        json.attribute("budget", point.budgetBytes);
        json.attribute("kept_peak", point.keptPeakBytes);
        json.attribute("forward_evaluations", point.forwardEvaluations);
        json.attribute("time_ratio", point.timeRatio);
        json.attribute("exact", toString(point.exactness));
      });
  });
  os << '\n';
}

//===----------------------------------------------------------------------===//
// CSV
//===----------------------------------------------------------------------===//

static void writeCsvActions(llvm::raw_ostream &os, const Plan &plan) {
  os << "action,kind,begin_step,end_step,tape_mode,offset_bytes,"
        "state_offset_bytes\n";
  int64_t index = 0;
  plan.forEachAction([&](const Action &action) {
    os << index++ << ',' << toString(action.kind) << ',' << action.beginStep
       << ',' << action.endStep << ',' << action.tapeMode << ','
       << action.offsetBytes << ',' << action.stateOffsetBytes << '\n';
    return true;
  });
}

void bptt::planning::writeCsv(llvm::raw_ostream &os, const Plan &plan,
                              const Accounting &accounting, bool withActions) {
  if (withActions)
    return writeCsvActions(os, plan);
  writeCsvNames(os);
  writeCsvNumbers(os, plan, accounting);
}

void bptt::planning::writeCsvNames(llvm::raw_ostream &os) {
  os << "steps,policy,budget,floor,kept_peak,forward_evaluations,advances,"
        "taped_forwards,time_ratio,exact,cost,cost_lower_bound\n";
}

void bptt::planning::writeCsvNumbers(llvm::raw_ostream &os, const Plan &plan,
                                     const Accounting &accounting) {
  os << plan.problem.numSteps << ',' << toString(plan.policy) << ','
     << accounting.budgetBytes << ',' << accounting.floorBytes << ','
     << plan.keptPeakBytes << ',' << plan.counts.forwardEvaluations << ','
     << plan.counts.advances << ',' << plan.counts.tapedForwards << ','
     << llvm::format("%.6f", plan.timeRatio()) << ','
     << toString(plan.exactness) << ',' << plan.cost << ','
     << plan.costLowerBound << '\n';
}

void bptt::planning::writeCurveCsv(llvm::raw_ostream &os,
                                   llvm::ArrayRef<CurvePoint> points) {
  os << "policy,budget,kept_peak,forward_evaluations,time_ratio,exact\n";
  for (const CurvePoint &point : points)
    os << toString(point.policy) << ',' << point.budgetBytes << ','
       << point.keptPeakBytes << ',' << point.forwardEvaluations << ','
       << llvm::format("%.6f", point.timeRatio) << ','
       << toString(point.exactness) << '\n';
}
