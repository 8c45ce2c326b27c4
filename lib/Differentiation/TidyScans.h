//===- TidyScans.h - Scans in the form that is differentiated ---*- C++ -*-===//

#ifndef BPTT_LIB_DIFFERENTIATION_TIDYSCANS_H
#define BPTT_LIB_DIFFERENTIATION_TIDYSCANS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"

namespace bptt {

/// Gives the scans in `function` cells that stack nothing which is not used,
/// and at least one carry, of one byte: a sequence that nobody reads takes no
/// memory, and a recurrence without a state is planned like any other. New
/// cells are added to the module; scans with a supplied rule stay as they are.
void tidyScans(mlir::func::FuncOp function, mlir::SymbolTable &symbols);

} // namespace bptt

#endif
