//===- RecurrenceMemory.h - What one recurrence has in memory ---*- C++ -*-===//

#ifndef BPTT_LIB_TRANSFORMS_RECURRENCEMEMORY_H
#define BPTT_LIB_TRANSFORMS_RECURRENCEMEMORY_H

#include "bptt/Dialect/BPTT/IR/BPTTDialect.h"

namespace bptt {

/// Sizes of a bufferized forward and backward, in bytes, each item at a
/// multiple of `kArenaAlignment`.
struct RecurrenceSizes {
  /// Dense types of the carries and of the residuals of one step.
  llvm::SmallVector<mlir::Type> carries, residuals;
  int64_t stateBytes = 0;
  int64_t residualBytes = 0;
  /// Workspaces of the cells: `advance` stands for both sweeps.
  int64_t advanceWorkspaceBytes = 0;
  int64_t tapedWorkspaceBytes = 0;
  int64_t backwardWorkspaceBytes = 0;

  /// The tape in progress and the cells' workspaces, where the former lies
  /// below the latter.
  int64_t scratchBytes() const {
    return std::max(advanceWorkspaceBytes,
                    residualBytes +
                        std::max(tapedWorkspaceBytes, backwardWorkspaceBytes));
  }
};

/// Reads the sizes off the signatures of the bufferized cells, whose workspaces
/// are assigned.
RecurrenceSizes getRecurrenceSizes(ForwardOp forward, BackwardOp backward);

/// The backward that takes `forward`'s tape.
BackwardOp getBackward(ForwardOp forward);

/// `cell`'s function.
mlir::func::FuncOp lookUpCell(mlir::Operation *user, llvm::StringRef cell);

/// `bptt.workspace_bytes` of a cell.
int64_t getWorkspaceBytes(mlir::func::FuncOp cell);

} // namespace bptt

#endif
