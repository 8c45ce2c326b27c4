//===- Measurement.cpp - Sizes and costs of recurrences -------------------===//

#include "Measurement.h"

#include "CellExpander.h"
#include "ChainMemory.h"
#include "TapeModes.h"

#include "bptt/Dialect/BPTT/IR/Recurrence.h"
#include "bptt/Transforms/Arena.h"
#include "bptt/Transforms/Materialize.h"
#include "bptt/Transforms/Passes.h"

#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace bptt;
using namespace bptt::planning;

SharedProblem MeasuredFunction::getFirstModes() const {
  SharedProblem first = shared;
  for (auto [problem, scratch] : llvm::zip(first.problems, scratchBytes)) {
    first.otherBytes -= *llvm::max_element(scratch);
    keepFirstTapeMode(problem);
  }
  return first;
}

bool MeasuredFunction::isDynamic() const {
  return llvm::any_of(shared.problems, [](const Problem &problem) {
    return ShapedType::isDynamic(problem.numSteps);
  });
}

static LogicalResult runPasses(ModuleOp module,
                               function_ref<void(OpPassManager &)> add) {
  PassManager pm(module.getContext());
  add(pm);
  return pm.run(module);
}

/// In the tape modes of `sizes`, which are `modes` of all.
static Problem getProblem(ForwardOp forward, const RecurrenceSizes &sizes,
                          const RecurrenceCosts &costs,
                          const llvm::SmallBitVector &modes) {
  Problem problem;
  problem.numSteps = getStaticNumSteps(forward.getInputs(), forward.getSteps());
  problem.stateBytes = sizes.stateBytes;
  problem.costs = costs.steps.front();
  problem.tapeModes.clear();
  for (auto [mode, index] : llvm::zip_equal(sizes.modes, modes.set_bits()))
    problem.tapeModes.push_back(
        {mode.residualBytes, costs.extraBackward.front()[index]});
  problem.reserves.runningBytes = 2 * sizes.stateBytes;
  problem.reserves.gradientBytes = sizes.stateBytes;
  problem.reserves.advanceWorkspaceBytes = sizes.advanceWorkspaceBytes;
  problem.reserves.tapedWorkspaceBytes =
      sizes.modes.front().tapedWorkspaceBytes;
  problem.reserves.backwardWorkspaceBytes =
      sizes.modes.front().backwardWorkspaceBytes;
  return problem;
}

static Problem getProblem(const ChainSizes &sizes,
                          const RecurrenceCosts &costs) {
  Problem problem;
  problem.numSteps = sizes.numSteps();
  for (int64_t step = 0; step < sizes.numSteps(); ++step) {
    ChainStep &one = problem.chain.emplace_back();
    one.stateBytes = sizes.states[step].bytes;
    one.costs = costs.steps[step];
    for (auto [mode, tape] : llvm::enumerate(sizes.residuals[step]))
      one.tapeModes.push_back({tape.bytes, costs.extraBackward[step][mode]});
  }
  problem.reserves.runningBytes = sizes.runningBytes[0] + sizes.runningBytes[1];
  problem.reserves.gradientBytes =
      sizes.gradientBytes[0] + sizes.gradientBytes[1];
  problem.reserves.advanceWorkspaceBytes = sizes.advanceWorkspaceBytes;
  problem.reserves.tapedWorkspaceBytes = sizes.tapedWorkspaceBytes;
  return problem;
}

static std::vector<int64_t> getScratchByMode(RecurrenceSizes sizes) {
  SmallVector<TapeSizes, 1> modes = sizes.modes;
  sizes.modes.resize(1);
  int64_t first = sizes.scratchBytes();
  std::vector<int64_t> scratch;
  for (const TapeSizes &mode : modes)
    scratch.push_back(std::max<int64_t>(0, mode.workspaceBytes() - first));
  return scratch;
}

