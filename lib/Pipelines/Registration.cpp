//===- Registration.cpp - Everything a tool registers ---------------------===//

#include "bptt/Pipelines/Registration.h"

#include "bptt/Conversion/Passes.h"
#include "bptt/Dialect/BPTT/IR/BPTTDialect.h"
#include "bptt/Transforms/BufferizationModels.h"
#include "bptt/Transforms/Passes.h"

void bptt::registerDialects(mlir::DialectRegistry &registry) {
  registry.insert<BPTTDialect>();
  registerBufferizationModels(registry);
}

void bptt::registerPasses() {
  registerBPTTTransformsPasses();
  registerBPTTConversionPasses();
}
