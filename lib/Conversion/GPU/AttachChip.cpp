//===- AttachChip.cpp - Which GPU kernels are compiled for ----------------===//

#include "bptt/Conversion/Passes.h"

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
    // LLVM's own choice is the oldest PTX that knows the chip, so that old
    // drivers take it.
    auto target = NVVM::NVVMTargetAttr::get(&getContext(), /*optLevel=*/3,
                                            kTriple, chip, /*features=*/"");
    for (auto kernels : getOperation().getOps<gpu::GPUModuleOp>())
      kernels.setTargetsAttr(ArrayAttr::get(&getContext(), {target}));
  }
};
} // namespace
