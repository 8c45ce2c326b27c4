//===- StepFunctions.cpp - The functions that evaluate steps --------------===//

#include "StepFunctions.h"

#include "bptt/Dialect/BPTT/IR/Recurrence.h"

using namespace mlir;
using namespace bptt;

llvm::StringSet<> bptt::getPrimalCells(ModuleOp module) {
  llvm::StringSet<> all = getCellNames(module), cells;
  auto add = [&](StringRef name) { cells.insert(name); };
  auto addAll = [&](std::optional<ArrayAttr> names) {
    if (names)
      names->walk([&](FlatSymbolRefAttr name) { add(name.getValue()); });
  };
  auto addCellsOf = [&](Operation *op) {
    if (auto forward = dyn_cast<ForwardOp>(op)) {
      add(forward.getCell());
      for (unsigned mode = 0; mode < forward.getNumTapeModes(); ++mode)
        add(forward.getTapedIn(mode).getValue());
    } else if (auto backward = dyn_cast<BackwardOp>(op)) {
      add(backward.getAdvance());
      for (unsigned mode = 0; mode < backward.getNumTapeModes(); ++mode)
        add(backward.getTapedIn(mode).getValue());
    } else if (auto forward = dyn_cast<ChainForwardOp>(op)) {
      addAll(forward.getCells());
      addAll(forward.getTaped());
      addAll(forward.getOtherTaped());
    } else if (auto backward = dyn_cast<ChainBackwardOp>(op)) {
      addAll(backward.getAdvance());
      addAll(backward.getTaped());
      addAll(backward.getOtherTaped());
    }
  };
  for (auto function : module.getOps<func::FuncOp>())
    if (!all.contains(function.getName()))
      function.walk(addCellsOf);
  return cells;
}

void bptt::separateScans(ModuleOp module,
                         const llvm::StringSet<> &primalCells) {
  SymbolTable symbols(module);
  module.walk([&](ScanOp scan) {
    if (!primalCells.contains(scan.getCell()))
      return;
    auto cell = symbols.lookup<func::FuncOp>(scan.getCell()).clone();
    scan.setCell(symbols.insert(cell, module.getBody()->end()).getValue());
  });
}

std::vector<StepCells> bptt::getStepCells(FirstSweepOpInterface first) {
  auto makeCells = [](StringRef advance, StringRef retaped, StringRef taped,
                      StringRef adjoint) {
    return StepCells{{{advance.str(), retaped.str(), taped.str()},
                      {retaped.str(), taped.str()},
                      {adjoint.str()}}};
  };
  Operation *user = *first.getTape().user_begin();
  if (auto backward = dyn_cast<BackwardOp>(user))
    return {makeCells(backward.getAdvance(), backward.getTaped(),
                      cast<ForwardOp>(first.getOperation()).getTaped(),
                      backward.getAdjoint())};
  auto forward = cast<ChainForwardOp>(first.getOperation());
  auto backward = cast<ChainBackwardOp>(user);
  std::vector<StepCells> cells;
  for (size_t step = 0; step < forward.getCells().size(); ++step) {
    auto getName = [&](ArrayAttr names) {
      return cast<FlatSymbolRefAttr>(names[step]).getValue();
    };
    cells.push_back(
        makeCells(getName(backward.getAdvance()), getName(backward.getTaped()),
                  getName(forward.getTaped()), getName(backward.getAdjoint())));
  }
  return cells;
}
