//===- CellExpander.cpp - Loops for recurrences inside cells --------------===//

#include "CellExpander.h"

#include "NestedTables.h"
#include "RecurrenceLoops.h"

#include "bptt/Dialect/BPTT/IR/Recurrence.h"
#include "bptt/Transforms/Arena.h"

using namespace mlir;
using namespace bptt;

LogicalResult CellExpander::expand(func::FuncOp cell) {
  if (cell->hasAttr(kWorkspaceBytesAttr))
    return success();
  if (llvm::is_contained(active, cell))
    return cell.emitError()
           << "cell @" << cell.getName() << " is part of a recursion";
  active.push_back(cell);
  SmallVector<ScanOp> scans;
  SmallVector<ForwardOp> forwards;
  WalkResult walk = cell.walk([](ChainForwardOp chain) -> WalkResult {
    return chain.emitOpError("stands inside a cell; only bptt.forward may");
  });
  if (walk.wasInterrupted())
    return failure();
  cell.walk([&](ScanOp scan) { scans.push_back(scan); });
  cell.walk([&](ForwardOp forward) { forwards.push_back(forward); });
  NestedPlans plans;
  for (ScanOp scan : scans) {
    if (failed(expand(lookUpCell(scan, scan.getCell()))))
      return failure();
    collectNestedPlans(scan, plans);
  }
  for (ForwardOp forward : forwards) {
    if (failed(expandCells(forward)))
      return failure();
    collectNestedPlans(forward, plans);
    collectNestedPlans(getBackward(forward), plans);
    if (PlanAttr plan = forward.getPlanAttr())
      plans.insert(plan);
  }
  addNestedTables(cell, plans);
  for (ScanOp scan : scans)
    expandScan(scan);
  for (ForwardOp forward : forwards)
    expandNestedSweeps(forward);
  active.pop_back();
  return assignArena(cell);
}

LogicalResult CellExpander::expandCells(ForwardOp forward) {
  if (ShapedType::isDynamic(
          getStaticNumSteps(forward.getInputs(), forward.getSteps())))
    return forward.emitOpError(
        "stands inside a cell, so its length must be static");
  LogicalResult expanded = success();
  auto visit = [&](func::FuncOp cell) {
    if (succeeded(expanded))
      expanded = expand(cell);
  };
  forEachCell(forward, visit);
  forEachCell(getBackward(forward), visit);
  return expanded;
}
