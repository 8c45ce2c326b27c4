//===- Jit.cpp - Lower, compile and call functions on memrefs -------------===//

#include "Jit.h"

#include "bptt/Conversion/HostTarget.h"
#include "bptt/Conversion/LowerToCPU.h"
#include "bptt/Conversion/LowerToNVVM.h"
#include "bptt/Conversion/Passes.h"
#include "bptt/Runtime/EmulatedLaunch.h"
#include "bptt/Runtime/ParallelFor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "llvm/Target/TargetMachine.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace bptt::test;

std::string bptt::test::getMapOf(const std::string &name,
                                 const std::string &element, int64_t size) {
  std::string type = "memref<" + std::to_string(size) + "x" + element +
                     ", strided<[1], offset: ?>>";
  return "func.func @f(%x: " + type + ", %y: " + type +
         ") {\n  linalg.map { math." + name + " } ins(%x : " + type +
         ") outs(%y : " + type + ")\n  return\n}\n";
}

Jit::Jit(const std::string &text, int64_t threads, Way way) {
  DialectRegistry registry;
  registerAllDialects(registry);
  registerAllExtensions(registry);
  registerAllToLLVMIRTranslations(registry);
  context = std::make_unique<MLIRContext>(registry);
  OwningOpRef<ModuleOp> module =
      parseSourceString<ModuleOp>(text, context.get());
  if (!module)
    return;
  module->walk([&](func::FuncOp function) {
    function->setAttr("llvm.emit_c_interface", UnitAttr::get(context.get()));
  });
  PassManager pm(context.get());
  bptt::CPULoweringOptions options;
  options.threads = threads;
  if (way == Way::DoubleMath)
    pm.addPass(bptt::createExpandDoubleMath());
  if (way == Way::EmulatedGPU)
    bptt::buildEmulateKernelsPipeline(pm);
  else if (way == Way::EmulatedGPUWithTF32)
    bptt::buildEmulateKernelsPipeline(pm, bptt::Products::Kernels, "tf32");
  else if (way == Way::EmulatedGPUWithWarpgroups)
    bptt::buildEmulateKernelsPipeline(pm, bptt::Products::Warpgroups);
  else
    bptt::buildLowerToCPUPipeline(pm, options);
  if (failed(pm.run(*module)))
    return;
  auto machine = llvm::cantFail(bptt::createHostTargetMachine());
  ExecutionEngineOptions engineOptions;
  auto optimizer = bptt::makeHostOptimizer(machine.get());
  engineOptions.transformer = optimizer;
  engine = llvm::cantFail(ExecutionEngine::create(
      *module, engineOptions, llvm::cantFail(bptt::createHostTargetMachine())));
  engine->registerSymbols([](llvm::orc::MangleAndInterner mangle) {
    llvm::orc::SymbolMap symbols;
    symbols[mangle("bptt_parallel_for")] =
        llvm::orc::ExecutorSymbolDef::fromPtr(&bptt_parallel_for);
    for (auto *s = bptt::getEmulatedSymbols(); s->name; ++s)
      symbols[mangle(s->name)] = {llvm::orc::ExecutorAddr::fromPtr(s->address),
                                  llvm::JITSymbolFlags::Exported};
    return symbols;
  });
}

void Jit::callPacked(const std::string &name,
                     std::vector<void *> &descriptors) {
  ASSERT_TRUE(engine) << "did not compile";
  SmallVector<void *> arguments;
  for (void *&descriptor : descriptors)
    arguments.push_back(&descriptor);
  llvm::Error error = engine->invokePacked("_mlir_ciface_" + name, arguments);
  ASSERT_FALSE(static_cast<bool>(error)) << llvm::toString(std::move(error));
}
