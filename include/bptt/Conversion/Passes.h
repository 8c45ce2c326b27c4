//===- Passes.h - Lowering towards a target ---------------------*- C++ -*-===//

#ifndef BPTT_CONVERSION_PASSES_H
#define BPTT_CONVERSION_PASSES_H

#include "bptt/Conversion/LowerToCPU.h"
#include "bptt/Conversion/LowerToNVVM.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Pass/Pass.h"

namespace bptt {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "bptt/Conversion/Passes.h.inc"

/// Every pass and pipeline of this folder.
inline void registerBPTTConversionPasses() {
  registerBPTTConversionIndividualPasses();
  registerLowerToCPUPipeline();
  registerLowerToNVVMPipeline();
}

} // namespace bptt

#endif
