//===- StepFunctions.h - The functions that evaluate steps ------*- C++ -*-===//

#ifndef BPTT_LIB_EXECUTION_STEPFUNCTIONS_H
#define BPTT_LIB_EXECUTION_STEPFUNCTIONS_H

#include "ProgramImpl.h"

#include "bptt/Dialect/BPTT/IR/BPTTDialect.h"

#include "llvm/ADT/StringSet.h"

namespace bptt {

/// The functions that evaluate a step of what is planned forwards; not those of
/// recurrences inside a step.
llvm::StringSet<> getPrimalCells(mlir::ModuleOp module);

/// Gives scans that are not planned, since no gradient goes through them, cells
/// of their own: evaluations are counted by the name of what is called.
void separateScans(mlir::ModuleOp module, const llvm::StringSet<> &primalCells);

/// The functions whose costs the planner wants, one entry a kind of step.
std::vector<StepCells> getStepCells(FirstSweepOpInterface first);

} // namespace bptt

#endif
