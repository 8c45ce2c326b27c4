//===- bptt-plan.cpp - What a plan costs, before any program exists -------===//

#include "Options.h"

#include "bptt/Planning/Report/Report.h"
#include "bptt/Planning/Solvers.h"

#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/WithColor.h"

using namespace bptt::planning;

static llvm::Error writeCurve(llvm::raw_ostream &os, const Options &options) {
  llvm::ArrayRef<Policy> policies = allPolicies();
  if (options.policyIsGiven)
    policies = options.policy;
  const CurveRange &range = *options.curve;
  std::vector<std::string> skipped;
  llvm::Expected<std::vector<CurvePoint>> points = computeCurve(
      options.problem, policies,
      curveBudgets(range.leastBytes, range.mostBytes, range.numPoints),
      options.isTotal, skipped);
  if (!points)
    return points.takeError();
  for (const std::string &reason : skipped)
    llvm::WithColor::warning(llvm::errs(), "bptt-plan") << reason << '\n';
  switch (options.format) {
  case Format::Json:
    writeCurveJson(os, *points);
    break;
  case Format::Csv:
    writeCurveCsv(os, *points);
    break;
  case Format::Svg:
    writeCurveSvg(os, *points);
    break;
  case Format::Text:
  case Format::Trace: // refused with the options
    writeCurveText(os, *points);
    break;
  }
  return llvm::Error::success();
}

static llvm::Error writeResult(llvm::raw_ostream &os, const Plan &plan,
                               const Accounting &accounting,
                               const Options &options) {
  switch (options.format) {
  case Format::Text:
    writeText(os, plan, accounting, options.withActions);
    break;
  case Format::Json:
    writeJson(os, plan, accounting, options.withActions);
    break;
  case Format::Csv:
    writeCsv(os, plan, accounting, options.withActions);
    break;
  case Format::Trace:
    writeTrace(os, plan);
    break;
  case Format::Svg:
    return writeSvg(os, plan);
  }
  return llvm::Error::success();
}

/// Floors are the policy's, in the accounting of the budget.
static Accounting accountingOf(const Options &options) {
  Accounting accounting;
  accounting.isTotal = options.isTotal;
  accounting.budgetBytes = options.budgetBytes;
  accounting.fullBytes = options.fullBytes;
  accounting.floorBytes = options.isTotal
                              ? floorBytes(options.problem, options.policy)
                              : minKeptBytes(options.problem, options.policy);
  return accounting;
}

static llvm::Error writePlan(llvm::raw_ostream &os, const Options &options) {
  Accounting accounting = accountingOf(options);
  llvm::Expected<Plan> plan =
      options.isTotal
          ? solveWithin(options.problem, options.policy, options.budgetBytes)
          : solve(options.problem, options.policy, options.budgetBytes);
  if (plan)
    return writeResult(os, *plan, accounting, options);
  llvm::Error error = plan.takeError();
  // A program that reads JSON learns the floor without parsing the message.
  if (error.isA<InfeasibleBudget>() && options.format == Format::Json &&
      options.outputFile == "-")
    writeInfeasibleJson(os, options.problem, options.policy, accounting);
  return error;
}

static llvm::Error run(int argc, char **argv) {
  llvm::Expected<Options> options = parseOptions(argc, argv);
  if (!options)
    return options.takeError();
  // Written aside and renamed: a failure leaves no partial file.
  return llvm::writeToOutput(options->outputFile,
                             [&](llvm::raw_ostream &os) -> llvm::Error {
                               return options->curve ? writeCurve(os, *options)
                                                     : writePlan(os, *options);
                             });
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  if (llvm::Error error = run(argc, argv)) {
    llvm::WithColor::error(llvm::errs(), "bptt-plan")
        << llvm::toString(std::move(error)) << '\n';
    return 1;
  }
  return 0;
}
