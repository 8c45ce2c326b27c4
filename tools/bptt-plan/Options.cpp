//===- Options.cpp - What bptt-plan was asked -----------------------------===//

#include "Options.h"

#include "bptt/Planning/Budget.h"
#include "bptt/Planning/Report/ChainFile.h"
#include "bptt/Planning/Solvers.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/MemoryBuffer.h"

#include <functional>

using namespace bptt::planning;
namespace cl = llvm::cl;

static cl::OptionCategory category("bptt-plan options");

static cl::opt<std::string>
    inputOption(cl::Positional, cl::desc("[model.mlir]"), cl::cat(category));
static cl::opt<std::string> functionOption(
    "function",
    cl::desc("Plan the gradient of this function of model.mlir (default: the "
             "only public one)"),
    cl::value_desc("name"), cl::cat(category));
static cl::list<int64_t> wrtOption(
    "wrt", cl::CommaSeparated,
    cl::desc("Differentiate by these arguments (default: those marked "
             "bptt.wrt, else all of floating-point type)"),
    cl::value_desc("positions"), cl::cat(category));
// Sizes are strings here so that units and overflow are ours to report.
static cl::opt<long long>
    stepsOption("steps",
                cl::desc("Steps of the recurrence; with model.mlir, "
                         "extent of what it leaves open"),
                cl::value_desc("count"), cl::cat(category));
static cl::opt<std::string>
    stateBytesOption("state-bytes", cl::desc("Size of a state (default 1)"),
                     cl::value_desc("size"), cl::cat(category));
static cl::opt<std::string>
    residualBytesOption("residual-bytes",
                        cl::desc("Size of a step's residuals (default 0)"),
                        cl::value_desc("size"), cl::cat(category));
static cl::list<std::string> tapeModeOption(
    "tape-mode",
    cl::desc("A way to tape a step: residual size and extra backward cost; "
             "repeat for each, in place of --residual-bytes"),
    cl::value_desc("size:cost"), cl::cat(category));
static cl::opt<std::string>
    chainOption("chain", cl::desc("Unequal steps, from a JSON file"),
                cl::value_desc("file"), cl::cat(category));
static cl::opt<std::string> budgetOption(
    "budget",
    cl::desc("Memory: a size, a percentage of plain BPTT's, or max (the "
             "default). Counts kept bytes, or everything once a reserve is "
             "given"),
    cl::value_desc("size"), cl::cat(category));
static cl::opt<std::string>
    runningBytesOption("running-bytes",
                       cl::desc("Reserve: running state (default 2 states)"),
                       cl::value_desc("size"), cl::cat(category));
static cl::opt<std::string>
    gradientBytesOption("gradient-bytes",
                        cl::desc("Reserve: gradient of the state (default 1)"),
                        cl::value_desc("size"), cl::cat(category));
static cl::opt<std::string>
    workspaceBytesOption("workspace-bytes",
                         cl::desc("Reserve: temporaries of a step (default 0)"),
                         cl::value_desc("size"), cl::cat(category));
static cl::opt<std::string>
    policyOption("policy",
                 cl::desc("optimal (default), full, none, hsm, ism, msm, "
                          "chen-sqrt or chen-recursive"),
                 cl::value_desc("name"), cl::cat(category));
static cl::opt<long long> slotsOption(
    "slots",
    cl::desc("Budget of hsm, ism or msm in the paper's slots; the initial "
             "state is counted"),
    cl::value_desc("count"), cl::cat(category));
static cl::opt<long long> alphaOption(
    "alpha",
    cl::desc("Size of the paper's internal state in states, in place of sizes"),
    cl::value_desc("ratio"), cl::cat(category));
static cl::opt<long long> advanceCostOption("advance-cost", cl::init(1),
                                            cl::desc("Cost of an advance"),
                                            cl::cat(category));
static cl::opt<long long> tapedCostOption("taped-cost", cl::init(1),
                                          cl::desc("Cost of a taped forward"),
                                          cl::cat(category));
static cl::opt<long long> backwardCostOption("backward-cost", cl::init(2),
                                             cl::desc("Cost of a backward"),
                                             cl::cat(category));
static cl::opt<std::string>
    initialStateOption("initial-state",
                       cl::desc("held (by the caller, default) or counted"),
                       cl::value_desc("who"), cl::cat(category));
static cl::opt<bool> actionsOption("actions", cl::desc("List the actions"),
                                   cl::cat(category));
static cl::opt<std::string>
    formatOption("format", cl::init("text"),
                 cl::desc("text (default), json, csv, trace or svg"),
                 cl::value_desc("name"), cl::cat(category));
