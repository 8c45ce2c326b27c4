//===- PlanProblem.h - #bptt.plan and the planner's problem -----*- C++ -*-===//

#ifndef BPTT_DIALECT_BPTT_IR_PLANPROBLEM_H
#define BPTT_DIALECT_BPTT_IR_PLANPROBLEM_H

#include "bptt/Dialect/BPTT/IR/BPTTDialect.h"
#include "bptt/Planning/Policy.h"
#include "bptt/Planning/Problem.h"

namespace bptt {

/// The problem that `plan` solves, without reserves; `numSteps` is -1 where the
/// length is known only at run time.
planning::Problem getProblem(PlanAttr plan);

/// `plan`'s policy, which its verifier has checked.
planning::Policy getPolicy(PlanAttr plan);

/// The attribute for a solution of `problem` that keeps at most `keptBytes`.
/// The first tape mode is the one without extra cost.
PlanAttr getPlanAttr(mlir::MLIRContext *context,
                     const planning::Problem &problem, planning::Policy policy,
                     int64_t keptBytes);

} // namespace bptt

#endif
