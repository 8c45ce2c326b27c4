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

namespace {
/// Upstream goes on after a format that it does not know.
struct RefuseFormat : PassWrapper<RefuseFormat, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(RefuseFormat)
  explicit RefuseFormat(std::string format) : format(std::move(format)) {}
  StringRef getArgument() const override { return "bptt-refuse-format"; }
  void runOnOperation() override {
    getOperation().emitError() << "unknown format '" << format
                               << "', expected isa, bin, fatbin or llvm";
    signalPassFailure();
  }
  std::string format;
};
} // namespace

void bptt::buildKernelPasses(OpPassManager &pm, StringRef chip,
                             Products products, StringRef matmulPrecision) {
  pm.addPass(createSinkConstants());
  if (products == Products::CublasLt)
    pm.addPass(createCallProducts());
  pm.addPass(createFormKernels(
      {matmulPrecision.str(), chip.str(), products == Products::Warpgroups}));
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
  if (!llvm::is_contained({"isa", "bin", "fatbin", "llvm"}, options.format))
    pm.addPass(std::make_unique<RefuseFormat>(options.format));
  buildKernelPasses(pm, options.chip, options.matmul, options.matmulPrecision);
  pm.addPass(createAttachChip({options.chip}));
  addDeviceConversions(pm);
  addHostConversions(pm);
  pm.addPass(createBindStream());
  GpuModuleToBinaryPassOptions binary;
  binary.compilationTarget = options.format;
  pm.addPass(createGpuModuleToBinaryPass(binary));
}

void bptt::buildEmulateKernelsPipeline(OpPassManager &pm, Products products,
                                       StringRef matmulPrecision) {
  buildKernelPasses(pm, "sm_90a", products, matmulPrecision);
  pm.addPass(createEmulateKernels());
  addCPUConversions(pm);
}

void bptt::registerLowerToNVVMPipeline() {
  PassPipelineRegistration<>(
      "bptt-lower-to-emulated-gpu",
      "Lower bufferized functions to GPU kernels that run on the CPU",
      [](OpPassManager &pm) { buildEmulateKernelsPipeline(pm); });
  PassPipelineRegistration<NVVMLoweringOptions>(
      "bptt-lower-to-nvvm",
      "Lower bufferized functions to GPU kernels and the LLVM dialect",
      buildLowerToNVVMPipeline);
}
