//===- HostTarget.cpp - LLVM's optimiser for the host CPU -----------------===//

#include "bptt/Conversion/HostTarget.h"

#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"

using namespace llvm;

Expected<std::unique_ptr<TargetMachine>>
bptt::createHostTargetMachine(StringRef processor, bool forJit) {
  InitializeNativeTarget();
  InitializeNativeTargetAsmPrinter();
  InitializeNativeTargetAsmParser();

  Triple triple(sys::getProcessTriple());
  std::string error;
  const Target *target = TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return createStringError(inconvertibleErrorCode(), error);

  SubtargetFeatures features;
  if (processor.empty()) {
    processor = sys::getHostCPUName();
    for (const auto &feature : sys::getHostCPUFeatures())
      features.AddFeature(feature.first(), feature.second);
  } else {
    // Whoever is asked about a processor it does not know prints a warning.
    std::unique_ptr<MCSubtargetInfo> base(
        target->createMCSubtargetInfo(triple, "", ""));
    if (!base->isCPUStringValid(processor))
      return createStringError("'" + processor + "' is no " +
                               triple.getArchName() +
                               " processor that LLVM knows");
  }
  TargetOptions options;
  options.AllowFPOpFusion = FPOpFusion::Standard;
  std::unique_ptr<TargetMachine> machine(target->createTargetMachine(
      triple, processor, features.getString(), options, Reloc::PIC_,
      /*CM=*/std::nullopt, CodeGenOptLevel::Aggressive, forJit));
  if (!machine)
    return createStringError(inconvertibleErrorCode(),
                             "no code generator for " + triple.str());
  return machine;
}

int64_t bptt::getVectorBits(const TargetMachine &machine) {
  const MCSubtargetInfo &info = *machine.getMCSubtargetInfo();
  auto has = [&](StringRef feature) {
    return llvm::any_of(info.getEnabledProcessorFeatures(),
                        [&](const SubtargetFeatureKV &enabled) {
                          return StringRef(enabled.Key) == feature;
                        });
  };
  return has("avx512f") ? 512 : has("avx2") ? 256 : 128;
}

std::string bptt::getNeededFeatures(const TargetMachine &machine) {
  std::string needed;
  for (const SubtargetFeatureKV &feature :
       machine.getMCSubtargetInfo()->getEnabledProcessorFeatures()) {
    StringRef name = feature.Key;
    // Others are for the system, or say what is fast.
    static constexpr StringLiteral families[] = {
        "sse3",   "ssse3", "sse4.", "avx", "fma",     "f16c",    "bmi",
        "popcnt", "lzcnt", "movbe", "sve", "dotprod", "fullfp16"};
    bool isExtension = llvm::any_of(
        families, [&](StringRef family) { return name.starts_with(family); });
    if (isExtension)
      needed += (needed.empty() ? "" : ",") + name.str();
  }
  return needed;
}

int64_t bptt::getHostVectorBits() {
  StringMap<bool> features = sys::getHostCPUFeatures();
  if (features.lookup("avx512f"))
    return 512;
  return features.lookup("avx2") ? 256 : 128;
}

/// Functions carry processor and features themselves, so that every later
/// consumer of the module (JIT, object file) sees the same target.
static void setTarget(Module &module, const TargetMachine &machine) {
  module.setTargetTriple(machine.getTargetTriple());
  module.setDataLayout(machine.createDataLayout());
  bool wide = bptt::getVectorBits(machine) == 512;
  for (Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", machine.getTargetCPU());
    function.addFnAttr("target-features", machine.getTargetFeatureString());
    if (wide)
      function.addFnAttr("prefer-vector-width", "512");
  }
}

std::function<Error(Module *)> bptt::makeHostOptimizer(TargetMachine *machine) {
  return [machine](Module *module) -> Error {
    setTarget(*module, *machine);
    std::string message;
    raw_string_ostream stream(message);
    if (verifyModule(*module, &stream))
      return createStringError(inconvertibleErrorCode(),
                               "malformed LLVM module: " + message);

    LoopAnalysisManager loops;
    FunctionAnalysisManager functions;
    CGSCCAnalysisManager components;
    ModuleAnalysisManager modules;
    PipelineTuningOptions tuning;
    tuning.LoopInterleaving = true;
    tuning.LoopVectorization = true;
    tuning.LoopUnrolling = true;
    tuning.SLPVectorization = true;
    PassBuilder builder(machine, tuning);
    builder.registerModuleAnalyses(modules);
    builder.registerCGSCCAnalyses(components);
    builder.registerFunctionAnalyses(functions);
    builder.registerLoopAnalyses(loops);
    builder.crossRegisterProxies(loops, functions, components, modules);
    builder.buildPerModuleDefaultPipeline(OptimizationLevel::O3)
        .run(*module, modules);
    return Error::success();
  };
}
