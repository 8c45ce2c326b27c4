//===- LowerToCPU.cpp - From memrefs to the LLVM dialect ------------------===//

#include "bptt/Conversion/LowerToCPU.h"

#include "bptt/Conversion/HostTarget.h"
#include "bptt/Conversion/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

/// Structured operations on memrefs become loops over vectors and scalars.
static void addLoops(OpPassManager &pm, int64_t vectorBits, int64_t threads) {
  OpPassManager &functions = pm.nest<func::FuncOp>();
  functions.addPass(bptt::createCopyToLinalg());
  bptt::VectorizeContractionsOptions contractions;
  contractions.vectorBits = vectorBits;
  contractions.threads = threads;
  functions.addPass(bptt::createVectorizeContractions(contractions));
  bptt::VectorizeElementwiseOptions elementwise;
  elementwise.vectorBits = vectorBits;
  elementwise.threads = threads;
  functions.addPass(bptt::createVectorizeElementwise(elementwise));
  functions.addPass(createConvertLinalgToLoopsPass());
  functions.addPass(createForallToForLoopPass());
  functions.addPass(bptt::createExpandMath());
  pm.addPass(bptt::createOutlineParallel({threads}));
  pm.nest<func::FuncOp>().addPass(createParallelForToNestedForsPass());
}

void bptt::addCPUConversions(OpPassManager &pm) {
  OpPassManager &functions = pm.nest<func::FuncOp>();
  functions.addPass(createLowerAffinePass());
  functions.addPass(createSCFToControlFlowPass());
  functions.addPass(memref::createExpandStridedMetadataPass());
  functions.addPass(createLowerAffinePass());
  // Few processors round to bf16, and few libraries have it as a function.
  arith::ArithEmulateUnsupportedFloatsOptions emulate;
  emulate.sourceTypeStrs = {"bf16"};
  functions.addPass(arith::createArithEmulateUnsupportedFloats(emulate));
  arith::ArithExpandOpsPassOptions expand;
  expand.includeBf16 = true;
  functions.addPass(arith::createArithExpandOpsPass(expand));
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createCallMathLibrary());
  pm.addPass(createConvertMathToLLVMPass());
  // Takes vectors apart, hence before what remains of them is converted.
  pm.addPass(createConvertMathToLibmPass());
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertIndexToLLVMPass());
  pm.addPass(createUBToLLVMConversionPass());
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
  pm.addPass(createConvertFuncToLLVMPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void bptt::buildLowerToCPUPipeline(OpPassManager &pm,
                                   const CPULoweringOptions &options) {
  addLoops(pm, options.vectorBits ? options.vectorBits : getHostVectorBits(),
           options.threads);
  addCPUConversions(pm);
}

void bptt::registerLowerToCPUPipeline() {
  PassPipelineRegistration<CPULoweringOptions>(
      "bptt-lower-to-cpu",
      "Lower bufferized functions to the LLVM dialect for the CPU",
      buildLowerToCPUPipeline);
}
