//===- ConvertKernels.cpp - Kernels to NVVM without libdevice -------------===//

#include "TensorMap.h"

#include "bptt/Conversion/Passes.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/GPUToNVVM/GPUToNVVMPass.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/NVGPUToNVVM/NVGPUToNVVM.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace bptt {
#define GEN_PASS_DEF_CONVERTKERNELS
#include "bptt/Conversion/Passes.h.inc"
} // namespace bptt

/// What the chip has instructions for, or LLVM code.
static bool hasInstructions(Operation *op) {
  return isa<math::AbsFOp, math::AbsIOp, math::CeilOp, math::CopySignOp,
             math::CtPopOp, math::CountLeadingZerosOp,
             math::CountTrailingZerosOp, math::FloorOp, math::FmaOp,
             math::IsFiniteOp, math::IsInfOp, math::IsNaNOp, math::IsNormalOp,
             math::RoundEvenOp, math::RsqrtOp, math::SqrtOp, math::TruncOp>(op);
}

/// A parameter of a kernel, before and after conversion: its number stays.
using Parameter = std::pair<StringAttr, unsigned>;

static SmallVector<Parameter> findTensorMaps(gpu::GPUModuleOp kernels) {
  SmallVector<Parameter> maps;
  for (auto kernel : kernels.getOps<gpu::GPUFuncOp>())
    for (auto [number, type] : llvm::enumerate(kernel.getArgumentTypes()))
      if (bptt::isTensorMap(type))
        maps.push_back({kernel.getNameAttr(), number});
  return maps;
}

/// The copy engine reads a map where the driver puts a launch's parameters.
static void passByValue(gpu::GPUModuleOp kernels, ArrayRef<Parameter> maps) {
  Builder builder(kernels.getContext());
  for (auto [name, number] : maps) {
    auto kernel = kernels.lookupSymbol<LLVM::LLVMFuncOp>(name);
    kernel.setArgAttr(
        number, LLVM::LLVMDialect::getByValAttrName(),
        TypeAttr::get(bptt::getTensorMapStorage(kernels.getContext())));
    kernel.setArgAttr(number, LLVM::LLVMDialect::getAlignAttrName(),
                      builder.getI64IntegerAttr(bptt::kTensorMapAlignment));
    kernel.setArgAttr(number, NVVM::NVVMDialect::getGridConstantAttrName(),
                      builder.getUnitAttr());
  }
}

/// Upstream makes dynamic shared memory an array of no elements that is the
/// module's own, which becomes a byte. PTX has no other way to say that the
/// launch knows its size than that the array is elsewhere.
static void declareDynamicShared(gpu::GPUModuleOp kernels) {
  for (auto global : kernels.getOps<LLVM::GlobalOp>()) {
    auto type = dyn_cast<LLVM::LLVMArrayType>(global.getGlobalType());
    if (type && type.getNumElements() == 0)
      global.setLinkage(LLVM::Linkage::External);
  }
}

namespace {
struct ConvertKernels : bptt::impl::ConvertKernelsBase<ConvertKernels> {
  void runOnOperation() override {
    gpu::GPUModuleOp kernels = getOperation();
    WalkResult checked = kernels.walk([](Operation *op) -> WalkResult {
      if (!isa<math::MathDialect>(op->getDialect()) || hasInstructions(op))
        return WalkResult::advance();
      return op->emitOpError("of ")
             << op->getResult(0).getType()
             << " has no expansion for GPUs, and libdevice is not used";
    });
    if (checked.wasInterrupted())
      return signalPassFailure();

    SmallVector<Parameter> maps = findTensorMaps(kernels);

    // What 16 bytes at a time are copied to.
    kernels.walk([](gpu::GPUFuncOp kernel) {
      Builder builder(kernel.getContext());
      for (unsigned i = 0; i < kernel.getNumWorkgroupAttributions(); ++i)
        kernel.setWorkgroupAttributionAttr(
            i, LLVM::LLVMDialect::getAlignAttrName(),
            builder.getI64IntegerAttr(16));
    });

    RewritePatternSet steps(&getContext());
    vector::populateVectorStepLoweringPatterns(steps);
    if (failed(applyPatternsGreedily(kernels, std::move(steps))))
      return signalPassFailure();

    LowerToLLVMOptions options(
        &getContext(),
        DataLayout(cast<DataLayoutOpInterface>(kernels.getOperation())));
    options.useBarePtrCallConv = true;
    LLVMTypeConverter converter(&getContext(), options);
    configureGpuToNVVMTypeConverter(converter);
    converter.addConversion([](nvgpu::DeviceAsyncTokenType type) -> Type {
      return IntegerType::get(type.getContext(), 32); // as upstream; not used
    });
    RewritePatternSet patterns(&getContext());
    // Before those that call libdevice for the same operations.
    populateMathToLLVMConversionPatterns(converter, patterns,
                                         /*approximateLog1p=*/true,
                                         /*benefit=*/20);
    populateGpuToNVVMConversionPatterns(converter, patterns, /*benefit=*/10);
    populateNVGPUToNVVMConversionPatterns(converter, patterns);
    arith::populateArithToLLVMConversionPatterns(converter, patterns);
    cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
    index::populateIndexToLLVMConversionPatterns(converter, patterns);
    populateFinalizeMemRefToLLVMConversionPatterns(converter, patterns);
    populateVectorToLLVMConversionPatterns(converter, patterns);
    ub::populateUBToLLVMConversionPatterns(converter, patterns);
    LLVMConversionTarget target(getContext());
    target.addLegalDialect<NVVM::NVVMDialect>();
    target.addIllegalDialect<gpu::GPUDialect, nvgpu::NVGPUDialect>();
    target.addLegalOp<gpu::GPUModuleOp>();
    if (failed(applyPartialConversion(kernels, target, std::move(patterns))))
      return signalPassFailure();
    passByValue(kernels, maps);
    declareDynamicShared(kernels);
  }
};
} // namespace
