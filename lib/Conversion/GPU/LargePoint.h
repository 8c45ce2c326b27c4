//===- LargePoint.h - Points of many results, one by one --------*- C++ -*-===//

#ifndef BPTT_LIB_CONVERSION_GPU_LARGEPOINT_H
#define BPTT_LIB_CONVERSION_GPU_LARGEPOINT_H

#include "KernelNode.h"

namespace bptt {

/// Evaluates one point of `op`, which is `node`'s in a kernel: result after
/// result, each stored as soon as it is there, and inputs loaded when the first
/// result needs them, or before they are overwritten. Of many operands only a
/// few are in registers then.
void emitLargePoint(mlir::OpBuilder &builder, const KernelNode &node,
                    mlir::linalg::GenericOp op, mlir::ValueRange indices);

} // namespace bptt

#endif
