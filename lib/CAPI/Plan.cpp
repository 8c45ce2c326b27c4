//===- Plan.cpp - Plans behind the C interface ----------------------------===//

#include "Plan.h"

#include "bptt/Planning/Solvers.h"
#include "bptt/Runtime/ParallelFor.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"

#include <cstring>

using namespace bptt;
using namespace bptt::planning;

const char *bptt_status_string(int status) {
  switch (status) {
  case BPTT_SUCCESS:
    return "success";
  case BPTT_INVALID_ARGUMENT:
    return "invalid argument";
  case BPTT_VERSION_MISMATCH:
    return "library and runtime do not fit together";
  case BPTT_BUDGET_TOO_SMALL:
    return "budget too small";
  case BPTT_PLANNING_FAILED:
    return "planning failed";
  case BPTT_WORKSPACE_TOO_SMALL:
    return "workspace too small";
  case BPTT_WORKSPACE_MISALIGNED:
    return "workspace misaligned";
  case BPTT_NO_DEVICE:
    return "no device";
  case BPTT_OUT_OF_DEVICE_MEMORY:
    return "out of device memory";
  case BPTT_DEVICE_ERROR:
    return "device error";
  }
  return "unknown status";
}

bptt_status bptt::succeed(bptt_message *message) {
  if (message)
    message->text[0] = '\0';
  return BPTT_SUCCESS;
}

bptt_status bptt::report(bptt_status status, llvm::Error error,
                         bptt_message *message) {
  std::string text = llvm::toString(std::move(error));
  if (message) {
    size_t length = std::min(text.size(), sizeof(message->text) - 1);
    std::memcpy(message->text, text.data(), length);
    message->text[length] = '\0';
  }
  return status;
}

llvm::Expected<std::vector<std::vector<int64_t>>>
bptt::resolveShapes(const bptt_program &program,
                    llvm::ArrayRef<int64_t> extents) {
  for (int64_t extent : extents)
    if (extent < 0)
      return llvm::createStringError("an extent of " + llvm::Twine(extent) +
                                     ", expected none below zero");
  std::vector<std::vector<int64_t>> shapes;
  size_t next = 0;
  for (const bptt_array &array :
       llvm::ArrayRef(program.arguments, program.num_arguments)) {
    shapes.emplace_back(array.shape, array.shape + array.rank);
    for (int64_t &extent : shapes.back())
      if (extent < 0)
        extent = next < extents.size() ? extents[next++] : (++next, 0);
  }
  if (next != extents.size())
    return llvm::createStringError(llvm::Twine(extents.size()) +
                                   " extents, expected " + llvm::Twine(next) +
                                   ": those of '" + program.name +
                                   "' that are not fixed");
  for (const bptt_array &array :
       llvm::ArrayRef(program.results, program.num_results))
    if (array.gradient_of >= 0)
      shapes.push_back(shapes[array.gradient_of]);
    else
      shapes.emplace_back(array.shape, array.shape + array.rank);
  return std::move(shapes);
}

static std::vector<TapeMode> readTapeModes(const bptt_tape_mode *modes,
                                           int64_t count) {
  std::vector<TapeMode> read;
  for (const bptt_tape_mode &mode : llvm::ArrayRef(modes, count))
    read.push_back({mode.residual_bytes, mode.extra_backward_cost});
  return read;
}

/// A length that is known only at run time is -1.
static Problem getProblem(const bptt_recurrence &recurrence) {
  Problem problem;
  problem.numSteps = recurrence.num_steps;
  problem.stateBytes = recurrence.state_bytes;
  problem.tapeModes =
      readTapeModes(recurrence.tape_modes, recurrence.num_tape_modes);
  problem.costs = {recurrence.advance_cost, recurrence.taped_cost,
                   recurrence.backward_cost};
  if (recurrence.chain)
    for (const bptt_chain_step &step :
         llvm::ArrayRef(recurrence.chain, recurrence.num_steps))
      problem.chain.push_back(
          {step.state_bytes,
           readTapeModes(step.tape_modes, step.num_tape_modes),
           {step.advance_cost, step.taped_cost, step.backward_cost}});
  return problem;
}

