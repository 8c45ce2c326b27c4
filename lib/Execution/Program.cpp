//===- Program.cpp - A compiled function and how it is called -------------===//

#include "ProgramImpl.h"

#include "bptt/Planning/SharedBudget.h"
#include "bptt/Planning/Solvers.h"
#include "bptt/Runtime/Table.h"

#include "llvm/Support/MathExtras.h"

#include <chrono>
#include <cstdlib>
#include <cstring>

using namespace bptt;
using namespace bptt::planning;

SweepHooks bptt::sweepHooks;

namespace {

constexpr size_t kArenaAlignment = 64;
/// Bytes above the arena that must stay as they are.
constexpr int64_t kGuardBytes = 4096;
constexpr char kPoison = '\xA5';

/// Memref descriptors as MLIR's C interface passes them: two pointers, offset,
/// sizes, strides.
class Descriptors {
public:
  void add(void *data, llvm::ArrayRef<int64_t> shape) {
    std::vector<int64_t> words(3 + 2 * shape.size());
    words[0] = words[1] = reinterpret_cast<int64_t>(data);
    int64_t stride = 1;
    for (size_t dim = shape.size(); dim-- > 0;) {
      words[3 + dim] = shape[dim];
      words[3 + shape.size() + dim] = stride;
      stride *= shape[dim];
    }
    descriptors.push_back(std::move(words));
  }

  /// What a packed call takes: pointers to the arguments, which are pointers to
  /// descriptors; then a pointer to where the result goes, if there is one.
  llvm::SmallVector<void *> pack(void *result = nullptr) {
    pointers.clear();
    for (std::vector<int64_t> &words : descriptors)
      pointers.push_back(words.data());
    llvm::SmallVector<void *> packed;
    for (void *&pointer : pointers)
      packed.push_back(&pointer);
    if (result)
      packed.push_back(result);
    return packed;
  }

private:
  std::vector<std::vector<int64_t>> descriptors;
  std::vector<void *> pointers;
};

void addArguments(Descriptors &descriptors,
                  llvm::ArrayRef<const Array *> arguments) {
  for (const Array *array : arguments)
    descriptors.add(const_cast<char *>(array->data()), array->type().shape);
}

} // namespace

void Program::Impl::Free::operator()(char *memory) const { std::free(memory); }

