//===- NestedTables.h - Tables of recurrences inside steps ------*- C++ -*-===//
//
// A recurrence inside a cell that follows a plan reads a table, which is an
// argument of the cell, of every function that calls it through a recurrence,
// and at last of the function that the caller of the program calls. The plans
// in `kNestedPlansAttr` say which tables these are.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_LIB_TRANSFORMS_NESTEDTABLES_H
#define BPTT_LIB_TRANSFORMS_NESTEDTABLES_H

#include "bptt/Dialect/BPTT/IR/BPTTDialect.h"

#include "llvm/ADT/SetVector.h"

namespace bptt {

using NestedPlans = llvm::SetVector<mlir::Attribute>;

/// The plans whose tables `function` takes, in the order of its arguments.
llvm::ArrayRef<mlir::Attribute> getNestedPlans(mlir::func::FuncOp function);

/// Adds to `plans` those that the cells of `recurrence` take tables for.
void collectNestedPlans(mlir::Operation *recurrence, NestedPlans &plans);

/// Gives `function` new last arguments: a table for each of `plans`.
void addNestedTables(mlir::func::FuncOp function, const NestedPlans &plans);

/// The table of `plan` among the arguments of `function`.
mlir::Value getNestedTable(mlir::func::FuncOp function, mlir::Attribute plan);

/// The arguments of an expanded cell that follow its destinations: tables and
/// workspace.
unsigned getNumTrailingArguments(mlir::func::FuncOp cell);

/// A new last argument.
mlir::Value addArgument(mlir::func::FuncOp function, mlir::Type type);

/// The type of a table.
mlir::Type getTableType(mlir::MLIRContext *context);

/// Adds to `kTablesAttr`.
void addTablePosition(mlir::func::FuncOp function, int64_t position);

} // namespace bptt

#endif