static std::vector<int64_t> getScratchByMode(const ChainSizes &sizes) {
  std::vector<int64_t> scratch{0};
  if (llvm::any_of(sizes.residuals,
                   [](const auto &modes) { return modes.size() > 1; }))
    scratch.push_back(sizes.scratchBytes() - sizes.firstScratchBytes());
  return scratch;
}

FailureOr<Measurement> Measurement::make(ModuleOp module) {
  Measurement made;
  made.bufferized = module.clone();
  if (failed(runPasses(*made.bufferized, addCellBufferizationPasses)))
    return failure();
  // Plans from before are not those that will be.
  made.bufferized->walk(
      [](FirstSweepOpInterface op) { op.setPlanAttr(PlanAttr()); });
  OwningOpRef<ModuleOp> plain = made.bufferized->clone();
  if (failed(runPasses(
          *plain, [](OpPassManager &pm) { pm.addPass(createExpandNested()); })))
    return failure();
  for (auto function : plain->getOps<func::FuncOp>())
    if (function->hasAttr(kCellAttr))
      made.work[function.getName()] = estimateWork(function);
  return std::move(made);
}

OwningOpRef<ModuleOp> Measurement::clone(StringRef name,
                                         ArrayRef<PlanAttr> plans) const {
  OwningOpRef<ModuleOp> module = cast<ModuleOp>(bufferized.get()->clone());
  if (!plans.empty()) {
    NestedForwards nested =
        collectNestedForwards(module->lookupSymbol<func::FuncOp>(name));
    for (auto [entry, plan] : llvm::zip_equal(nested.all, plans))
      entry.forward.setPlanAttr(plan);
  }
  return module;
}

FailureOr<RecurrenceSizes>
Measurement::measureNested(StringRef name, unsigned number,
                           ArrayRef<PlanAttr> plans) const {
  OwningOpRef<ModuleOp> module = clone(name, plans);
  NestedForwards nested =
      collectNestedForwards(module->lookupSymbol<func::FuncOp>(name));
  auto assignArena = [](func::FuncOp cell) {
    PassManager pm(cell.getContext(), func::FuncOp::getOperationName());
    pm.addPass(createAssignArena());
    return pm.run(cell);
  };
  ForwardOp forward = nested.all[number].forward;
  if (failed(CellExpander(assignArena).expandCells(forward)))
    return failure();
  return getRecurrenceSizes(forward, getBackward(forward));
}

FailureOr<MeasuredFunction>
Measurement::measure(StringRef name, ArrayRef<PlanAttr> plans,
                     ArrayRef<llvm::SmallBitVector> modes,
                     ArrayRef<RecurrenceCosts> costs) const {
  OwningOpRef<ModuleOp> module = clone(name, plans);
  auto function = module->lookupSymbol<func::FuncOp>(name);
  SmallVector<FirstSweepOpInterface> sweeps = getFirstSweeps(function);
  for (auto [op, kept] : llvm::zip_equal(sweeps, modes))
    keepTapeModes(op, kept);
  if (failed(runPasses(*module, [](OpPassManager &pm) {
        pm.addPass(createExpandNested());
      })))
    return failure();
  MeasuredFunction measured;
  for (auto [op, cost, kept] : llvm::zip_equal(sweeps, costs, modes)) {
    if (auto chain = dyn_cast<ChainForwardOp>(op.getOperation())) {
      ChainSizes sizes = getChainSizes(chain);
      measured.shared.problems.push_back(getProblem(sizes, cost));
      measured.scratchBytes.push_back(getScratchByMode(sizes));
      continue;
    }
    auto forward = cast<ForwardOp>(op.getOperation());
    RecurrenceSizes sizes = getRecurrenceSizes(forward, getBackward(forward));
    measured.shared.problems.push_back(getProblem(forward, sizes, cost, kept));
    measured.scratchBytes.push_back(getScratchByMode(sizes));
  }
  if (failed(runPasses(*module, [](OpPassManager &pm) {
        addExpansionPasses(pm, "rolled");
      })))
    return failure();
  measured.shared.otherBytes = getWorkspaceBytes(function);
  return measured;
}