static cl::opt<std::string>
    curveOption("curve",
                cl::desc("Time ratio against budget, for all policies or the "
                         "one that --policy names"),
                cl::value_desc("min:max:points"), cl::cat(category));
static cl::opt<std::string>
    chartOption("chart",
                cl::desc("Draw lines and marks from a JSON file as SVG; plans "
                         "nothing"),
                cl::value_desc("file"), cl::cat(category));
static cl::opt<std::string> outputOption("o", cl::init("-"),
                                         cl::desc("Output file"),
                                         cl::value_desc("file"),
                                         cl::cat(category));

static bool isGiven(const cl::Option &option) {
  return option.getNumOccurrences() > 0;
}

static llvm::Error failure(const llvm::Twine &message) {
  return llvm::createStringError(message);
}

/// Refuses `option` beside any of `others`.
static llvm::Error refuseWith(
    const cl::Option &option,
    std::initializer_list<std::reference_wrapper<const cl::Option>> others) {
  if (!isGiven(option))
    return llvm::Error::success();
  for (const cl::Option &other : others)
    if (isGiven(other))
      return failure("--" + option.ArgStr + " contradicts --" + other.ArgStr);
  return llvm::Error::success();
}

/// A model brings its own numbers; without one there is no function.
static llvm::Error checkModel() {
  const std::reference_wrapper<const cl::Option> numbers[] = {
      stateBytesOption,     residualBytesOption, tapeModeOption,
      chainOption,          runningBytesOption,  gradientBytesOption,
      workspaceBytesOption, slotsOption,         alphaOption,
      advanceCostOption,    tapedCostOption,     backwardCostOption,
      initialStateOption};
  for (const cl::Option &option : numbers)
    if (isGiven(inputOption) && isGiven(option))
      return failure("--" + option.ArgStr + " contradicts " + inputOption +
                     ", which says it");
  const std::reference_wrapper<const cl::Option> choices[] = {functionOption,
                                                              wrtOption};
  for (const cl::Option &option : choices)
    if (!isGiven(inputOption) && isGiven(option))
      return failure("--" + option.ArgStr + " needs a model.mlir");
  return llvm::Error::success();
}

/// A name that is empty names nothing.
static llvm::Error checkNames() {
  for (const cl::opt<std::string> *option :
       {&functionOption, &chainOption, &chartOption})
    if (isGiven(*option) && option->empty())
      return failure("--" + option->ArgStr + " is empty");
  return llvm::Error::success();
}

static llvm::Error checkContradictions() {
  if (auto e = checkModel())
    return e;
  if (auto e =
          refuseWith(chainOption,
                     {stepsOption, stateBytesOption, residualBytesOption,
                      tapeModeOption, alphaOption, slotsOption,
                      advanceCostOption, tapedCostOption, backwardCostOption}))
    return e;
  if (auto e = refuseWith(
          alphaOption, {stateBytesOption, residualBytesOption, tapeModeOption}))
    return e;
  if (auto e = refuseWith(tapeModeOption, {residualBytesOption}))
    return e;
  if (auto e =
          refuseWith(slotsOption, {budgetOption, runningBytesOption,
                                   gradientBytesOption, workspaceBytesOption}))
    return e;
  return refuseWith(curveOption, {budgetOption, slotsOption, actionsOption});
}

static llvm::Error readBytes(const cl::opt<std::string> &option,
                             int64_t &bytes) {
  if (!isGiven(option))
    return llvm::Error::success();
  llvm::Expected<int64_t> parsed = parseBytes(option);
  if (!parsed)
    return failure("--" + option.ArgStr + ": " +
                   llvm::toString(parsed.takeError()));
  bytes = *parsed;
  return llvm::Error::success();
}

static llvm::Error readTapeModes(Problem &problem) {
  if (!isGiven(tapeModeOption))
    return llvm::Error::success();
  problem.tapeModes.clear();
  for (const std::string &text : tapeModeOption) {
    auto [bytes, cost] = llvm::StringRef(text).rsplit(':');
    TapeMode mode;
    llvm::Expected<int64_t> parsed = parseBytes(bytes);
    if (!parsed)
      return failure("--tape-mode: " + llvm::toString(parsed.takeError()));
    mode.residualBytes = *parsed;
    if (cost.getAsInteger(10, mode.extraBackwardCost))
      return failure("--tape-mode: '" + text +
                     "' is not a size and a cost, as in 64KiB:3");
    problem.tapeModes.push_back(mode);
  }
  return llvm::Error::success();
}

