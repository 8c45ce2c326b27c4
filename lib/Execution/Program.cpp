//===- Program.cpp - A compiled function and how it is called -------------===//

#include "ProgramImpl.h"

#include "bptt/Planning/Solvers.h"
#include "bptt/Runtime/MemRefs.h"
#include "bptt/Runtime/Table.h"

#include <chrono>

using namespace bptt;
using namespace bptt::planning;

SweepHooks bptt::sweepHooks;

namespace {

void addArguments(MemRefs &memrefs, llvm::ArrayRef<const Array *> arguments) {
  for (const Array *array : arguments)
    memrefs.add(array->data(), array->type().shape);
}

/// What a packed call takes: pointers to the arguments, which are pointers to
/// descriptors; then a pointer to where the result goes, if there is one.
llvm::SmallVector<void *> pack(llvm::ArrayRef<void *> pointers,
                               void *result = nullptr) {
  llvm::SmallVector<void *> packed;
  for (void *const &pointer : pointers)
    packed.push_back(const_cast<void **>(&pointer));
  if (result)
    packed.push_back(result);
  return packed;
}

} // namespace

Program::Program(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
Program::Program(Program &&) = default;
Program::~Program() = default;

llvm::ArrayRef<ArrayType> Program::argumentTypes() const {
  return impl->arguments;
}
llvm::ArrayRef<ArrayType> Program::resultTypes() const { return impl->results; }
llvm::ArrayRef<Plan> Program::plans() const { return impl->program.plans; }
double Program::timeRatio() const { return impl->program.timeRatio; }
const Program::Sizes &Program::sizes() const { return impl->sizes; }

llvm::Expected<std::vector<StepCosts>> Program::measuredCosts() const {
  std::vector<StepCosts> costs;
  for (const StepCells &step : impl->cells) {
    int64_t nanoseconds[3];
    for (auto [names, mean] : llvm::zip(step, nanoseconds)) {
      auto called = llvm::find_if(names, [&](const std::string &name) {
        auto timer = impl->timers.find(name);
        return timer != impl->timers.end() && timer->second->calls > 0;
      });
      if (called == names.end())
        return llvm::createStringError(
            "@" + names.front() + " was not called, so its cost is not known");
      const CellTimer &timer = *impl->timers.at(*called);
      mean = std::max<int64_t>(1, timer.nanoseconds / timer.calls);
    }
    costs.push_back({nanoseconds[0], nanoseconds[1], nanoseconds[2]});
  }
  return std::move(costs);
}

llvm::Error Program::prepare(llvm::ArrayRef<const Array *> arguments) {
  return impl->prepare(arguments);
}

/// Calls a companion of the program that returns one number.
llvm::Expected<int64_t>
Program::Impl::callForNumber(const llvm::Twine &function, size_t numOthers,
                             llvm::ArrayRef<ArrayType> given) {
  // Arguments, results, stacks, tables, arena: their contents decide nothing.
  MemRefs memrefs;
  for (const ArrayType &type : given)
    memrefs.add(nullptr, type.shape);
  for (const ArrayType &type : results)
    memrefs.add(nullptr, type.shape);
  for (size_t i = 0; i < numOthers; ++i)
    memrefs.add(nullptr, {0, 0});
  int64_t number = 0;
  auto packed = pack(memrefs.pointers(), &number);
  if (llvm::Error error =
          engine->invokePacked(("_mlir_ciface_" + function).str(), packed))
    return std::move(error);
  return number;
}

llvm::Expected<SharedProblem>
Program::Impl::resolve(llvm::ArrayRef<ArrayType> given) {
  SharedProblem known = shared;
  size_t numOthers = shared.problems.empty() ? 0
                     : plain
                         ? shared.problems.size()
                         : 1 + shared.problems.size() + shared.nested.size();
  if (shared.otherBytes < 0) {
    auto bytes = callForNumber(name + "_workspace_bytes", numOthers + 1, given);
    if (!bytes)
      return bytes.takeError();
    known.otherBytes = *bytes;
  }
  for (auto [index, problem] : llvm::enumerate(known.problems)) {
    if (problem.numSteps >= 0)
      continue;
    auto steps = callForNumber(name + "_num_steps_" + llvm::Twine(index),
                               plain ? index : 1 + index, given);
    if (!steps)
      return steps.takeError();
    problem.numSteps = *steps;
  }
  return std::move(known);
}

llvm::Error Program::Impl::prepare(llvm::ArrayRef<const Array *> given) {
  auto known = resolve(llvm::map_to_vector(
      given, [](const Array *array) { return array->type(); }));
  if (!known)
    return known.takeError();
  auto planned = planProgram(*known, policy, budget);
  if (!planned)
    return planned.takeError();
  program = std::move(*planned);
  if (plain) {
    program.stackBytes = layOutPlainStacks();
    program.tables.clear();
    program.tableBytes = 0;
  }
  sizes = {program.budgetBytes, program.floorBytes, program.fullBytes,
           program.arenaBytes(), program.tableBytes};
  if (!arena.allocate(sizes.arenaBytes))
    return llvm::createStringError("cannot allocate an arena of " +
                                   formatBytes(sizes.arenaBytes));
  return llvm::Error::success();
}

/// Plain BPTT has no table, and a stack for each recurrence, which keeps the
/// tape of every step. Returns their bytes together.
int64_t Program::Impl::layOutPlainStacks() {
  plainStackBytes.clear();
  int64_t bytes = 0;
  for (const Plan &plan : program.plans) {
    const Problem &problem = plan.problem;
    int64_t tape = problem.stateBytes + problem.tapeModes.front().residualBytes;
    plainStackBytes.push_back(problem.isChain() ? 0 : problem.numSteps * tape);
    for (const ChainStep &step : problem.chain)
      plainStackBytes.back() +=
          step.stateBytes + step.tapeModes.front().residualBytes;
    bytes += plainStackBytes.back();
  }
  return bytes;
}

llvm::Expected<std::vector<Array>>
Program::run(llvm::ArrayRef<const Array *> arguments, Measurement &measurement,
             bool measurePeak) {
  std::vector<Array> results;
  MemRefs memrefs;
  addArguments(memrefs, arguments);
  for (auto [type, argument] :
       llvm::zip_equal(impl->results, impl->gradientOf)) {
    auto result =
        Array::make(argument < 0 ? type : arguments[argument]->type());
    if (!result)
      return llvm::createStringError("result #" + llvm::Twine(results.size()) +
                                     ": " + llvm::toString(result.takeError()));
    results.push_back(std::move(*result));
    memrefs.add(results.back().data(), results.back().type().shape);
  }
  ProgramPlan &program = impl->program;
  char *stack = impl->arena.data() + program.otherBytes;
  if (impl->plain) {
    for (int64_t bytes : impl->plainStackBytes) {
      memrefs.add(stack, {bytes});
      stack += bytes;
    }
  } else if (!program.plans.empty()) {
    memrefs.add(stack, {program.stackBytes});
    for (std::vector<int32_t> &table : program.tables)
      memrefs.add(table.data(),
                  {int64_t(table.size()) / kTableColumns, kTableColumns});
  }
  memrefs.add(impl->arena.data(), {program.otherBytes});
  auto packed = pack(memrefs.pointers());

  auto entry = impl->engine->lookupPacked("_mlir_ciface_" + impl->name);
  if (!entry)
    return entry.takeError();
  if (measurePeak)
    impl->arena.poison();
  if (impl->evaluations)
    *impl->evaluations = 0;
  if (sweepHooks.begin)
    sweepHooks.begin();
  auto start = std::chrono::steady_clock::now();
  (*entry)(packed.data());
  measurement.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
          .count();
  if (sweepHooks.end)
    sweepHooks.end();
  measurement.forwardEvaluations = impl->evaluations ? *impl->evaluations : 0;
  if (measurePeak)
    measurement.peakBytes = impl->arena.peakBytes();
  return std::move(results);
}
