//===- TiledLoops.h - Loops in whole steps and a rest -----------*- C++ -*-===//

#ifndef BPTT_LIB_CONVERSION_TILEDLOOPS_H
#define BPTT_LIB_CONVERSION_TILEDLOOPS_H

#include "VectorAccess.h"

namespace bptt {

/// How to walk over [0, extent).
struct Tiling {
  int64_t step;
  /// Step over what is left of a dynamic extent.
  int64_t restStep;
  /// Whether the whole steps may run in any order, on several threads.
  bool parallel;
};

/// Emits a loop of whole steps that calls `full` at each, then `rest` for what
/// is left: once with its size where the extent is static, else in a loop by
/// `restStep` with size kDynamic.
void emitTiledLoop(
    mlir::OpBuilder &builder, mlir::Location loc, const LoopExtent &extent,
    const Tiling &tiling,
    llvm::function_ref<void(mlir::OpBuilder &, mlir::Value start)> full,
    llvm::function_ref<void(mlir::OpBuilder &, mlir::Value start, int64_t size)>
        rest);

/// The same over single values: `body` gets a start and how many follow it.
void emitRowLoop(
    mlir::OpBuilder &builder, mlir::Location loc, const LoopExtent &extent,
    int64_t rows, bool parallel,
    llvm::function_ref<void(mlir::OpBuilder &, mlir::Value start, int64_t rows)>
        body);

/// The same over `groups` vectors of `lanes` lanes: `body` gets how many
/// vectors follow its start and the mask of the last, null where it is whole.
void emitLaneLoop(mlir::OpBuilder &builder, mlir::Location loc,
                  const LoopExtent &extent, int64_t lanes, int64_t groups,
                  bool parallel,
                  llvm::function_ref<void(mlir::OpBuilder &, mlir::Value start,
                                          int64_t groups, mlir::Value lastMask)>
                      body);

using StepFn = llvm::function_ref<llvm::SmallVector<mlir::Value>(
    mlir::OpBuilder &, mlir::Value index, mlir::ValueRange carried)>;

/// Emits a sequential loop over single values that carries `carried` along, and
/// returns what the last iteration leaves.
llvm::SmallVector<mlir::Value>
emitCarryLoop(mlir::OpBuilder &builder, mlir::Location loc,
              const LoopExtent &extent, mlir::ValueRange carried, StepFn step);

using LaneStepFn = llvm::function_ref<llvm::SmallVector<mlir::Value>(
    mlir::OpBuilder &, mlir::Value index, mlir::Value mask,
    mlir::ValueRange carried)>;

/// The same in steps of `lanes`, the last one masked where it is not whole.
llvm::SmallVector<mlir::Value>
emitLaneCarryLoop(mlir::OpBuilder &builder, mlir::Location loc,
                  const LoopExtent &extent, int64_t lanes,
                  mlir::ValueRange carried, LaneStepFn step);

} // namespace bptt

#endif
