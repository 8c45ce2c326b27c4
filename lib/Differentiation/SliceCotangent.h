//===- SliceCotangent.h - Cotangents of parts of a tensor -------*- C++ -*-===//

#ifndef BPTT_LIB_DIFFERENTIATION_SLICECOTANGENT_H
#define BPTT_LIB_DIFFERENTIATION_SLICECOTANGENT_H

#include "bptt/Differentiation/Adjoint.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace bptt {

struct SliceRange {
  llvm::SmallVector<mlir::OpFoldResult> offsets, sizes, strides;
};

/// The same numbers where the adjoint is.
llvm::SmallVector<mlir::OpFoldResult>
getPrimal(llvm::ArrayRef<mlir::OpFoldResult> values, AdjointBuilder &adjoint);

/// The range of a primal slice operation, where the adjoint is.
SliceRange getSliceRange(mlir::OffsetSizeAndStrideOpInterface op,
                         AdjointBuilder &adjoint);

/// Lets what is added to the cotangents of static parts of `source` go straight
/// to that of the source, which is updated in place.
void aliasSlices(mlir::Value source, AdjointBuilder &adjoint);

/// Adds `g`, the cotangent of the slice `op`, to that of its source. Slices
/// that do not overlap, as those of the gates of a fused product, are put side
/// by side without an addition, and without zeros once they fill the source.
void addSliceCotangent(mlir::tensor::ExtractSliceOp op, mlir::Value g,
                       AdjointBuilder &adjoint);

} // namespace bptt

#endif
