//===- EmulateWarpgroups.h - Calls for what sm_90a does ---------*- C++ -*-===//

#ifndef BPTT_LIB_CONVERSION_GPU_EMULATEWARPGROUPS_H
#define BPTT_LIB_CONVERSION_GPU_EMULATEWARPGROUPS_H

#include "EmulateWarps.h"

namespace bptt {

/// Whether `op` is about barriers in memory, copies of boxes, products of
/// groups of warps, or dynamic shared memory.
bool isForWarpgroups(mlir::Operation *op);

/// Replaces `op`, of which isForWarpgroups() holds, by a call.
void replaceForWarpgroups(mlir::Operation *op, WarpEmulator &emulator);

} // namespace bptt

#endif
