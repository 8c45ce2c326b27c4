//===- LowerToNVVM.cpp - From memrefs to GPU kernels and their host -------===//

#include "bptt/Conversion/LowerToNVVM.h"

#include "bptt/Conversion/LowerToCPU.h"
#include "bptt/Conversion/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

/// The oldest PTX version that knows every chip of ours would do; sm_90a needs
/// 8.0, Blackwell 8.6.
static std::string getFeatures(StringRef chip) {
  unsigned number = 0;
  (void)chip.drop_front(StringRef("sm_").size())
      .take_while(llvm::isDigit)
      .getAsInteger(10, number);
  return number >= 100 ? "+ptx86" : "+ptx80";
}

void bptt::buildKernelPasses(OpPassManager &pm) {
  pm.addPass(createFormKernels());
  pm.addPass(createGpuKernelOutliningPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  OpPassManager &kernels = pm.nest<gpu::GPUModuleOp>();
  kernels.addPass(createExpandMath());
  kernels.addPass(createExpandDoubleMath());
  pm.addPass(createSymbolDCEPass());
}

static void addDeviceConversions(OpPassManager &pm) {
  OpPassManager &kernels = pm.nest<gpu::GPUModuleOp>();
  kernels.addPass(createLowerAffinePass());
  kernels.addPass(memref::createExpandStridedMetadataPass());
  kernels.addPass(createLowerAffinePass());
  kernels.addPass(arith::createArithExpandOpsPass());
  kernels.addPass(createLoopInvariantCodeMotionPass());
  kernels.addPass(createSCFToControlFlowPass());
  kernels.addPass(createCanonicalizerPass());
  kernels.addPass(createCSEPass());
  kernels.addPass(bptt::createConvertKernels());
  kernels.addPass(createCanonicalizerPass());
  kernels.addPass(createCSEPass());
  kernels.addPass(createReconcileUnrealizedCastsPass());
}

static void addHostConversions(OpPassManager &pm) {
  OpPassManager &functions = pm.nest<func::FuncOp>();
  functions.addPass(createLowerAffinePass());
  functions.addPass(createSCFToControlFlowPass());
  functions.addPass(memref::createExpandStridedMetadataPass());
  functions.addPass(createLowerAffinePass());
  functions.addPass(arith::createArithExpandOpsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  GpuToLLVMConversionPassOptions convert;
  convert.kernelBarePtrCallConv = true;
  pm.addPass(createGpuToLLVMConversionPass(convert));
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void bptt::buildLowerToNVVMPipeline(OpPassManager &pm,
                                    const NVVMLoweringOptions &options) {
  buildKernelPasses(pm);
  GpuNVVMAttachTargetOptions target;
  target.chip = options.chip;
  target.features = getFeatures(options.chip);
  target.optLevel = 3;
  pm.addPass(createGpuNVVMAttachTarget(target));
  addDeviceConversions(pm);
  addHostConversions(pm);
  pm.addPass(createBindStream());
  GpuModuleToBinaryPassOptions binary;
  binary.compilationTarget = options.format;
  pm.addPass(createGpuModuleToBinaryPass(binary));
}

void bptt::buildEmulateKernelsPipeline(OpPassManager &pm) {
  buildKernelPasses(pm);
  pm.addPass(createEmulateKernels());
  addCPUConversions(pm);
}

void bptt::registerLowerToNVVMPipeline() {
  PassPipelineRegistration<>(
      "bptt-lower-to-emulated-gpu",
      "Lower bufferized functions to GPU kernels that run on the CPU",
      buildEmulateKernelsPipeline);
  PassPipelineRegistration<NVVMLoweringOptions>(
      "bptt-lower-to-nvvm",
      "Lower bufferized functions to GPU kernels and the LLVM dialect",
      buildLowerToNVVMPipeline);
}
