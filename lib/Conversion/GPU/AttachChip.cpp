//===- AttachChip.cpp - Which GPU kernels are compiled for ----------------===//

#include "TensorMap.h"

#include "bptt-c/cuda.h"
#include "bptt/Conversion/Passes.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"

using namespace mlir;

namespace bptt {
#define GEN_PASS_DEF_ATTACHCHIP
#include "bptt/Conversion/Passes.h.inc"
} // namespace bptt

constexpr llvm::StringLiteral kTriple = "nvptx64-nvidia-cuda";
/// The first generation whose instructions kernels may use.
constexpr unsigned kOldest = 80;

/// 90 of sm_90a; 0 of what is no name of a chip.
static unsigned getGeneration(StringRef chip) {
  unsigned number = 0;
  if (chip.consume_front("sm_"))
    (void)chip.take_while(llvm::isDigit).getAsInteger(10, number);
  return number;
}

/// The chips from the oldest on that LLVM compiles for, in order.
static SmallVector<StringRef> listChips() {
  LLVMInitializeNVPTXTargetInfo();
  LLVMInitializeNVPTXTarget();
  LLVMInitializeNVPTXTargetMC();
  llvm::Triple triple(kTriple);
  std::string message;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, message);
  if (!target)
    return {};
  std::unique_ptr<llvm::MCSubtargetInfo> info(
      target->createMCSubtargetInfo(triple, "", ""));
  SmallVector<StringRef> chips;
  for (const auto &chip : info->getAllProcessorDescriptions())
    if (getGeneration(chip.Key) >= kOldest)
      chips.push_back(chip.Key);
  llvm::sort(chips, [](StringRef a, StringRef b) {
    return std::pair(getGeneration(a), a) < std::pair(getGeneration(b), b);
  });
  return chips;
}

/// Bytes of parameters that every chip takes with any PTX.
constexpr int64_t kSmallParameters = 4096;
/// The same from PTX 8.1 on.
constexpr int64_t kLargeParameters = 32764;

/// Where buffers are bare pointers, and with what aligns tensor maps.
static int64_t countParameterBytes(gpu::GPUFuncOp kernel) {
  int64_t bytes = 0;
  for (Type type : kernel.getArgumentTypes())
    bytes += bptt::isTensorMap(type)
                 ? BPTT_TENSOR_MAP_BYTES + bptt::kTensorMapAlignment
                 : 8;
  return bytes;
}

/// LLVM's own choice, of no features, is the oldest PTX that knows the chip, so
/// that old drivers take it.
static StringRef getFeatures(StringRef chip, int64_t parameterBytes) {
  bool hasOldPTX = llvm::is_contained(
      {"sm_80", "sm_86", "sm_87", "sm_89", "sm_90", "sm_90a"}, chip);
  return hasOldPTX && parameterBytes > kSmallParameters ? "+ptx81" : "";
}

namespace {
struct AttachChip : bptt::impl::AttachChipBase<AttachChip> {
  using Base::Base;

  void runOnOperation() override {
    // LLVM itself warns of a chip that it does not know, and compiles for
    // another.
    SmallVector<StringRef> chips = listChips();
    if (!llvm::is_contained(chips, chip)) {
      getOperation().emitError()
          << "chip '" << chip << "' is not known, expected one of "
          << llvm::join(chips, ", ");
      return signalPassFailure();
    }
    for (auto kernels : getOperation().getOps<gpu::GPUModuleOp>()) {
      int64_t parameterBytes = 0;
      for (auto kernel : kernels.getOps<gpu::GPUFuncOp>()) {
        int64_t bytes = countParameterBytes(kernel);
        parameterBytes = std::max(parameterBytes, bytes);
        if (bytes > kLargeParameters) {
          kernel.emitError()
              << "the kernel takes " << bytes
              << " bytes of parameters, chips take " << kLargeParameters;
          return signalPassFailure();
        }
      }
      auto target =
          NVVM::NVVMTargetAttr::get(&getContext(), /*optLevel=*/3, kTriple,
                                    chip, getFeatures(chip, parameterBytes));
      kernels.setTargetsAttr(ArrayAttr::get(&getContext(), {target}));
    }
  }
};
} // namespace