static llvm::Error readEqualSteps(Problem &problem) {
  if (!isGiven(stepsOption))
    return failure("--steps, --chain or a model.mlir is needed");
  problem.numSteps = stepsOption;
  problem.costs = {advanceCostOption, tapedCostOption, backwardCostOption};
  if (isGiven(alphaOption)) {
    if (alphaOption < 2 || alphaOption > kMaxBytes)
      return failure("--alpha is " + llvm::Twine(alphaOption) +
                     ", expected 2 or more: an internal state has its input "
                     "and output states in it");
    problem.tapeModes[0].residualBytes = alphaOption - 2;
  }
  if (auto e = readBytes(stateBytesOption, problem.stateBytes))
    return e;
  if (auto e =
          readBytes(residualBytesOption, problem.tapeModes[0].residualBytes))
    return e;
  return readTapeModes(problem);
}

static llvm::Error readChainFile(Problem &problem) {
  auto buffer = llvm::MemoryBuffer::getFile(chainOption, /*IsText=*/true);
  if (!buffer)
    return failure(chainOption + ": " + buffer.getError().message());
  llvm::Expected<Problem> chain =
      parseChain((*buffer)->getBuffer(), chainOption);
  if (!chain)
    return chain.takeError();
  problem = std::move(*chain);
  return llvm::Error::success();
}

static llvm::Error readInitialState(Problem &problem) {
  std::string name = initialStateOption;
  if (!isGiven(initialStateOption))
    name = isGiven(slotsOption) ? "counted" : "held";
  if (name != "held" && name != "counted")
    return failure("unknown initial state '" + name +
                   "', expected held or counted");
  problem.initialState =
      name == "held" ? InitialState::Held : InitialState::Counted;
  return llvm::Error::success();
}

static llvm::Error readReserves(Options &options) {
  options.isTotal = isGiven(runningBytesOption) ||
                    isGiven(gradientBytesOption) ||
                    isGiven(workspaceBytesOption);
  if (!options.isTotal)
    return llvm::Error::success();
  Problem &problem = options.problem;
  int64_t largestState = problem.stateBytes;
  for (const ChainStep &step : problem.chain)
    largestState = std::max(largestState, step.stateBytes);
  int64_t workspaceBytes = 0;
  problem.reserves.runningBytes = 2 * largestState;
  problem.reserves.gradientBytes = largestState;
  if (auto e = readBytes(runningBytesOption, problem.reserves.runningBytes))
    return e;
  if (auto e = readBytes(gradientBytesOption, problem.reserves.gradientBytes))
    return e;
  if (auto e = readBytes(workspaceBytesOption, workspaceBytes))
    return e;
  problem.reserves.advanceWorkspaceBytes = workspaceBytes;
  problem.reserves.tapedWorkspaceBytes = workspaceBytes;
  problem.reserves.backwardWorkspaceBytes = workspaceBytes;
  return problem.check();
}

static llvm::Error readPolicy(Options &options) {
  options.policyIsGiven = isGiven(policyOption);
  if (!options.policyIsGiven)
    return llvm::Error::success();
  llvm::Expected<Policy> policy = parsePolicy(policyOption);
  if (!policy)
    return policy.takeError();
  options.policy = *policy;
  return llvm::Error::success();
}

static llvm::Error readSlots(Options &options) {
  Policy policy = options.policy;
  if (policy != Policy::Hsm && policy != Policy::Ism && policy != Policy::Msm)
    return failure("--slots needs --policy=hsm, ism or msm, the policy is " +
                   toString(policy));
  if (slotsOption < 1)
    return failure("--slots is " + llvm::Twine(slotsOption) +
                   ", expected 1 or more");
  options.budget.kind = Budget::Kind::Bytes;
  options.budget.bytes =
      keptBytesForSlots(options.problem, policy, slotsOption);
  return llvm::Error::success();
}

static llvm::Error readCurve(Options &options) {
  llvm::StringRef text = curveOption;
  llvm::SmallVector<llvm::StringRef> parts;
  text.split(parts, ':');
  CurveRange range;
  if (parts.size() != 3 || parts[2].getAsInteger(10, range.numPoints) ||
      range.numPoints < 1 || range.numPoints > 10000)
    return failure("--curve: '" + text +
                   "' is not min:max:points, as in 1%:100%:40");
  Budget *bounds[] = {&range.least, &range.most};
  for (int i = 0; i < 2; ++i) {
    llvm::Expected<Budget> budget = parseBudget(parts[i]);
    if (!budget)
      return failure("--curve: " + llvm::toString(budget.takeError()));
    *bounds[i] = *budget;
  }
  options.curve = range;
  return llvm::Error::success();
}

static llvm::Error readBudget(Options &options) {
  if (isGiven(curveOption))
    return readCurve(options);
  if (isGiven(slotsOption))
    return readSlots(options);
  if (!isGiven(budgetOption))
    return llvm::Error::success();
  llvm::Expected<Budget> budget = parseBudget(budgetOption);
  if (!budget)
    return failure("--budget: " + llvm::toString(budget.takeError()));
  options.budget = *budget;
  return llvm::Error::success();
}

