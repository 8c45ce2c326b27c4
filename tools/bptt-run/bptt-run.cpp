//===- bptt-run.cpp - Compile, run, check and measure a gradient ----------===//

#include "../shared/AllocationCounter.h"
#include "../shared/Report.h"
#include "../shared/Statistics.h"
#include "Emit.h"
#include "Options.h"

#include "bptt/Dialect/BPTT/IR/BPTTDialect.h"
#include "bptt/Execution/Check.h"
#include "bptt/Pipelines/Registration.h"
#include "bptt/Planning/Solvers.h"
#include "bptt/Transforms/CostsFile.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/SourceMgr.h"

#include <chrono>
#include <cmath>

using namespace bptt;

namespace {

double getSeconds() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// One line on a terminal that says what takes so long.
class Progress {
public:
  void show(llvm::StringRef stage) {
    if (!isTerminal)
      return;
    clear();
    llvm::errs() << stage << "...";
  }
  void clear() {
    if (isTerminal)
      llvm::errs() << "\r\x1b[K";
  }
  ~Progress() { clear(); }

private:
  bool isTerminal = llvm::sys::Process::StandardErrIsDisplayed();
};

/// Runs one file as the options say.
class Runner {
public:
  Runner(mlir::ModuleOp module, const RunOptions &options)
      : module(module), options(options), compileOptions(options.compile) {}

  llvm::Expected<Report> run() {
    auto target = resolveTarget(module, compileOptions.target);
    if (!target)
      return target.takeError();
    compileOptions.target = *target;
    progress.show("compiling");
    double start = getSeconds();
    compileOptions.analyze = options.check != Check::None;
    auto program = compile(module, compileOptions);
    compileOptions.analyze = false;
    if (!program)
      return program.takeError();
    report.compileSeconds = getSeconds() - start;
    auto made = makeArguments(compileOptions.target.function,
                              program->argumentTypes(), options.arguments);
    if (!made)
      return made.takeError();
    arguments = std::move(*made);
    for (const Array &array : arguments)
      pointers.push_back(&array);
    if (llvm::Error error = openOutputs(program->resultTypes().size()))
      return std::move(error);
    if (llvm::Error error = program->prepare(pointers))
      return std::move(error);
    describe(*program);
    if (llvm::Error error = measure(*program))
      return std::move(error);
    writeResults(results, resultStreams);
    if (profileStream)
      if (llvm::Error error = writeProfile())
        return std::move(error);
    if (llvm::Error error = outputs.keep())
      return std::move(error);
    return std::move(report);
  }

private:
  /// A run may take long: what cannot be written is said before it.
  llvm::Error openOutputs(size_t numResults) {
    auto streams = openResults(options.results, numResults, outputs);
    if (!streams)
      return streams.takeError();
    resultStreams = std::move(*streams);
    if (options.profile.empty())
      return llvm::Error::success();
    auto stream = outputs.open(options.profile);
    if (!stream)
      return stream.takeError();
    profileStream = *stream;
    return llvm::Error::success();
  }

  void describe(const Program &program) {
    const Program::Sizes &sizes = program.sizes();
    report.function = compileOptions.target.function;
    report.policy = compileOptions.policy;
    report.recurrences = program.plans().size();
    report.budgetBytes = sizes.budgetBytes;
    report.floorBytes = sizes.floorBytes;
    report.fullBytes = sizes.fullBytes;
    report.plannedPeakBytes = sizes.arenaBytes;
    report.tableBytes = sizes.tableBytes;
    report.plannedTimeRatio = program.timeRatio();
    for (const planning::Plan &plan : program.plans()) {
      report.steps += plan.problem.numSteps;
      report.plannedForwardEvaluations += plan.counts.forwardEvaluations;
      // Exact only where all of them are.
      if (report.exactness.empty() ||
          plan.exactness != planning::Exactness::Exact)
        report.exactness = toString(plan.exactness).str();
    }
  }

  /// Runs; with --check, in turn with plain BPTT, so that both see the same
  /// machine.
  llvm::Error measure(Program &program) {
    std::optional<Program> plain;
    if (options.check != Check::None) {
      progress.show("compiling plain BPTT");
      CompileOptions plainOptions = compileOptions;
      plainOptions.plain = true;
      plainOptions.budget = "max";
      plainOptions.policy = "full";
      auto compiled = compile(module, plainOptions);
      if (!compiled)
        return compiled.takeError();
      if (llvm::Error error = compiled->prepare(pointers))
        return error;
      plain.emplace(std::move(*compiled));
    }
    progress.show("running");
    std::vector<double> seconds, plainSeconds;
    std::vector<Array> plainResults;
    for (unsigned i = 0; i < options.repeat; ++i) {
      Measurement measurement;
      auto ran = program.run(pointers, measurement, /*measurePeak=*/i == 0);
      if (!ran)
        return ran.takeError();
      seconds.push_back(measurement.seconds);
      if (i == 0) {
        results = std::move(*ran);
        report.measuredPeakBytes = measurement.peakBytes;
        report.forwardEvaluations = measurement.forwardEvaluations;
      }
      if (!plain)
        continue;
      auto plainRan = plain->run(pointers, measurement, /*measurePeak=*/false);
      if (!plainRan)
        return plainRan.takeError();
      plainSeconds.push_back(measurement.seconds);
      plainResults = std::move(*plainRan);
    }
    report.seconds = getMedian(seconds);
    report.value = results.front().get(0);
    if (int64_t allocations = getCountedAllocations(); allocations >= 0)
      report.allocations = allocations;
    if (plain) {
      report.fullSeconds = getMedian(plainSeconds);
      auto peak = program.analyzePeak(pointers);
      if (!peak)
        return peak.takeError();
      report.analyzedPeakBytes = *peak;
      return check(plainResults);
    }
    return llvm::Error::success();
  }

