//===- Registration.cpp - Everything a tool registers ---------------------===//

#include "bptt/Pipelines/Registration.h"

#include "bptt/Conversion/LowerToCPU.h"
#include "bptt/Conversion/Passes.h"
#include "bptt/Dialect/BPTT/IR/BPTTDialect.h"
#include "bptt/Differentiation/Differentiate.h"
#include "bptt/Differentiation/Passes.h"
#include "bptt/Pipelines/Pipelines.h"
#include "bptt/Transforms/BufferizationModels.h"
#include "bptt/Transforms/Passes.h"

#include "mlir/Target/LLVMIR/Dialect/All.h"

void bptt::registerDialects(mlir::DialectRegistry &registry) {
  registry.insert<BPTTDialect>();
  registerBufferizationModels(registry);
  registerDifferentiationRules(registry);
  mlir::registerAllGPUToLLVMIRTranslations(registry);
}

void bptt::registerPasses() {
  registerBPTTDifferentiationPasses();
  registerBPTTTransformsPasses();
  registerBPTTConversionPasses();
  registerLowerToCPUPipeline();
  registerPipelines();
}
