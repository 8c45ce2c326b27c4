//===- LowerToCPU.h - From memrefs to the LLVM dialect ----------*- C++ -*-===//

#ifndef BPTT_CONVERSION_LOWERTOCPU_H
#define BPTT_CONVERSION_LOWERTOCPU_H

#include "mlir/Pass/PassOptions.h"

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace bptt {

struct CPULoweringOptions : mlir::PassPipelineOptions<CPULoweringOptions> {
  Option<int64_t> threads{
      *this, "threads",
      llvm::cl::desc("Threads that share large operations; with more than one "
                     "the code calls bptt_parallel_for"),
      llvm::cl::init(1)};
  Option<int64_t> vectorBits{
      *this, "vector-bits",
      llvm::cl::desc("Width of a vector register in bits; 0 is this "
                     "processor's"),
      llvm::cl::init(0)};
};

/// Lowers a module of functions on memrefs (bufferized, no allocation left) to
/// the LLVM dialect for the CPU. What comes out calls nothing but libm, and the
/// runtime of bptt/Runtime/ParallelFor.h where `threads` is above 1. The bits
/// of every result are the same for any number of threads.
void buildLowerToCPUPipeline(mlir::OpPassManager &pm,
                             const CPULoweringOptions &options);

/// The last part of it: upstream's conversions of loops, vectors and scalars,
/// down to the LLVM dialect.
void addCPUConversions(mlir::OpPassManager &pm);

/// Makes the above available as `--bptt-lower-to-cpu`.
void registerLowerToCPUPipeline();

} // namespace bptt

#endif
