//===- HostTarget.cpp - LLVM's optimiser for the host CPU -----------------===//

#include "bptt/Conversion/HostTarget.h"

#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"

using namespace llvm;

Expected<std::unique_ptr<TargetMachine>>
bptt::createHostTargetMachine(bool forJit) {
  InitializeNativeTarget();
  InitializeNativeTargetAsmPrinter();
  InitializeNativeTargetAsmParser();

  Triple triple(sys::getProcessTriple());
  std::string error;
  const Target *target = TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return createStringError(inconvertibleErrorCode(), error);

  SubtargetFeatures features;
  for (const auto &feature : sys::getHostCPUFeatures())
    features.AddFeature(feature.first(), feature.second);
  TargetOptions options;
  options.AllowFPOpFusion = FPOpFusion::Standard;
  std::unique_ptr<TargetMachine> machine(target->createTargetMachine(
      triple, sys::getHostCPUName(), features.getString(), options, Reloc::PIC_,
      /*CM=*/std::nullopt, CodeGenOptLevel::Aggressive, forJit));
  if (!machine)
    return createStringError(inconvertibleErrorCode(),
                             "no code generator for " + triple.str());
  return machine;
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
  bool wide = machine.getTargetFeatureString().contains("+avx512f");
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