/// Fails for a policy that this runtime does not know.
static llvm::Error addNested(const bptt_program &program,
                             SharedProblem &shared) {
  for (const bptt_nested &nested :
       llvm::ArrayRef(program.nested, program.num_nested)) {
    auto policy = parsePolicy(nested.policy);
    if (!policy)
      return policy.takeError();
    shared.nested.push_back(
        {getProblem(nested.recurrence), *policy, nested.kept_bytes});
  }
  if (program.plain_bytes > 0)
    shared.plain = PlainTotals{program.plain_bytes, program.plain_cost};
  return llvm::Error::success();
}

llvm::Expected<SharedProblem>
bptt::getSharedProblem(const bptt_program &program,
                       llvm::ArrayRef<std::vector<int64_t>> shapes) {
  MemRefs memrefs;
  for (const std::vector<int64_t> &shape : shapes)
    memrefs.add(nullptr, shape);
  // Stack, tables and workspace: sizes do not depend on them.
  for (int64_t i = 0; i < program.num_recurrences + program.num_nested + 2; ++i)
    memrefs.add(nullptr, {0, 0});
  SharedProblem shared;
  shared.otherBytes = program.count_workspace
                          ? program.count_workspace(memrefs.pointers().data())
                          : program.workspace_bytes;
  for (const bptt_recurrence &recurrence :
       llvm::ArrayRef(program.recurrences, program.num_recurrences)) {
    Problem problem = getProblem(recurrence);
    if (recurrence.count_steps)
      problem.numSteps = recurrence.count_steps(memrefs.pointers().data());
    shared.problems.push_back(std::move(problem));
  }
  if (llvm::Error error = addNested(program, shared))
    return std::move(error);
  return std::move(shared);
}

static llvm::Error checkVersion(const bptt_program &program) {
  if (program.abi_version == BPTT_ABI_VERSION)
    return llvm::Error::success();
  return llvm::createStringError(
      "the library has version " + llvm::Twine(program.abi_version) +
      " of the binary interface, this runtime has version " +
      llvm::Twine(BPTT_ABI_VERSION) + ": use the runtime it was made with");
}

/// The processor may be older than the one that the code was compiled for.
static llvm::Error checkFeatures(const bptt_program &program) {
  static const llvm::StringMap<bool> present = llvm::sys::getHostCPUFeatures();
  llvm::SmallVector<llvm::StringRef> needed;
  llvm::StringRef(program.features).split(needed, ',', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef feature : needed)
    if (!present.lookup(feature))
      return llvm::createStringError(
          "this processor has no " + feature + ", which '" + program.name +
          "', compiled for " + program.chip +
          ", may use: compile it for this processor, or one with less");
  return llvm::Error::success();
}

static llvm::Expected<Budget> toBudget(const bptt_program &program,
                                       int64_t bytes) {
  if (bytes == BPTT_BUDGET_DEFAULT)
    return parseBudget(program.budget);
  if (bytes == BPTT_BUDGET_MAX)
    return Budget();
  if (bytes < 0)
    return llvm::createStringError("a budget of " + llvm::Twine(bytes) +
                                   " bytes");
  Budget budget;
  budget.kind = Budget::Kind::Bytes;
  budget.bytes = bytes;
  return budget;
}

