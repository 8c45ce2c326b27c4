//===- bptt-exec.cpp - Run a compiled library -----------------------------===//

#include "Machine.h"
#include "Options.h"

#include "../shared/Report.h"
#include "../shared/Statistics.h"

#include "bptt/Arrays/Compare.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

using namespace bptt;

namespace {

llvm::Expected<std::unique_ptr<Machine>>
makeMachine(const Library &library, const ExecOptions &options) {
  llvm::StringRef target = library.program().target;
  if (target == "cpu") {
    if (options.graph)
      return llvm::createStringError("--graph is for libraries for a GPU");
    return makeHost(library);
  }
  if (target != "cuda")
    return llvm::createStringError("the library is for '" + target +
                                   "', expected 'cpu' or 'cuda'");
  return makeDevice(library, options.device, options.graphLaunches);
}

llvm::Expected<PlanHandle> makePlan(const Library &library,
                                    llvm::ArrayRef<int64_t> extents,
                                    int64_t budgetBytes) {
  bptt_plan *plan = nullptr;
  bptt_message message;
  bptt_status status =
      bptt_plan_create(&library.program(), extents.data(), extents.size(),
                       budgetBytes, &plan, &message);
  if (llvm::Error error = toError(status, message))
    return std::move(error);
  return PlanHandle(plan);
}

/// What `library` is given in place of `arguments`. Floats may be widened to
/// f64, which is exact. Fails where they do not fit.
llvm::Expected<std::vector<Array>> adapt(llvm::ArrayRef<Array> arguments,
                                         const Library &library,
                                         llvm::StringRef path) {
  auto mismatch = [&] {
    return llvm::createStringError("'" + path + "' takes other arguments");
  };
  std::vector<ArrayType> types = library.argumentTypes();
  if (types.size() != arguments.size())
    return mismatch();
  std::vector<Array> adapted;
  for (const auto &[argument, type] : llvm::zip(arguments, types)) {
    auto array = type.element == ElementType::F64 ? argument.widened()
                                                  : argument.clone();
    if (!array)
      return array.takeError();
    if (!type.accepts(array->type()))
      return mismatch();
    adapted.push_back(std::move(*array));
  }
  return std::move(adapted);
}

/// The results of another library of the same function, everything kept.
llvm::Expected<std::vector<Array>> runOther(llvm::ArrayRef<Array> given,
                                            const ExecOptions &options) {
  auto library = Library::load(options.against);
  if (!library)
    return library.takeError();
  auto arguments = adapt(given, *library, options.against);
  if (!arguments)
    return arguments.takeError();
  ExecOptions otherOptions;
  otherOptions.device = options.device;
  auto machine = makeMachine(*library, otherOptions);
  if (!machine)
    return machine.takeError();
  auto plan = makePlan(*library, library->extents(*arguments), BPTT_BUDGET_MAX);
  if (!plan)
    return plan.takeError();
  if (llvm::Error error =
          (*machine)->prepare(*arguments, library->resultTypes(*arguments),
                              bptt_plan_workspace_bytes(plan->get())))
    return std::move(error);
  auto ran = (*machine)->run(plan->get(), {});
  if (!ran)
    return ran.takeError();
  return (*machine)->getResults();
}

/// Runs one library as the options say.
class Executor {
public:
  Executor(const Library &library, const ExecOptions &options)
      : library(library), program(library.program()), options(options) {}

  llvm::Expected<Report> run() {
    auto made =
        makeArguments(program.name, library.argumentTypes(), options.arguments);
    if (!made)
      return made.takeError();
    arguments = std::move(*made);
    extents = library.extents(arguments);
    OutputFiles outputs;
    auto streams = openResults(options.results, program.num_results, outputs);
    if (!streams)
      return streams.takeError();
    if (llvm::Error error = plan())
      return std::move(error);
    auto found = makeMachine(library, options);
    if (!found)
      return found.takeError();
    machine = std::move(*found);
    if (llvm::Error error = machine->prepare(
            arguments, library.resultTypes(arguments), workspaceBytes))
      return std::move(error);
    if (llvm::Error error = measure())
      return std::move(error);
    if (!options.against.empty())
      if (llvm::Error error = compareWithOther())
        return std::move(error);
    writeResults(results, *streams);
    if (llvm::Error error = outputs.keep())
      return std::move(error);
    return std::move(report);
  }

private:
  llvm::Error plan() {
    int64_t budgetBytes = BPTT_BUDGET_DEFAULT;
    bptt_message message;
    if (!options.budget.empty())
      if (bptt_status status =
              bptt_parse_budget(&program, extents.data(), extents.size(),
                                options.budget.c_str(), &budgetBytes, &message))
        return toError(status, message);
    auto made = makePlan(library, extents, budgetBytes);
    if (!made)
      return made.takeError();
    chosen = std::move(*made);
    workspaceBytes = bptt_plan_workspace_bytes(chosen.get());
    describe();
    if (!options.check)
      return llvm::Error::success();
    auto full = makePlan(library, extents, BPTT_BUDGET_MAX);
    if (!full)
      return full.takeError();
    plain = std::move(*full);
    workspaceBytes =
        std::max(workspaceBytes, bptt_plan_workspace_bytes(plain.get()));
    return llvm::Error::success();
  }

