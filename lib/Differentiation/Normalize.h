//===- Normalize.h - The forms in which differentiation works ---*- C++ -*-===//

#ifndef BPTT_LIB_DIFFERENTIATION_NORMALIZE_H
#define BPTT_LIB_DIFFERENTIATION_NORMALIZE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Support/LogicalResult.h"

namespace bptt {

/// Inlines calls and steps, and chains if `inlineChains`; makes element-wise
/// operations on tensors and named structured operations `linalg.generic`,
/// fuses element-wise work where nothing is computed twice. The meaning stays.
/// Fails, with an error, on functions of several blocks and on calls that
/// cannot be inlined.
mlir::LogicalResult normalize(mlir::func::FuncOp function,
                              bool inlineChains = true);

/// Replaces calls and steps by the bodies of their functions, and chains if
/// `inlineChains`. Fails as `normalize` does.
mlir::LogicalResult inlineCalls(mlir::func::FuncOp function,
                                bool inlineChains = true);

/// One linalg.generic for every scalar operation of an element-wise one, the
/// logistic function counting as one: the finest choice of values to keep.
/// Fusion undoes it.
void decomposeElementwise(mlir::func::FuncOp function);

/// Canonical form, with element-wise work fused where nothing is computed
/// twice.
void simplify(mlir::func::FuncOp function);

/// Fuses element-wise operations with their element-wise users, as operations
/// of several results where others use them too.
void fuseElementwise(mlir::func::FuncOp function);

} // namespace bptt

#endif
