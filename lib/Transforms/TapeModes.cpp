//===- TapeModes.cpp - Which ways to tape a step are worth having ---------===//

#include "TapeModes.h"

#include "ChainMemory.h"
#include "RecurrenceMemory.h"

#include "bptt/Planning/Solvers.h"

using namespace mlir;
using namespace bptt;
using namespace bptt::planning;

unsigned bptt::getNumTapeModeChoices(FirstSweepOpInterface first) {
  if (auto forward = dyn_cast<ForwardOp>(first.getOperation()))
    return forward.getNumTapeModes();
  return cast<ChainForwardOp>(first.getOperation()).getOtherTaped() ? 2 : 1;
}

void bptt::keepFirstTapeMode(Problem &problem) {
  problem.tapeModes.resize(1);
  for (ChainStep &step : problem.chain)
    step.tapeModes.resize(1);
}

/// Infinite where there is no such plan.
static double getCost(Problem problem, const llvm::SmallBitVector &modes,
                      int64_t keptBytes, ArrayRef<int64_t> scratchBytes) {
  int64_t scratch = 0;
  for (unsigned mode : modes.set_bits())
    scratch = std::max(scratch, scratchBytes[mode]);
  if (!problem.isChain()) {
    std::vector<TapeMode> all;
    std::swap(all, problem.tapeModes);
    for (unsigned mode : modes.set_bits())
      problem.tapeModes.push_back(all[mode]);
  } else if (!modes.all()) {
    keepFirstTapeMode(problem);
  }
  llvm::Expected<Plan> plan =
      solve(problem, Policy::Optimal, keptBytes - scratch);
  if (plan)
    return double(plan->cost);
  llvm::consumeError(plan.takeError());
  return std::numeric_limits<double>::infinity();
}

llvm::SmallBitVector bptt::chooseTapeModes(const Problem &problem,
                                           Policy policy, int64_t keptBytes,
                                           ArrayRef<int64_t> scratchBytes) {
  llvm::SmallBitVector first(scratchBytes.size());
  first.set(0);
  if (policy != Policy::Optimal || first.all())
    return first;
  // None of the others, one of them, all of them.
  SmallVector<llvm::SmallBitVector> trials{first};
  for (unsigned mode = 1; mode < first.size(); ++mode) {
    trials.push_back(first);
    trials.back().set(mode);
  }
  if (first.size() > 2)
    trials.push_back(llvm::SmallBitVector(first.size(), true));
  auto costs = llvm::map_to_vector(trials, [&](const auto &trial) {
    return getCost(problem, trial, keptBytes, scratchBytes);
  });
  // Of those that cost the same the first, with the fewest functions. A mode
  // that saves little is not dropped: with more budget it might be, and the
  // plan would cost more.
  return trials[llvm::min_element(costs) - costs.begin()];
}

static ArrayAttr filter(ArrayAttr others, const llvm::SmallBitVector &modes,
                        SmallVectorImpl<Attribute> &dropped) {
  SmallVector<Attribute> kept;
  for (auto [index, cell] : llvm::enumerate(others))
    (modes.test(index + 1) ? kept : dropped).push_back(cell);
  return kept.empty() ? ArrayAttr() : ArrayAttr::get(others.getContext(), kept);
}

/// Those of `dropped` that nothing names any more.
static void eraseUnused(ModuleOp module, ArrayRef<Attribute> dropped) {
  for (Attribute name : dropped) {
    Operation *cell = SymbolTable::lookupSymbolIn(
        module, cast<FlatSymbolRefAttr>(name).getAttr());
    if (cell &&
        SymbolTable::getSymbolVisibility(cell) ==
            SymbolTable::Visibility::Private &&
        SymbolTable::symbolKnownUseEmpty(cell, module))
      cell->erase();
  }
}

void bptt::keepTapeModes(FirstSweepOpInterface first,
                         const llvm::SmallBitVector &modes) {
  if (modes.all())
    return;
  SmallVector<Attribute> dropped;
  if (auto forward = dyn_cast<ForwardOp>(first.getOperation())) {
    BackwardOp backward = getBackward(forward);
    forward.setOtherTapedAttr(
        filter(forward.getOtherTapedAttr(), modes, dropped));
    backward.setOtherTapedAttr(
        filter(backward.getOtherTapedAttr(), modes, dropped));
    backward.setOtherAdjointsAttr(
        filter(backward.getOtherAdjointsAttr(), modes, dropped));
  } else {
    auto chain = cast<ChainForwardOp>(first.getOperation());
    ChainBackwardOp backward = getBackward(chain);
    for (ArrayAttr others :
         {chain.getOtherTapedAttr(), backward.getOtherTapedAttr(),
          backward.getOtherAdjointsAttr()})
      others.walk([&](FlatSymbolRefAttr name) { dropped.push_back(name); });
    chain.removeOtherTapedAttr();
    backward.removeOtherTapedAttr();
    backward.removeOtherAdjointsAttr();
  }
  eraseUnused(first->getParentOfType<ModuleOp>(), dropped);
}