  void describe() {
    bptt_plan_info info;
    bptt_plan_describe(chosen.get(), &info);
    report.function = program.name;
    report.policy = program.policy;
    report.recurrences = program.num_recurrences;
    report.steps = info.steps;
    report.budgetBytes = info.budget_bytes;
    report.floorBytes = info.floor_bytes;
    report.fullBytes = info.full_bytes;
    report.plannedPeakBytes = info.workspace_bytes;
    report.tableBytes = info.table_bytes;
    report.plannedForwardEvaluations = info.forward_evaluations;
    report.plannedTimeRatio = info.time_ratio;
    report.exactness = info.exactness;
  }

  /// Runs; with --check, in turn with plain BPTT, so that both see the same
  /// machine.
  llvm::Error measure() {
    std::vector<double> seconds, plainSeconds;
    std::vector<Array> plainResults;
    for (unsigned i = 0; i < options.repeat; ++i) {
      auto ran = machine->run(chosen.get(), {/*measurePeak=*/i == 0,
                                             /*replay=*/options.graph});
      if (!ran)
        return ran.takeError();
      seconds.push_back(ran->seconds);
      report.allocations = ran->allocations;
      if (i == 0) {
        report.measuredPeakBytes = ran->peakBytes;
        if (llvm::Error error = fetch(results))
          return error;
      } else if (plain) {
        if (llvm::Error error = compareWithFirst())
          return error;
      }
      if (!plain)
        continue;
      auto plainRan = machine->run(plain.get(), {/*measurePeak=*/false,
                                                 /*replay=*/options.graph});
      if (!plainRan)
        return plainRan.takeError();
      plainSeconds.push_back(plainRan->seconds);
      if (llvm::Error error = fetch(plainResults))
        return error;
    }
    if (plain && options.graph)
      if (llvm::Error error = runDirectly())
        return error;
    auto device = machine->describeDevice();
    if (!device)
      return device.takeError();
    report.device = *device;
    report.seconds = getMedian(seconds);
    report.value = results.front().get(0);
    if (plain) {
      report.fullSeconds = getMedian(plainSeconds);
      check(plainResults);
    }
    return llvm::Error::success();
  }

  /// What was replayed, launched one by one.
  llvm::Error runDirectly() {
    auto ran = machine->run(chosen.get(), {});
    if (!ran)
      return ran.takeError();
    return compareWithFirst();
  }

  llvm::Error compareWithFirst() {
    std::vector<Array> again;
    if (llvm::Error error = fetch(again))
      return error;
    report.runsBitIdentical = report.runsBitIdentical.value_or(true) &&
                              compareResults(again, results).bitIdentical;
    return llvm::Error::success();
  }

  llvm::Error fetch(std::vector<Array> &into) {
    auto fetched = machine->getResults();
    if (!fetched)
      return fetched.takeError();
    into = std::move(*fetched);
    return llvm::Error::success();
  }

  llvm::Error compareWithOther() {
    auto others = runOther(arguments, options);
    if (!others)
      return others.takeError();
    bool fits = others->size() == results.size();
    for (size_t i = 0; fits && i < results.size(); ++i)
      fits = results[i].type().shape == (*others)[i].type().shape;
    if (!fits)
      return llvm::createStringError("'" + options.against +
                                     "' gives other results");
    double difference = compareResults(results, *others).maxRelativeDifference;
    report.againstMaxRelativeDifference = difference;
    // Also where it is not a number.
    if (!(difference <= options.tolerance))
      report.failures.push_back(
          "the results differ from those of the other library");
    return llvm::Error::success();
  }

  void check(llvm::ArrayRef<Array> plainResults) {
    Comparison comparison = compareResults(results, plainResults);
    report.gradientBitIdentical = comparison.bitIdentical;
    report.gradientMaxRelativeDifference = comparison.maxRelativeDifference;
    auto require = [&](bool holds, const char *what) {
      if (!holds)
        report.failures.push_back(what);
    };
    require(comparison.bitIdentical, "the results differ from plain BPTT's");
    require(report.runsBitIdentical.value_or(true),
            "the results differ from run to run");
    require(!report.device || report.device->runs <= 0,
            "device memory was taken after the first runs");
    require(report.measuredPeakBytes <= report.budgetBytes,
            "the measured peak exceeds the budget");
    require(report.measuredPeakBytes == report.plannedPeakBytes,
            "the measured peak is not the planned one");
    require(report.allocations.value_or(0) == 0,
            "the program allocated during a run");
  }

  const Library &library;
  const bptt_program &program;
  const ExecOptions &options;
  std::vector<Array> arguments, results;
  std::vector<int64_t> extents;
  PlanHandle chosen, plain;
  int64_t workspaceBytes = 0;
  std::unique_ptr<Machine> machine;
  Report report;
};

} // namespace

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  auto fail = [](llvm::Error error) {
    llvm::errs() << "bptt-exec: error: " << llvm::toString(std::move(error))
                 << '\n';
    return 1;
  };
  auto options = parseOptions(argc, argv);
  if (!options)
    return fail(options.takeError());
  auto library = Library::load(options->library);
  if (!library)
    return fail(library.takeError());
  if (options->describe) {
    options->json ? library->describeJson(llvm::outs())
                  : library->describe(llvm::outs());
    return 0;
  }
  auto report = Executor(*library, *options).run();
  if (!report)
    return fail(report.takeError());
  options->json ? report->printJson(llvm::outs())
                : report->printText(llvm::outs());
  for (const std::string &failure : report->failures)
    llvm::errs() << "bptt-exec: check failed: " << failure << '\n';
  return report->failures.empty() ? 0 : 1;
}
