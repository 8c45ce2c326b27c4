//===- LowerToCPU.h - From memrefs to the LLVM dialect ----------*- C++ -*-===//

#ifndef BPTT_CONVERSION_LOWERTOCPU_H
#define BPTT_CONVERSION_LOWERTOCPU_H

#include "mlir/Pass/PassOptions.h"

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace bptt {

struct CPULoweringOptions : mlir::PassPipelineOptions<CPULoweringOptions> {};

/// Lowers a module of functions on memrefs (bufferized, no allocation left) to
/// the LLVM dialect for the CPU. What comes out calls nothing but libm.
void buildLowerToCPUPipeline(mlir::OpPassManager &pm,
                             const CPULoweringOptions &options);

/// Makes the above available as `--bptt-lower-to-cpu`.
void registerLowerToCPUPipeline();

} // namespace bptt

#endif
