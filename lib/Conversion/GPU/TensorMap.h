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

/// What is copied at once.
struct TensorBox {
  int64_t columns, rows;
  /// The bytes of a row where rows are swizzled, else 0.
  int64_t swizzle;
};

/// A tensor map on the host's stack, written at `host`, by which boxes of
/// `memref`, a matrix whose strides are known, are copied.
mlir::Value makeTensorMap(mlir::OpBuilder &host, mlir::Location loc,
                          mlir::Value memref, const TensorBox &box);

} // namespace bptt

#endif
