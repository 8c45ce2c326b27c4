//===- MergeLaunches.h - Kernels side by side -------------------*- C++ -*-===//

#ifndef BPTT_LIB_CONVERSION_GPU_MERGELAUNCHES_H
#define BPTT_LIB_CONVERSION_GPU_MERGELAUNCHES_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace bptt {

/// Replaces launches that may run in any order by as few as it takes, each
/// where its last one was and named as its first: the thread blocks of one come
/// before those of the next. Launches stay apart that differ in the number of
/// threads or whose grids are known only at run time, that have dynamic shared
/// memory, or together too much of the other, or too many parameters. Shared
/// memory of the same type serves all.
void mergeLaunches(llvm::ArrayRef<mlir::gpu::LaunchOp> launches);

/// Replaces launches of one grid and as many threads, of which each block reads
/// what it wrote itself, by one, with barriers between them.
void sequenceLaunches(llvm::ArrayRef<mlir::gpu::LaunchOp> launches);

} // namespace bptt

#endif
