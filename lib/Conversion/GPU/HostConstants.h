//===- HostConstants.h - Constants that kernels would not see ---*- C++ -*-===//

#ifndef BPTT_LIB_CONVERSION_GPU_HOSTCONSTANTS_H
#define BPTT_LIB_CONVERSION_GPU_HOSTCONSTANTS_H

#include "mlir/IR/BuiltinOps.h"

namespace bptt {

/// Whether `op` makes one memref of its first operand, from numbers. Null is
/// allowed.
bool isView(mlir::Operation *op);

/// The constant that `memref` is a view of, or null.
mlir::Operation *findConstant(mlir::Value memref);

/// Fails, with an error at the constant, where the host passes the address of
/// one: it is the host's memory, and a kernel sees only what it has itself.
mlir::LogicalResult refuseHostConstants(mlir::ModuleOp module);

} // namespace bptt

#endif
