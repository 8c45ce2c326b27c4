//===- Compiler.cpp - From a module to a program --------------------------===//

#include "bptt/Execution/Compiler.h"

#include "ArtifactImpl.h"
#include "EmulatedProduct.h"
#include "Instrument.h"
#include "StepFunctions.h"

#include "bptt/Conversion/HostTarget.h"
#include "bptt/Conversion/LowerToCPU.h"
#include "bptt/Conversion/LowerToNVVM.h"
#include "bptt/Dialect/BPTT/IR/PlanProblem.h"
#include "bptt/Dialect/BPTT/IR/Recurrence.h"
#include "bptt/Differentiation/Passes.h"
#include "bptt/Runtime/EmulatedLaunch.h"
#include "bptt/Runtime/ParallelFor.h"
#include "bptt/Transforms/Arena.h"
#include "bptt/Transforms/CostsFile.h"
#include "bptt/Transforms/Materialize.h"
#include "bptt/Transforms/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace bptt;

namespace {

/// The diagnostics have said it.
llvm::Error compilationFailed() { return llvm::createStringError(""); }

/// Nothing where there is no such array.
std::optional<ArrayType> getArrayType(Type type) {
  auto shaped = dyn_cast<ShapedType>(type);
  if (!shaped || !shaped.hasRank())
    return std::nullopt;
  ArrayType array;
  for (int64_t extent : shaped.getShape())
    array.shape.push_back(ShapedType::isDynamic(extent) ? -1 : extent);
  std::string element;
  llvm::raw_string_ostream(element) << shaped.getElementType();
  for (int i = 0; i <= static_cast<int>(ElementType::I64); ++i)
    if (toString(static_cast<ElementType>(i)) == element) {
      array.element = static_cast<ElementType>(i);
      return array;
    }
  return std::nullopt;
}

/// One compilation, stage by stage.
class Compilation {
public:
  Compilation(ModuleOp source, const CompileOptions &options)
      : options(options), module(source.clone()),
        impl(std::make_unique<Program::Impl>()) {}

  llvm::Expected<Program> run() {
    if (llvm::Error error = createMachine(/*forJit=*/true))
      return std::move(error);
    if (llvm::Error error = compile())
      return std::move(error);
    if (llvm::Error error = createEngine())
      return std::move(error);
    return Program(std::move(impl));
  }

  llvm::Expected<MeasuredRecurrences> measure(int64_t steps) {
    if (llvm::Error error = bufferize())
      return std::move(error);
    if (llvm::Error error = resolve(steps))
      return std::move(error);
    return MeasuredRecurrences{impl->shared,
                               hasTapeModes || impl->shared.plain.has_value()};
  }

  llvm::Error emit(const ArtifactOptions &artifact) {
    if (llvm::Error error = createMachine(/*forJit=*/false))
      return error;
    if (llvm::Error error = compile())
      return error;
    return writeArtifact(*module, *impl, options, artifact);
  }

private:
  llvm::Error createMachine(bool forJit) {
    bool isForGPU = options.platform == Platform::NVPTX;
    auto machine =
        createHostTargetMachine(isForGPU ? "" : options.chip, forJit);
    if (!machine)
      return machine.takeError();
    impl->machine = std::move(*machine);
    return llvm::Error::success();
  }

  /// Down to where all bytes are known.
  llvm::Error bufferize() {
    impl->name = options.target.function;
    impl->plain = options.plain;
    if (llvm::Error error = readBudget())
      return error;
    if (failed(differentiate()))
      return compilationFailed();
    if (llvm::Error error = isolate())
      return error;
    if (llvm::Error error = readSignature())
      return error;
    if (failed(plan()))
      return compilationFailed();
    readPlans();
    if (failed(materialize()))
      return compilationFailed();
    readArena();
    return llvm::Error::success();
  }

