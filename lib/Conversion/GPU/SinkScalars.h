//===- SinkScalars.h - No device memory on the host -------------*- C++ -*-===//

#ifndef BPTT_LIB_CONVERSION_GPU_SINKSCALARS_H
#define BPTT_LIB_CONVERSION_GPU_SINKSCALARS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace bptt {

/// Moves what a function computes from single elements of buffers to where it
/// is used: into the bodies of structured operations, which a stored scalar
/// becomes as well. Fails, with an error at the load, where a branch, an
/// address or a call needs it on the host.
mlir::LogicalResult sinkScalars(mlir::func::FuncOp function);

} // namespace bptt

#endif
