//===- Plan.h - What a bptt_plan is -----------------------------*- C++ -*-===//

#ifndef BPTT_LIB_CAPI_PLAN_H
#define BPTT_LIB_CAPI_PLAN_H

#include "bptt-c/runtime.h"
#include "bptt/Runtime/MemRefs.h"
#include "bptt/Runtime/ProgramPlan.h"

struct bptt_plan {
  const bptt_program *program = nullptr;
  /// Shapes of the arguments, then of the results.
  std::vector<std::vector<int64_t>> shapes;
  bptt::ProgramPlan planned;
};

namespace bptt {

/// Puts `status` with the error's text into `message`, if there is one.
bptt_status report(bptt_status status, llvm::Error error,
                   bptt_message *message);

/// Succeeds with an empty message.
bptt_status succeed(bptt_message *message);

/// Shapes of a program's arguments and results where the dynamic extents are
/// known. Fails if there are too many or too few, or one is negative.
llvm::Expected<std::vector<std::vector<int64_t>>>
resolveShapes(const bptt_program &program, llvm::ArrayRef<int64_t> extents);

/// The planning problem of a program for these shapes. Fails for a policy that
/// this runtime does not know.
llvm::Expected<planning::SharedProblem>
getSharedProblem(const bptt_program &program,
                 llvm::ArrayRef<std::vector<int64_t>> shapes);

} // namespace bptt

#endif