  /// What a program finds out when it runs, where open extents are `steps`:
  /// asked of the functions that tell it, without the program.
  llvm::Error resolve(int64_t steps) {
    if (impl->shared.problems.empty())
      return llvm::Error::success();
    bool isOpen = impl->shared.otherBytes < 0 ||
                  llvm::any_of(impl->shared.problems,
                               [](const planning::Problem &problem) {
                                 return problem.numSteps < 0;
                               });
    if (isOpen && steps < 0)
      return llvm::createStringError(
          "a length in @" + options.target.function +
          " is known only at run time: give it with --steps");
    if (!isOpen)
      return steps < 0 ? llvm::Error::success()
                       : llvm::createStringError("--steps: every length in @" +
                                                 options.target.function +
                                                 " is known without it");
    std::vector<ArrayType> types = impl->arguments;
    for (auto [index, type] : llvm::enumerate(types)) {
      llvm::replace(type.shape, int64_t(-1), steps);
      if (!type.countBytes())
        return llvm::createStringError("argument #" + Twine(index) +
                                       " takes more bytes than can be counted");
    }
    module->lookupSymbol<func::FuncOp>(impl->name).setPrivate();
    if (failed(runPasses(
            [](OpPassManager &pm) { pm.addPass(createSymbolDCEPass()); })))
      return compilationFailed();
    if (llvm::Error error = createMachine(/*forJit=*/true))
      return error;
    if (failed(lower()))
      return compilationFailed();
    if (llvm::Error error = createEngine())
      return error;
    auto resolved = impl->resolve(types);
    if (!resolved)
      return resolved.takeError();
    impl->shared = std::move(*resolved);
    return llvm::Error::success();
  }

  /// Down to the LLVM dialect.
  llvm::Error compile() {
    if (llvm::Error error = bufferize())
      return error;
    if (options.analyze)
      impl->finalIR = module->clone();
    if (failed(lower()))
      return compilationFailed();
    return llvm::Error::success();
  }

  llvm::Error readBudget() {
    auto budget = planning::parseBudget(options.budget);
    if (!budget)
      return llvm::createStringError("budget: " +
                                     llvm::toString(budget.takeError()));
    auto policy = planning::parsePolicy(options.policy);
    if (!policy)
      return policy.takeError();
    impl->budget = *budget;
    impl->policy = *policy;
    // The pass could say no better place than the module's.
    if (!options.costs.empty())
      return readCosts(options.costs).takeError();
    return llvm::Error::success();
  }

  LogicalResult runPasses(llvm::function_ref<void(OpPassManager &)> add) {
    PassManager pm(module->getContext());
    add(pm);
    return pm.run(*module);
  }

  /// A program in the unrolled form must not be normalised: that would merge
  /// what it evaluates again on purpose.
  void addValuePasses(OpPassManager &pm) {
    bool isUnrolled =
        module->walk([](RecomputeOp) { return WalkResult::interrupt(); })
            .wasInterrupted();
    if (isUnrolled)
      pm.addPass(createDissolveFences());
    else
      pm.addPass(createNormalize());
  }

  /// Passes erase what is private and not used.
  LogicalResult differentiate() {
    if (auto target =
            module->lookupSymbol<func::FuncOp>(options.target.function))
      target.setPublic();
    return runPasses([&](OpPassManager &pm) {
      if (options.widen)
        pm.addPass(createWidenFloats());
      if (options.fuseScans)
        pm.addPass(createFuseScans());
      if (!options.gradient) {
        addValuePasses(pm);
        return;
      }
      DifferentiateOptions differentiate;
      differentiate.function = options.target.function;
      differentiate.wrt = options.target.wrt;
      differentiate.tapeModes = options.tapeModes;
      pm.addPass(createDifferentiate(differentiate));
      impl->name += "_value_and_grad";
    });
  }

  /// A program that comes with its sweeps is planned as well.
  LogicalResult plan() {
    bool hasSweeps = false;
    module->walk([&](FirstSweepOpInterface op) {
      hasSweeps = true;
      hasTapeModes |= op->hasAttr("other_taped");
    });
    return runPasses([&](OpPassManager &pm) {
      pm.addPass(createSymbolDCEPass());
      if (hasSweeps)
        pm.addPass(createPlan({options.budget, options.policy, options.costs}));
    });
  }

