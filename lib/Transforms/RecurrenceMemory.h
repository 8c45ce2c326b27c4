//===- RecurrenceMemory.h - What one recurrence has in memory ---*- C++ -*-===//

#ifndef BPTT_LIB_TRANSFORMS_RECURRENCEMEMORY_H
#define BPTT_LIB_TRANSFORMS_RECURRENCEMEMORY_H

#include "bptt/Dialect/BPTT/IR/BPTTDialect.h"

namespace bptt {

/// One way to tape a step: dense types of its residuals, their bytes, and the
/// workspaces of its cells.
struct TapeSizes {
  llvm::SmallVector<mlir::Type> residuals;
  int64_t residualBytes = 0;
  int64_t tapedWorkspaceBytes = 0;
  int64_t backwardWorkspaceBytes = 0;

  int64_t workspaceBytes() const {
    return std::max(tapedWorkspaceBytes, backwardWorkspaceBytes);
  }
};

/// Sizes of a bufferized forward and backward, in bytes, each item at a
/// multiple of `kArenaAlignment`.
struct RecurrenceSizes {
  /// Dense types of the carries.
  llvm::SmallVector<mlir::Type> carries;
  int64_t stateBytes = 0;
  /// At least one.
  llvm::SmallVector<TapeSizes, 1> modes;
  /// Of the cells that keep no tape, in both sweeps.
  int64_t advanceWorkspaceBytes = 0;

  /// The tape in progress, which is of the first mode, and the workspaces of
  /// the cells. The former lies below the latter where there is one; elsewhere
  /// the latter begin at the beginning.
  int64_t scratchBytes() const {
    int64_t bytes =
        std::max(advanceWorkspaceBytes,
                 modes.front().residualBytes + modes.front().workspaceBytes());
    for (const TapeSizes &mode : modes)
      bytes = std::max(bytes, mode.workspaceBytes());
    return bytes;
  }
};

/// Reads the sizes off the signatures of the bufferized cells, whose workspaces
/// are assigned.
RecurrenceSizes getRecurrenceSizes(ForwardOp forward, BackwardOp backward);

/// The backward that takes `forward`'s tape.
BackwardOp getBackward(ForwardOp forward);

/// `cell`'s function.
mlir::func::FuncOp lookUpCell(mlir::Operation *user, llvm::StringRef cell);

/// Calls `visit` for every cell that `recurrence` names, in a fixed order.
void forEachCell(mlir::Operation *recurrence,
                 llvm::function_ref<void(mlir::func::FuncOp)> visit);

/// `bptt.workspace_bytes` of a cell.
int64_t getWorkspaceBytes(mlir::func::FuncOp cell);

} // namespace bptt

#endif
