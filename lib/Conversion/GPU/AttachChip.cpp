//===- AttachChip.cpp - Which GPU kernels are compiled for ----------------===//

#include "bptt/Conversion/Passes.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
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

/// LLVM itself warns of a chip that it does not know, and compiles for another.
static bool isKnown(StringRef chip) {
  LLVMInitializeNVPTXTargetInfo();
  LLVMInitializeNVPTXTarget();
  LLVMInitializeNVPTXTargetMC();
  llvm::Triple triple(kTriple);
  std::string message;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, message);
  if (!target)
    return false;
  std::unique_ptr<llvm::MCSubtargetInfo> info(
      target->createMCSubtargetInfo(triple, "", ""));
  return info && info->isCPUStringValid(chip);
}

/// 90 of sm_90a; 0 of what is no name of a chip.
static unsigned getGeneration(StringRef chip) {
  unsigned number = 0;
  if (chip.consume_front("sm_"))
    (void)chip.take_while(llvm::isDigit).getAsInteger(10, number);
  return number;
}

namespace {
struct AttachChip : bptt::impl::AttachChipBase<AttachChip> {
  using Base::Base;

  void runOnOperation() override {
    unsigned generation = getGeneration(chip);
    if (generation < kOldest || !isKnown(chip)) {
      getOperation().emitError()
          << "chip '" << chip
          << "' is not known, expected one from sm_80 on, such as sm_80, "
             "sm_90a or sm_100";
      return signalPassFailure();
    }
    // The oldest PTX that knows the chip, so that old drivers take it.
    StringRef features = generation >= 100 ? "+ptx86" : "+ptx80";
    auto target = NVVM::NVVMTargetAttr::get(&getContext(), /*optLevel=*/3,
                                            kTriple, chip, features);
    for (auto kernels : getOperation().getOps<gpu::GPUModuleOp>())
      kernels.setTargetsAttr(ArrayAttr::get(&getContext(), {target}));
  }
};
} // namespace
