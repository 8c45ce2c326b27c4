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

void bptt::registerPipelines() {
  PassPipelineRegistration<MaterializeOptions>(
      "bptt-materialize",
      "Make storage appear: recurrences to loops, every buffer in one arena",
      buildMaterializePipeline);
  PassPipelineRegistration<PipelineOptions>(
      "bptt-pipeline",
      "The whole way from bptt.scan to the LLVM dialect: differentiate, plan, "
      "materialise, lower",
      buildPipeline);
}
