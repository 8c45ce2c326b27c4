//===- Pipelines.cpp - Whole ways in one option ---------------------------===//

#include "bptt/Pipelines/Pipelines.h"

#include "bptt/Conversion/LowerToCPU.h"
#include "bptt/Conversion/LowerToNVVM.h"
#include "bptt/Differentiation/Passes.h"
#include "bptt/Transforms/Materialize.h"
#include "bptt/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void bptt::buildMaterializePipeline(OpPassManager &pm,
                                    const MaterializeOptions &options) {
  if (options.form == "unrolled")
    addUnrollingPasses(pm);
  addBufferizationPasses(pm);
  std::string loops = options.form;
  if (options.form == "unrolled") // what is left are scans
    loops = "rolled";
  addExpansionPasses(pm, loops);
}

void bptt::buildPipeline(OpPassManager &pm, const PipelineOptions &options) {
  if (options.fuseScans)
    pm.addPass(createFuseScans());
  DifferentiateOptions differentiate;
  differentiate.function = options.function;
  differentiate.wrt =
      SmallVector<int64_t>(options.wrt.begin(), options.wrt.end());
  differentiate.tapeModes = options.tapeModes;
  pm.addPass(createDifferentiate(differentiate));
  pm.addPass(createSymbolDCEPass()); // what was inlined into cells
  if (options.form != "plain")
    pm.addPass(createPlan({options.budget, options.policy, options.costs}));
  MaterializeOptions materialize;
  materialize.form = options.form;
  buildMaterializePipeline(pm, materialize);
  if (options.target == PipelineOptions::Target::NVPTX) {
    NVVMLoweringOptions lowering;
    lowering.chip = options.chip;
    lowering.format = options.format;
    lowering.matmul = options.matmul;
    lowering.matmulPrecision = options.matmulPrecision;
    return buildLowerToNVVMPipeline(pm, lowering);
  }
  CPULoweringOptions lowering;
  lowering.threads = options.threads;
  buildLowerToCPUPipeline(pm, lowering);
}

using ErrorHandler = function_ref<LogicalResult(const Twine &)>;

static LogicalResult checkForm(StringRef form, ErrorHandler fail) {
  if (form == "rolled" || form == "unrolled" || form == "plain")
    return success();
  return fail("unknown form '" + form +
              "', expected 'rolled', 'unrolled' or 'plain'");
}

static LogicalResult check(const bptt::MaterializeOptions &options,
                           ErrorHandler fail) {
  return checkForm(options.form, fail);
}

/// Refuses the options that nothing would read.
static LogicalResult check(const bptt::PipelineOptions &options,
                           ErrorHandler fail) {
  if (failed(checkForm(options.form, fail)))
    return failure();
  bool isForGPU = options.target == bptt::PipelineOptions::Target::NVPTX;
  auto refuse = [&](const auto &option, StringRef why) -> LogicalResult {
    return option.hasValue() ? fail(option.getArgStr() + why) : success();
  };
  StringRef kernels = " is for target=nvptx";
  if (!isForGPU && (failed(refuse(options.chip, kernels)) ||
                    failed(refuse(options.format, kernels)) ||
                    failed(refuse(options.matmul, kernels)) ||
                    failed(refuse(options.matmulPrecision, kernels))))
    return failure();
  if (isForGPU && failed(refuse(options.threads, " is for target=cpu")))
    return failure();
  if (options.threads == 0)
    return fail("threads is 0, expected at least 1");
  StringRef noPlan = " is for a plan, and form=plain has none";
  if (options.form == "plain" && (failed(refuse(options.budget, noPlan)) ||
                                  failed(refuse(options.policy, noPlan)) ||
                                  failed(refuse(options.costs, noPlan))))
    return failure();
  return success();
}

/// As PassPipelineRegistration does, but options are checked first.
template <typename Options>
static void registerChecked(StringRef name, StringRef description,
                            void (*build)(OpPassManager &, const Options &)) {
  registerPassPipeline(
      name, description,
      [build](OpPassManager &pm, StringRef text, ErrorHandler fail) {
        Options options;
        if (failed(options.parseFromString(text)) ||
            failed(check(options, fail)))
          return failure();
        build(pm, options);
        return success();
      },
      [](function_ref<void(const mlir::detail::PassOptions &)> handle) {
        handle(Options());
      });
}

void bptt::registerPipelines() {
  registerChecked<MaterializeOptions>(
      "bptt-materialize",
      "Make storage appear: recurrences to loops, every buffer in one arena",
      buildMaterializePipeline);
  registerChecked<PipelineOptions>(
      "bptt-pipeline",
      "The whole way from bptt.scan to the LLVM dialect: differentiate, plan, "
      "materialise, lower",
      buildPipeline);
}
