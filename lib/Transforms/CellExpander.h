//===- CellExpander.h - Loops for recurrences inside cells ------*- C++ -*-===//

#ifndef BPTT_LIB_TRANSFORMS_CELLEXPANDER_H
#define BPTT_LIB_TRANSFORMS_CELLEXPANDER_H

#include "bptt/Dialect/BPTT/IR/BPTTDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace bptt {

/// Writes the loops of the recurrences inside bufferized cells, innermost
/// first: a loop needs the workspaces and the tables of the cells it calls.
class CellExpander {
public:
  /// `assignArena` places the temporaries of one function.
  explicit CellExpander(
      llvm::function_ref<llvm::LogicalResult(mlir::func::FuncOp)> assignArena)
      : assignArena(assignArena) {}

  /// Expands what stands in `cell`, and gives it its workspace; nothing where
  /// it has one. Fails with a diagnostic at what cannot stand in a cell.
  llvm::LogicalResult expand(mlir::func::FuncOp cell);

  /// Expands the cells of `forward` and of its backward, not `forward` itself.
  llvm::LogicalResult expandCells(ForwardOp forward);

private:
  llvm::function_ref<llvm::LogicalResult(mlir::func::FuncOp)> assignArena;
  /// From the outermost cell inwards.
  llvm::SmallVector<mlir::func::FuncOp> active;
};

} // namespace bptt

#endif
