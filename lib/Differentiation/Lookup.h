//===- Lookup.h - Table lookups inside structured operations ----*- C++ -*-===//

#ifndef BPTT_LIB_DIFFERENTIATION_LOOKUP_H
#define BPTT_LIB_DIFFERENTIATION_LOOKUP_H

#include "bptt/Differentiation/Adjoint.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace bptt {

/// `accumulator`, of the type of the table that `lookup` in the body of `op`
/// reads, with `elements` added at the positions they were read from, in the
/// order of the loops. `elements` has one element for every iteration of `op`,
/// whose extents are static.
mlir::Value scatterAdd(mlir::linalg::GenericOp op,
                       mlir::tensor::ExtractOp lookup, mlir::Value elements,
                       mlir::Value accumulator, AdjointBuilder &adjoint);

} // namespace bptt

#endif
