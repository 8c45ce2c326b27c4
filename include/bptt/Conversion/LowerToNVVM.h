//===- LowerToNVVM.h - From memrefs to GPU kernels and their host *- C++
//-*-===//

#ifndef BPTT_CONVERSION_LOWERTONVVM_H
#define BPTT_CONVERSION_LOWERTONVVM_H

#include "mlir/Pass/PassOptions.h"

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace bptt {

/// Who computes matrix products on a GPU.
enum class Products {
  Kernels,
  /// The same, with wgmma and the copy engine of sm_90a where they can.
  Warpgroups,
  CublasLt
};

struct NVVMLoweringOptions : mlir::PassPipelineOptions<NVVMLoweringOptions> {
  Option<std::string> chip{
      *this, "chip",
      llvm::cl::desc("The chip to compile for: sm_80, sm_90a, sm_100, ..."),
      llvm::cl::init("sm_90a")};
  Option<std::string> format{
      *this, "format",
      llvm::cl::desc("What gpu.binary holds: isa (PTX, needs no toolkit), bin "
                     "(cubin) or fatbin, for which ptxas must be found"),
      llvm::cl::init("isa")};
  Option<Products> matmul{
      *this, "matmul", llvm::cl::desc("Who computes matrix products"),
      llvm::cl::init(Products::Kernels),
      llvm::cl::values(
          clEnumValN(Products::Kernels, "nvvm", "kernels made here"),
          clEnumValN(Products::Warpgroups, "wgmma",
                     "the same, on sm_90a with wgmma and TMA where they can"),
          clEnumValN(Products::CublasLt, "cublas",
                     "cuBLASLt, which is then needed to run"))};
  Option<std::string> matmulPrecision{
      *this, "matmul-precision",
      llvm::cl::desc("As for --bptt-form-kernels: f32, tf32 or bf16"),
      llvm::cl::init("f32")};
};

/// Linalg and copies on memrefs become kernels, outlined into
/// `gpu.module @kernels`, or calls of a library; transcendental functions are
/// expanded. The host keeps control flow and addresses.
void buildKernelPasses(mlir::OpPassManager &pm, llvm::StringRef chip,
                       Products products, llvm::StringRef matmulPrecision);

/// Lowers a module of functions on memrefs (bufferized, no allocation left) to
/// the LLVM dialect with a `gpu.binary`. Functions that launch kernels take a
/// stream as their last argument; they only enqueue on it. Fails where `format`
/// is not one of those above.
void buildLowerToNVVMPipeline(mlir::OpPassManager &pm,
                              const NVVMLoweringOptions &options);

/// The same kernels, to be run on the CPU by bptt/Runtime/EmulatedLaunch.h: for
/// tests. Functions take no stream.
void buildEmulateKernelsPipeline(mlir::OpPassManager &pm,
                                 Products products = Products::Kernels,
                                 llvm::StringRef matmulPrecision = "f32");

/// Makes the above available as `--bptt-lower-to-nvvm` and
/// `--bptt-lower-to-emulated-gpu`.
void registerLowerToNVVMPipeline();

} // namespace bptt

#endif