  /// Leaves the function and what it uses, whatever was public in the source.
  llvm::Error isolate() {
    auto function = module->lookupSymbol<func::FuncOp>(impl->name);
    if (!function)
      return llvm::createStringError("there is no function @" + impl->name);
    for (auto other : module->getOps<func::FuncOp>())
      other.setVisibility(other == function ? SymbolTable::Visibility::Public
                                            : SymbolTable::Visibility::Private);
    if (failed(runPasses(
            [](OpPassManager &pm) { pm.addPass(createSymbolDCEPass()); })))
      return compilationFailed();
    return llvm::Error::success();
  }

  llvm::Error readSignature() {
    auto function = module->lookupSymbol<func::FuncOp>(impl->name);
    for (auto [types, arrays] :
         {std::pair(function.getArgumentTypes(), &impl->arguments),
          std::pair(function.getResultTypes(), &impl->results)})
      for (Type type : types) {
        bool isResult = arrays == &impl->results;
        if (isResult && type.isIntOrFloat())
          type = RankedTensorType::get({}, type);
        auto array = getArrayType(type);
        if (!array) {
          function.emitError()
              << (isResult ? "result #" : "argument #") << arrays->size()
              << " of @" << impl->name << " is " << type
              << ", expected a ranked tensor of f16, bf16, f32, f64, i1, i8, "
                 "i16, i32 or i64";
          return compilationFailed();
        }
        arrays->push_back(*array);
      }
    size_t numValues = impl->results.size() -
                       (options.gradient ? options.target.wrt.size() : 0);
    impl->gradientOf.assign(numValues, -1);
    for (size_t i = 0; i < numValues; ++i)
      if (!impl->results[i].isStatic())
        return llvm::createStringError(
            "result #" + Twine(i) + " of @" + impl->name + " is " +
            impl->results[i].str() + ", expected a static shape");
    if (options.gradient)
      llvm::append_range(impl->gradientOf, options.target.wrt);
    primalCells = getPrimalCells(*module);
    separateScans(*module, primalCells);
    return llvm::Error::success();
  }

  void readPlans() {
    auto function = module->lookupSymbol<func::FuncOp>(impl->name);
    function.walk([&](FirstSweepOpInterface forward) {
      PlanAttr attr = forward.getPlanAttr();
      if (!attr)
        return;
      impl->shared.problems.push_back(getProblem(attr));
      llvm::append_range(impl->cells, getStepCells(forward));
    });
    if (options.profile)
      for (const StepCells &step : impl->cells)
        for (const std::vector<std::string> &names : step)
          for (const std::string &cell : names)
            impl->timers.try_emplace(cell, std::make_unique<CellTimer>());
  }

  LogicalResult materialize() {
    return runPasses([&](OpPassManager &pm) {
      addBufferizationPasses(pm);
      addExpansionPasses(pm, options.plain ? "plain" : "rolled");
    });
  }

  /// What is asked for when arguments are there.
  void readArena() {
    for (auto [index, problem] : llvm::enumerate(impl->shared.problems))
      if (module->lookupSymbol(impl->name + "_num_steps_" +
                               std::to_string(index)))
        problem.numSteps = -1;
    auto function = module->lookupSymbol<func::FuncOp>(impl->name);
    impl->shared.otherBytes =
        module->lookupSymbol(impl->name + "_workspace_bytes")
            ? -1
            : function->getAttrOfType<IntegerAttr>(kWorkspaceBytesAttr)
                  .getInt();
    readNested(function);
    for (auto each : module->getOps<func::FuncOp>())
      if (each.isPublic())
        each->setAttr(LLVM::LLVMDialect::getEmitCWrapperAttrName(),
                      UnitAttr::get(module->getContext()));
  }

