//===- GenericAdjoint.h - The adjoint of a linalg.generic -------*- C++ -*-===//

#ifndef BPTT_LIB_DIFFERENTIATION_GENERICADJOINT_H
#define BPTT_LIB_DIFFERENTIATION_GENERICADJOINT_H

#include "bptt/Differentiation/Adjoint.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace bptt {

/// Builds the adjoint of `op`, which has passed the rule's query.
llvm::LogicalResult buildGenericAdjoint(mlir::linalg::GenericOp op,
                                        AdjointBuilder &adjoint);

} // namespace bptt

#endif
