//===- bptt-plan.cpp - What a plan costs, before any program exists -------===//

#include "Model.h"
#include "Output.h"

#include "bptt/Planning/Report/Chart.h"
#include "bptt/Planning/Solvers.h"
#include "bptt/Support/OutputFile.h"

#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
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
  return writeCurveAs(os, *points, skipped, options);
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
    return writePlanAs(os, *plan, accounting, options);
  llvm::Error error = plan.takeError();
  // A program that reads JSON learns the floor without parsing the message.
  if (error.isA<InfeasibleBudget>() && options.format == Format::Json &&
      options.outputFile == "-")
    writeInfeasibleJson(os, options.problem, options.policy, accounting);
  return error;
}

static llvm::Error drawChart(llvm::raw_ostream &os, const Options &options) {
  auto buffer = llvm::MemoryBuffer::getFile(options.chartFile, /*IsText=*/true);
  if (!buffer)
    return llvm::createStringError(options.chartFile + ": " +
                                   buffer.getError().message());
  llvm::Expected<Chart> chart =
      parseChart((*buffer)->getBuffer(), options.chartFile);
  if (!chart)
    return chart.takeError();
  writeChart(os, *chart);
  return llvm::Error::success();
}

static llvm::Error write(llvm::raw_ostream &os, const Options &options,
                         const std::optional<Model> &model) {
  if (!options.chartFile.empty())
    return drawChart(os, options);
  if (model)
    return writeModel(os, *model, options);
  return options.curve ? writeCurve(os, options) : writePlan(os, options);
}

static llvm::Error run(int argc, char **argv) {
  llvm::Expected<Options> options = parseOptions(argc, argv);
  if (!options)
    return options.takeError();
  std::optional<Model> model;
  if (!options->modelFile.empty()) {
    llvm::Expected<Model> read = readModel(*options);
    if (!read)
      return read.takeError();
    model = std::move(*read);
  }
  bptt::OutputFiles files;
  llvm::Expected<llvm::raw_ostream *> os = files.open(options->outputFile);
  if (!os)
    return os.takeError();
  if (llvm::Error error = write(**os, *options, model))
    return error;
  return files.keep();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  llvm::Error error = run(argc, argv);
  if (!error)
    return 0;
  // Diagnostics of a program have been printed; their error says nothing more.
  std::string message = llvm::toString(std::move(error));
  if (!message.empty())
    llvm::WithColor::error(llvm::errs(), "bptt-plan") << message << '\n';
  return 1;
}
