//===- TensorMap.h - Matrices as the copy engine sees them ------*- C++ -*-===//

#ifndef BPTT_LIB_CONVERSION_GPU_TENSORMAP_H
#define BPTT_LIB_CONVERSION_GPU_TENSORMAP_H

#include "mlir/Dialect/LLVMIR/LLVMTypes.h"
#include "mlir/IR/Builders.h"

namespace bptt {

/// The function that writes a tensor map, see bptt-c/cuda.h.
inline constexpr llvm::StringLiteral kTensorMapFunction("bptt_cuda_tensor_map");

/// What a kernel takes by value of a tensor map, and its alignment.
mlir::Type getTensorMapStorage(mlir::MLIRContext *context);
constexpr int64_t kTensorMapAlignment = 64;

/// Whether a parameter of a kernel is a tensor map: before kernels are
/// converted, nothing else is a pointer.
inline bool isTensorMap(mlir::Type type) {
  return mlir::isa<mlir::LLVM::LLVMPointerType>(type);
}

/// A tensor map on the host's stack, written at `host`, by which boxes of
/// `boxRows` by `boxColumns` elements of `memref`, of bf16 or f16, are copied.
/// All of its strides are known.
mlir::Value makeTensorMap(mlir::OpBuilder &host, mlir::Location loc,
                          mlir::Value memref, int64_t boxColumns,
                          int64_t boxRows);

} // namespace bptt

#endif
