//===- ChainMemory.h - What one chain has in memory -------------*- C++ -*-===//

#ifndef BPTT_LIB_TRANSFORMS_CHAINMEMORY_H
#define BPTT_LIB_TRANSFORMS_CHAINMEMORY_H

#include "bptt/Dialect/BPTT/IR/BPTTDialect.h"

namespace bptt {

/// Dense types of values that lie one after the other, each at a multiple of
/// `kArenaAlignment`, and their bytes.
struct DenseItem {
  llvm::SmallVector<mlir::Type> types;
  int64_t bytes = 0;
};

/// Sizes of a bufferized chain, read off the signatures of its cells, in bytes.
///
/// Beside the stack a chain has, one after the other: two running states, two
/// gradients of states, and scratch memory, in which the tape in progress,
/// which is of the first mode, lies below the workspace of the cells. State i
/// and its gradient are always in buffer i % 2, which is as large as the
/// largest of its states.
struct ChainSizes {
  /// h_0 to h_n, the last being what the last step returns.
  llvm::SmallVector<DenseItem> states;
  /// Those of the carries that have gradients.
  llvm::SmallVector<DenseItem> gradients;
  /// Of every step, in every mode of its tape.
  llvm::SmallVector<llvm::SmallVector<DenseItem, 1>> residuals;
  llvm::SmallVector<int64_t> numOutputs; // one a step
  int64_t runningBytes[2] = {0, 0}, gradientBytes[2] = {0, 0};
  int64_t largestResidualBytes = 0; // in the first mode
  /// Of the cells of any step: without a tape, with one of the first mode, and
  /// with one of another.
  int64_t advanceWorkspaceBytes = 0, tapedWorkspaceBytes = 0,
          otherWorkspaceBytes = 0;

  int64_t numSteps() const { return residuals.size(); }
  int64_t runningOffset(int64_t state) const {
    return state % 2 ? runningBytes[0] : 0;
  }
  int64_t gradientOffset(int64_t state) const {
    return runningBytes[0] + runningBytes[1] +
           (state % 2 ? gradientBytes[0] : 0);
  }
  int64_t scratchOffset() const {
    return gradientOffset(0) + gradientBytes[0] + gradientBytes[1];
  }
  /// With tapes of the first mode alone.
  int64_t firstScratchBytes() const {
    return std::max(advanceWorkspaceBytes,
                    largestResidualBytes + tapedWorkspaceBytes);
  }
  int64_t scratchBytes() const {
    return std::max(firstScratchBytes(), otherWorkspaceBytes);
  }
  int64_t fixedBytes() const { return scratchOffset() + scratchBytes(); }
  /// Of plain BPTT: every state and every tape, in the first mode.
  int64_t plainStackBytes() const;
};

/// The workspaces of the cells of `forward` are assigned.
ChainSizes getChainSizes(ChainForwardOp forward);

/// The backward that takes `forward`'s tape.
ChainBackwardOp getBackward(ChainForwardOp forward);

} // namespace bptt

#endif
