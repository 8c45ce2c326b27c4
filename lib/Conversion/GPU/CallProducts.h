//===- CallProducts.h - Matrix products of a library ------------*- C++ -*-===//

#ifndef BPTT_LIB_CONVERSION_GPU_CALLPRODUCTS_H
#define BPTT_LIB_CONVERSION_GPU_CALLPRODUCTS_H

#include "llvm/ADT/StringRef.h"

namespace bptt {

/// The function of libbptt_cuda_runtime (bptt-c/cuda.h); its last parameter,
/// the stream, is added by -bptt-bind-stream.
inline constexpr llvm::StringLiteral kProductFunction("bptt_cuda_product");
inline constexpr unsigned kNumProductParameters = 12;

} // namespace bptt

#endif