  llvm::Error check(llvm::ArrayRef<Array> plainResults) {
    Comparison withPlain = compareResults(results, plainResults);
    report.gradientBitIdentical = withPlain.bitIdentical;
    report.gradientMaxRelativeDifference = withPlain.maxRelativeDifference;
    auto require = [&](bool holds, const llvm::Twine &what) {
      if (!holds)
        report.failures.push_back(what.str());
    };
    require(withPlain.bitIdentical, "the gradient differs from plain BPTT's");
    require(report.measuredPeakBytes <= report.budgetBytes,
            "the measured peak exceeds the budget");
    require(report.measuredPeakBytes == report.plannedPeakBytes,
            "the measured peak is not the planned one");
    require(report.analyzedPeakBytes == report.plannedPeakBytes,
            "the peak of the final IR is not the planned one");
    require(report.forwardEvaluations == report.plannedForwardEvaluations,
            "the measured evaluations are not the planned ones");
    require(report.allocations.value_or(0) == 0,
            "the program allocated during the sweeps");
    if (options.check == Check::Plain)
      return llvm::Error::success();
    if (!std::isfinite(report.value)) {
      report.failures.push_back(
          "the value is not finite, differences of it say nothing");
      return llvm::Error::success();
    }
    progress.show("finite differences");
    auto differences =
        checkFiniteDifferences(module, compileOptions, arguments,
                               /*numDirections=*/2, options.arguments.seed);
    if (!differences)
      return differences.takeError();
    report.finiteDifferenceMaxRelativeError = differences->maxRelativeError;
    report.gradientF64RelativeDifference =
        compareResults(results, differences->wideResults)
            .normRelativeDifference;
    require(differences->maxRelativeError <= 1e-6,
            "finite differences disagree with the gradient");
    require(*report.gradientF64RelativeDifference <= getTolerance(),
            "the gradient disagrees with the one in f64");
    return llvm::Error::success();
  }

  /// What the narrowest float among arguments and results can be expected to
  /// reach.
  double getTolerance() const {
    for (const Array &array : arguments)
      if (array.type().element == ElementType::F16 ||
          array.type().element == ElementType::BF16)
        return 5e-2;
    return 1e-3;
  }

  llvm::Error writeProfile();

  mlir::ModuleOp module;
  const RunOptions &options;
  CompileOptions compileOptions;
  Progress progress;
  Report report;
  std::vector<Array> arguments, results;
  std::vector<const Array *> pointers;
  OutputFiles outputs;
  ResultStreams resultStreams;
  llvm::raw_ostream *profileStream = nullptr;
};

} // namespace

/// Times the cells under a plan that calls all of them.
llvm::Error Runner::writeProfile() {
  progress.show("profiling");
  CompileOptions profiled = compileOptions;
  profiled.profile = true;
  profiled.policy = "chen-recursive";
  profiled.budget = "max";
  auto program = compile(module, profiled);
  if (!program)
    return program.takeError();
  if (llvm::Error error = program->prepare(pointers))
    return error;
  for (unsigned i = 0; i < options.repeat; ++i) {
    Measurement measurement;
    auto ran = program->run(pointers, measurement, /*measurePeak=*/false);
    if (!ran)
      return ran.takeError();
  }
  auto costs = program->measuredCosts();
  if (!costs)
    return costs.takeError();
  writeCosts(*profileStream, *costs);
  return llvm::Error::success();
}

/// A program may come with its sweeps; elsewhere only gradients are planned.
static llvm::Error checkPlan(mlir::ModuleOp module, const RunOptions &options) {
  bool hasSweeps = module
                       ->walk([](FirstSweepOpInterface) {
                         return mlir::WalkResult::interrupt();
                       })
                       .wasInterrupted();
  if (options.needsPlan.empty() || hasSweeps)
    return llvm::Error::success();
  return llvm::createStringError(
      "--value takes no gradient, so there is nothing for --" +
      options.needsPlan);
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  auto fail = [](llvm::Error error) {
    llvm::handleAllErrors(
        std::move(error), [](const llvm::ErrorInfoBase &info) {
          if (!info.message().empty())
            llvm::errs() << "bptt-run: error: " << info.message() << '\n';
        });
    return 1;
  };
  auto options = parseOptions(argc, argv);
  if (!options)
    return fail(options.takeError());

  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::registerAllToLLVMIRTranslations(registry);
  registerDialects(registry);
  mlir::MLIRContext context(registry);
  context.printOpOnDiagnostic(false);

  std::string message;
  auto file = mlir::openInputFile(options->input, &message);
  if (!file)
    return fail(llvm::createStringError(message));
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(file), llvm::SMLoc());
  mlir::SourceMgrDiagnosticHandler handler(sources, &context);
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(sources, &context);
  if (!module)
    return 1;

  if (llvm::Error error = checkPlan(*module, *options))
    return fail(std::move(error));
  if (options->emit != Emit::Nothing) {
    llvm::Error error = emitProgram(*module, sources, *options, argv[0]);
    return error ? fail(std::move(error)) : 0;
  }
  sweepHooks = {startCountingAllocations, stopCountingAllocations};
  auto report = Runner(*module, *options).run();
  if (!report)
    return fail(report.takeError());
  options->json ? report->printJson(llvm::outs())
                : report->printText(llvm::outs());
  for (const std::string &failure : report->failures)
    llvm::errs() << "bptt-run: check failed: " << failure << '\n';
  return report->failures.empty() ? 0 : 1;
}
