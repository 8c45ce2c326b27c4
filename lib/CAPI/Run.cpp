//===- Run.cpp - Calling compiled code ------------------------------------===//

#include "Plan.h"

#include "bptt/Runtime/Table.h"

#include "llvm/ADT/STLExtras.h"

using namespace bptt;

static constexpr uint64_t kDeviceAlignment = 16;

static uint64_t getElementBytes(int32_t element) {
  switch (element) {
  case BPTT_I1:
  case BPTT_I8:
    return 1;
  case BPTT_F16:
  case BPTT_BF16:
  case BPTT_I16:
    return 2;
  case BPTT_F32:
  case BPTT_I32:
    return 4;
  default:
    return 8;
  }
}

/// Arrays with elements must be there, and aligned to their elements, or on a
/// device to what its widest accesses take.
static llvm::Error checkArrays(const bptt_plan &plan, const char *kind,
                               llvm::ArrayRef<bptt_array> arrays,
                               const void *const *addresses,
                               size_t firstShape) {
  for (size_t i = 0; i < arrays.size(); ++i) {
    const bptt_array &array = arrays[i];
    if (llvm::is_contained(plan.shapes[firstShape + i], 0))
      continue;
    auto fail = [&](const llvm::Twine &what) {
      return llvm::createStringError(llvm::Twine(kind) + " #" + llvm::Twine(i) +
                                     ", '" + array.name + "', " + what);
    };
    if (!addresses[i])
      return fail("is null");
    uint64_t alignment =
        plan.program->begin ? kDeviceAlignment : getElementBytes(array.element);
    if (reinterpret_cast<uintptr_t>(addresses[i]) % alignment != 0)
      return fail("does not begin at a multiple of " + llvm::Twine(alignment) +
                  " bytes");
  }
  return llvm::Error::success();
}

static bptt_status checkWorkspace(const bptt_plan &plan, const void *workspace,
                                  int64_t bytes, bptt_message *message) {
  int64_t needed = plan.planned.arenaBytes();
  if (bytes < needed || (!workspace && needed > 0))
    return report(BPTT_WORKSPACE_TOO_SMALL,
                  llvm::createStringError(
                      "a workspace of " +
                      llvm::Twine(workspace ? bytes : int64_t(0)) +
                      " bytes, the plan needs " + llvm::Twine(needed)),
                  message);
  uint64_t beyond =
      reinterpret_cast<uintptr_t>(workspace) % BPTT_WORKSPACE_ALIGNMENT;
  if (beyond != 0)
    return report(
        BPTT_WORKSPACE_MISALIGNED,
        llvm::createStringError("the workspace begins " + llvm::Twine(beyond) +
                                " bytes beyond a multiple of " +
                                llvm::Twine(BPTT_WORKSPACE_ALIGNMENT)),
        message);
  return BPTT_SUCCESS;
}

bptt_status bptt_run(const bptt_plan *plan, const bptt_program *program,
                     const void *const *arguments, void *const *results,
                     void *workspace, int64_t workspaceBytes, void *stream,
                     bptt_message *message) {
  auto invalid = [&](llvm::Error error) {
    return report(BPTT_INVALID_ARGUMENT, std::move(error), message);
  };
  if (plan->program != program)
    return invalid(llvm::createStringError(
        "the plan is one of '" + llvm::Twine(plan->program->name) +
        "', expected one of '" + program->name + "'"));
  bool isForDevice = program->begin != nullptr;
  if (stream && !isForDevice)
    return invalid(
        llvm::createStringError("a stream, but '" + llvm::Twine(program->name) +
                                "' runs on the calling thread: pass null"));
  llvm::ArrayRef argumentArrays(program->arguments, program->num_arguments);
  llvm::ArrayRef resultArrays(program->results, program->num_results);
  if (llvm::Error error =
          checkArrays(*plan, "argument", argumentArrays, arguments, 0))
    return invalid(std::move(error));
  if (llvm::Error error = checkArrays(*plan, "result", resultArrays, results,
                                      argumentArrays.size()))
    return invalid(std::move(error));
  if (bptt_status status =
          checkWorkspace(*plan, workspace, workspaceBytes, message))
    return status;

  if (isForDevice) {
    llvm::SmallVector<const void *> arrays(
        llvm::ArrayRef(arguments, argumentArrays.size()));
    llvm::append_range(arrays, llvm::ArrayRef(results, resultArrays.size()));
    for (auto [address, shape] : llvm::zip(arrays, plan->shapes))
      if (llvm::is_contained(shape, 0))
        address = nullptr;
    if (bptt_status status =
            program->begin(program, arrays.data(), workspace, message))
      return status;
  }

  const ProgramPlan &planned = plan->planned;
  char *arena = static_cast<char *>(workspace);
  MemRefs memrefs;
  for (size_t i = 0; i < argumentArrays.size(); ++i)
    memrefs.add(arguments[i], plan->shapes[i]);
  for (size_t i = 0; i < resultArrays.size(); ++i)
    memrefs.add(results[i], plan->shapes[argumentArrays.size() + i]);
  // A table for every recurrence, those inside steps too.
  if (program->num_recurrences > 0) {
    memrefs.add(arena + planned.otherBytes, {planned.stackBytes});
    for (const std::vector<int32_t> &table : planned.tables)
      memrefs.add(table.data(),
                  {int64_t(table.size()) / kTableColumns, kTableColumns});
  }
  memrefs.add(arena, {planned.otherBytes});
  llvm::SmallVector<void *, 64> packed(memrefs.pointers());
  packed.push_back(stream);
  program->entry(packed.data());
  return isForDevice ? program->end(program, message) : succeed(message);
}