bptt_status bptt_plan_create(const bptt_program *program,
                             const int64_t *extents, int64_t numExtents,
                             int64_t budgetBytes, bptt_plan **result,
                             bptt_message *message) {
  if (llvm::Error error = checkVersion(*program))
    return report(BPTT_VERSION_MISMATCH, std::move(error), message);
  if (llvm::Error error = checkFeatures(*program))
    return report(BPTT_NO_DEVICE, std::move(error), message);
  auto shapes =
      resolveShapes(*program, llvm::ArrayRef<int64_t>(extents, numExtents));
  if (!shapes)
    return report(BPTT_INVALID_ARGUMENT, shapes.takeError(), message);
  auto budget = toBudget(*program, budgetBytes);
  if (!budget)
    return report(BPTT_INVALID_ARGUMENT, budget.takeError(), message);
  auto policy = parsePolicy(program->policy);
  if (!policy)
    return report(BPTT_VERSION_MISMATCH, policy.takeError(), message);
  auto shared = getSharedProblem(*program, *shapes);
  if (!shared)
    return report(BPTT_VERSION_MISMATCH, shared.takeError(), message);
  if (llvm::Error error = checkLengths(*shared))
    return report(BPTT_INVALID_ARGUMENT, std::move(error), message);
  auto planned = planProgram(*shared, *policy, *budget);
  if (!planned) {
    llvm::Error error = planned.takeError();
    bptt_status status = error.isA<InfeasibleBudget>() ? BPTT_BUDGET_TOO_SMALL
                                                       : BPTT_PLANNING_FAILED;
    return report(status, std::move(error), message);
  }
  // So that no run has to.
  bptt_start_threads(program->threads);
  auto plan = std::make_unique<bptt_plan>();
  plan->program = program;
  plan->shapes = std::move(*shapes);
  plan->planned = std::move(*planned);
  *result = plan.release();
  return succeed(message);
}

void bptt_plan_destroy(bptt_plan *plan) { delete plan; }

int64_t bptt_plan_workspace_bytes(const bptt_plan *plan) {
  return plan->planned.arenaBytes();
}

bptt_status bptt_workspace_bytes(const bptt_program *program,
                                 const int64_t *extents, int64_t numExtents,
                                 int64_t budgetBytes, int64_t *bytes,
                                 bptt_message *message) {
  bptt_plan *plan = nullptr;
  bptt_status status = bptt_plan_create(program, extents, numExtents,
                                        budgetBytes, &plan, message);
  if (status == BPTT_SUCCESS)
    *bytes = bptt_plan_workspace_bytes(plan);
  bptt_plan_destroy(plan);
  return status;
}

void bptt_plan_describe(const bptt_plan *plan, bptt_plan_info *info) {
  const ProgramPlan &planned = plan->planned;
  *info = {planned.budgetBytes,
           planned.floorBytes,
           planned.fullBytes,
           planned.arenaBytes(),
           planned.tableBytes,
           0,
           0,
           planned.timeRatio,
           "exact"};
  for (const Plan &each : planned.plans) {
    info->steps += each.problem.numSteps;
    info->forward_evaluations += each.counts.forwardEvaluations;
    // Of the names of the enumeration, which end with a null character; exact
    // only where all of them are.
    if (each.exactness != Exactness::Exact)
      info->exactness = toString(each.exactness).data();
  }
}

bptt_status bptt_parse_budget(const bptt_program *program,
                              const int64_t *extents, int64_t numExtents,
                              const char *text, int64_t *budgetBytes,
                              bptt_message *message) {
  if (llvm::Error error = checkVersion(*program))
    return report(BPTT_VERSION_MISMATCH, std::move(error), message);
  auto shapes =
      resolveShapes(*program, llvm::ArrayRef<int64_t>(extents, numExtents));
  auto budget = parseBudget(text);
  if (!shapes || !budget)
    return report(BPTT_INVALID_ARGUMENT,
                  llvm::joinErrors(shapes.takeError(), budget.takeError()),
                  message);
  auto shared = getSharedProblem(*program, *shapes);
  if (!shared)
    return report(BPTT_VERSION_MISMATCH, shared.takeError(), message);
  if (llvm::Error error = checkLengths(*shared))
    return report(BPTT_INVALID_ARGUMENT, std::move(error), message);
  *budgetBytes = budget->resolve(shared->fullBytes());
  return succeed(message);
}