llvm::Error bptt::planning::resolveBudgets(Options &options,
                                           int64_t fullBytes) {
  options.fullBytes = fullBytes;
  options.budgetBytes = options.budget.resolve(fullBytes);
  if (!options.curve)
    return llvm::Error::success();
  CurveRange &range = *options.curve;
  range.leastBytes = range.least.resolve(fullBytes);
  range.mostBytes = range.most.resolve(fullBytes);
  if (range.leastBytes > range.mostBytes)
    return failure("--curve: the least budget exceeds the most");
  return llvm::Error::success();
}

static llvm::Error readFormat(Options &options) {
  const std::pair<llvm::StringRef, Format> formats[] = {
      {"text", Format::Text},
      {"json", Format::Json},
      {"csv", Format::Csv},
      {"trace", Format::Trace},
      {"svg", Format::Svg}};
  for (auto [name, format] : formats) {
    if (name != formatOption)
      continue;
    options.format = format;
    if (format == Format::Trace && options.curve)
      return failure("--format=trace shows one plan and contradicts --curve");
    if ((format == Format::Trace || format == Format::Svg) && actionsOption)
      return failure("--actions is for text, json and csv, the format is " +
                     name);
    return llvm::Error::success();
  }
  return failure("unknown format '" + formatOption +
                 "', expected one of text, json, csv, trace, svg");
}

/// What is asked of a model; its own numbers are still to be found.
static llvm::Error readModel(Options &options) {
  options.modelFile = inputOption;
  options.function = functionOption;
  options.wrt.assign(wrtOption.begin(), wrtOption.end());
  options.isTotal = true;
  if (isGiven(stepsOption)) {
    if (stepsOption < 0)
      return failure("--steps must not be negative");
    options.modelSteps = stepsOption;
  }
  if (auto e = readPolicy(options))
    return e;
  if (auto e = readBudget(options))
    return e;
  return readFormat(options);
}

/// Those of the options above that are given, by name; without the model.
/// Looks at options of LLVM's own as well, some of which have no type
/// information to sanitize by.
LLVM_NO_SANITIZE("vptr")
static std::vector<const cl::Option *> optionsGiven() {
  std::vector<const cl::Option *> given;
  for (const auto &[name, option] : cl::getRegisteredOptions())
    if (llvm::is_contained(option->Categories, &category) && isGiven(*option))
      given.push_back(option);
  llvm::sort(given, [](const cl::Option *a, const cl::Option *b) {
    return a->ArgStr < b->ArgStr;
  });
  return given;
}

/// LLVM takes the last of two values without a word.
static llvm::Error checkRepetitions() {
  for (const cl::Option *option : optionsGiven())
    if (option->getNumOccurrences() > 1 &&
        option->getNumOccurrencesFlag() == cl::Optional)
      return failure((option->ArgStr.size() > 1 ? "--" : "-") + option->ArgStr +
                     " is given twice");
  return llvm::Error::success();
}

/// A chart comes with its numbers: no other option has a say.
static llvm::Error checkChart() {
  for (const cl::Option *option : optionsGiven())
    if (option != &chartOption && option != &outputOption)
      return failure("--chart contradicts --" + option->ArgStr);
  return llvm::Error::success();
}

llvm::Expected<Options> bptt::planning::parseOptions(int argc, char **argv) {
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "What backpropagation through time costs within a memory budget\n");
  if (auto e = checkNames())
    return e;
  if (auto e = checkRepetitions())
    return e;
  Options options;
  options.withActions = actionsOption;
  options.outputFile = outputOption;
  options.chartFile = chartOption;
  if (isGiven(chartOption)) {
    if (auto e = checkChart())
      return e;
    return options;
  }
  if (auto e = checkContradictions())
    return e;
  if (isGiven(inputOption)) {
    if (auto e = readModel(options))
      return e;
    return options;
  }
  if (auto e = isGiven(chainOption) ? readChainFile(options.problem)
                                    : readEqualSteps(options.problem))
    return e;
  if (auto e = readInitialState(options.problem))
    return e;
  if (auto e = options.problem.check())
    return e;
  if (auto e = readReserves(options))
    return e;
  if (auto e = readPolicy(options))
    return e;
  if (auto e = readBudget(options))
    return e;
  if (auto e = readFormat(options))
    return e;
  if (auto e = resolveBudgets(options, options.isTotal
                                           ? fullBytes(options.problem)
                                           : fullKeptBytes(options.problem)))
    return e;
  return options;
}