Program::Program(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
Program::Program(Program &&) = default;
Program::~Program() = default;

llvm::ArrayRef<ArrayType> Program::argumentTypes() const {
  return impl->arguments;
}
llvm::ArrayRef<ArrayType> Program::resultTypes() const { return impl->results; }
llvm::ArrayRef<Plan> Program::plans() const { return impl->plans; }
const Program::Sizes &Program::sizes() const { return impl->sizes; }

llvm::Expected<std::vector<StepCosts>> Program::measuredCosts() const {
  std::vector<StepCosts> costs;
  for (const std::array<std::string, 3> &cells : impl->cells) {
    int64_t nanoseconds[3];
    for (int i = 0; i < 3; ++i) {
      auto timer = impl->timers.find(cells[i]);
      if (timer == impl->timers.end() || timer->second->calls == 0)
        return llvm::createStringError(
            "@" + cells[i] + " was not called, so its cost is not known");
      nanoseconds[i] = std::max<int64_t>(1, timer->second->nanoseconds /
                                                timer->second->calls);
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
                             llvm::ArrayRef<const Array *> given) {
  Descriptors descriptors;
  addArguments(descriptors, given);
  // Results, stacks, tables, arena: their contents decide nothing.
  for (const ArrayType &type : results)
    descriptors.add(nullptr, type.shape);
  for (size_t i = 0; i < numOthers; ++i)
    descriptors.add(nullptr, {0, 0});
  int64_t number = 0;
  auto packed = descriptors.pack(&number);
  if (llvm::Error error =
          engine->invokePacked(("_mlir_ciface_" + function).str(), packed))
    return std::move(error);
  return number;
}

llvm::Error Program::Impl::prepare(llvm::ArrayRef<const Array *> given) {
  SharedProblem shared{problems, workspaceBytes};
  size_t numOthers = problems.empty() ? 0
                     : plain          ? problems.size()
                                      : 1 + problems.size();
  if (workspaceBytes < 0) {
    auto bytes = callForNumber(name + "_workspace_bytes", numOthers + 1, given);
    if (!bytes)
      return bytes.takeError();
    shared.otherBytes = *bytes;
  }
  for (auto [index, problem] : llvm::enumerate(shared.problems)) {
    if (problem.numSteps >= 0)
      continue;
    auto steps = callForNumber(name + "_num_steps_" + llvm::Twine(index),
                               plain ? index : 1 + index, given);
    if (!steps)
      return steps.takeError();
    problem.numSteps = *steps;
  }
  sizes = {};
  sizes.fullBytes = shared.fullBytes();
  sizes.floorBytes = shared.floorBytes(policy);
  sizes.budgetBytes = budget.resolve(sizes.fullBytes);
  auto kept = shareBudget(shared, policy, sizes.budgetBytes);
  if (!kept)
    return kept.takeError();
  plans.clear();
  tables.clear();
  stackBytes.clear();
  int64_t stack = 0;
  for (auto [problem, bytes] : llvm::zip_equal(shared.problems, *kept)) {
    auto plan = solve(problem, plain ? Policy::Full : policy,
                      plain ? fullKeptBytes(problem) : bytes);
    if (!plan)
      return plan.takeError();
    int64_t tape = problem.stateBytes + problem.tapeModes.front().residualBytes;
    stackBytes.push_back(
        plain ? problem.numSteps * tape
              : llvm::alignTo(plan->keptPeakBytes, kTableUnitBytes));
    if (!plain) {
      auto table = encodeTable(*plan, stack);
      if (!table)
        return table.takeError();
      sizes.tableBytes += table->size() * sizeof(int32_t);
      tables.push_back(std::move(*table));
    }
    stack += stackBytes.back();
    plans.push_back(std::move(*plan));
  }
  workspaceBytesNow = shared.otherBytes;
  sizes.arenaBytes = workspaceBytesNow + stack;
  arena.reset(static_cast<char *>(std::aligned_alloc(
      kArenaAlignment,
      llvm::alignTo(sizes.arenaBytes + kGuardBytes, kArenaAlignment))));
  if (!arena)
    return llvm::createStringError("cannot allocate an arena of " +
                                   formatBytes(sizes.arenaBytes));
  return llvm::Error::success();
}

llvm::Expected<std::vector<Array>>
Program::run(llvm::ArrayRef<const Array *> arguments, Measurement &measurement,
             bool measurePeak) {
  std::vector<Array> results;
  Descriptors descriptors;
  addArguments(descriptors, arguments);
  for (auto [type, argument] :
       llvm::zip_equal(impl->results, impl->gradientOf)) {
    results.emplace_back(argument < 0 ? type : arguments[argument]->type());
    descriptors.add(results.back().data(), type.shape);
  }
  char *stack = impl->arena.get() + impl->workspaceBytesNow;
  int64_t totalStackBytes = impl->sizes.arenaBytes - impl->workspaceBytesNow;
  if (impl->plain) {
    for (int64_t bytes : impl->stackBytes) {
      descriptors.add(stack, {bytes});
      stack += bytes;
    }
  } else if (!impl->plans.empty()) {
    descriptors.add(stack, {totalStackBytes});
    for (std::vector<int32_t> &table : impl->tables)
      descriptors.add(table.data(),
                      {int64_t(table.size()) / kTableColumns, kTableColumns});
  }
  descriptors.add(impl->arena.get(), {impl->workspaceBytesNow});
  auto packed = descriptors.pack();

  auto entry = impl->engine->lookupPacked("_mlir_ciface_" + impl->name);
  if (!entry)
    return entry.takeError();
  int64_t size = impl->sizes.arenaBytes + kGuardBytes;
  if (measurePeak)
    std::memset(impl->arena.get(), kPoison, size);
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
  if (measurePeak) {
    while (size > 0 && impl->arena[size - 1] == kPoison)
      --size;
    measurement.peakBytes = llvm::alignTo(size, kArenaAlignment);
  }
  return std::move(results);
}