  void readNested(func::FuncOp function) {
    if (auto plans = function->getAttrOfType<ArrayAttr>(kNestedPlansAttr))
      for (auto plan : plans.getAsRange<PlanAttr>())
        impl->shared.nested.push_back(
            {getProblem(plan), getPolicy(plan), plan.getKept()});
    if (auto unplanned =
            function->getAttrOfType<UnplannedAttr>(kUnplannedAttr)) {
      impl->shared.plain = {unplanned.getBytes(), unplanned.getCost()};
      impl->shared.leastBytes = unplanned.getFloor();
    }
  }

  void addNVVMLowering(OpPassManager &pm) {
    NVVMLoweringOptions lowering;
    lowering.chip = options.getKernelChip();
    lowering.format = options.kernelFormat;
    lowering.matmul = options.products;
    lowering.matmulPrecision = options.matmulPrecision;
    buildLowerToNVVMPipeline(pm, lowering);
  }

  LogicalResult lower() {
    return runPasses([&](OpPassManager &pm) {
      if (options.emulateGPU)
        return buildEmulateKernelsPipeline(pm, options.products,
                                           options.matmulPrecision);
      if (options.platform == Platform::NVPTX)
        return addNVVMLowering(pm);
      CPULoweringOptions lowering;
      lowering.threads = options.threads;
      lowering.vectorBits = getVectorBits(*impl->machine);
      buildLowerToCPUPipeline(pm, lowering);
    });
  }

  llvm::Error createEngine() {
    auto optimize = makeHostOptimizer(impl->machine.get());
    ExecutionEngineOptions engineOptions;
    engineOptions.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Aggressive;
    auto transform = [&](llvm::Module *llvmModule) {
      countEvaluations(*llvmModule, impl->name, primalCells);
      timeCells(*llvmModule, impl->timers);
      return optimize(llvmModule);
    };
    engineOptions.transformer = transform; // a reference
    auto engine = ExecutionEngine::create(*module, engineOptions);
    if (!engine)
      return engine.takeError();
    impl->engine = std::move(*engine);
    bptt_start_threads(options.threads);
    impl->engine->registerSymbols([](llvm::orc::MangleAndInterner intern) {
      llvm::orc::SymbolMap symbols;
      auto add = [&](llvm::StringRef name, auto *function) {
        symbols[intern(name)] = {llvm::orc::ExecutorAddr::fromPtr(function),
                                 llvm::JITSymbolFlags::Exported};
      };
      add("bptt_parallel_for", &bptt_parallel_for);
      add("bptt_cuda_product", &bptt_emulated_product);
      for (const EmulatedSymbol *s = getEmulatedSymbols(); s->name; ++s)
        symbols[intern(s->name)] = {
            llvm::orc::ExecutorAddr::fromPtr(s->address),
            llvm::JITSymbolFlags::Exported};
      return symbols;
    });
    auto counter = impl->engine->lookup(kEvaluationsSymbol);
    if (!counter)
      return counter.takeError();
    impl->evaluations = static_cast<int64_t *>(*counter);
    return llvm::Error::success();
  }

  const CompileOptions &options;
  OwningOpRef<ModuleOp> module;
  std::unique_ptr<Program::Impl> impl;
  llvm::StringSet<> primalCells;
  bool hasTapeModes = false; // further ones, before the plan chose
};

} // namespace

llvm::Expected<Program> bptt::compile(ModuleOp module,
                                      const CompileOptions &options) {
  return Compilation(module, options).run();
}

llvm::Error bptt::emitArtifact(ModuleOp module, const CompileOptions &options,
                               const ArtifactOptions &artifact) {
  return Compilation(module, options).emit(artifact);
}

llvm::Expected<MeasuredRecurrences>
bptt::measureRecurrences(ModuleOp module, const Target &target,
                         const std::string &budget, const std::string &policy,
                         int64_t steps) {
  CompileOptions options;
  options.budget = budget;
  options.policy = policy;
  options.target = target;
  return Compilation(module, options).measure(steps);
}
