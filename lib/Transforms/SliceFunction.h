//===- SliceFunction.h - One number of a function, on its own ---*- C++ -*-===//

#ifndef BPTT_LIB_TRANSFORMS_SLICEFUNCTION_H
#define BPTT_LIB_TRANSFORMS_SLICEFUNCTION_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace bptt {

/// Adds `@NAME<suffix>`, a function of the same arguments and visibility as
/// `function` that computes `value` and nothing else. Fails, at the operation,
/// if that has a side effect.
mlir::LogicalResult addSliceFunction(mlir::func::FuncOp function,
                                     mlir::Value value, llvm::StringRef suffix);

} // namespace bptt

#endif
