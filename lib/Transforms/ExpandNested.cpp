//===- ExpandNested.cpp - Loops for recurrences inside cells --------------===//

#include "RecurrenceLoops.h"

#include "bptt/Dialect/BPTT/IR/Recurrence.h"
#include "bptt/Transforms/Arena.h"
#include "bptt/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace bptt;

namespace bptt {
#define GEN_PASS_DEF_EXPANDNESTED
#include "bptt/Transforms/Passes.h.inc"
} // namespace bptt

namespace {

struct ExpandNested : bptt::impl::ExpandNestedBase<ExpandNested> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function->hasAttr(kCellAttr) && failed(expand(function)))
        return signalPassFailure();
  }

  LogicalResult expand(func::FuncOp cell) {
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
    for (ScanOp scan : scans)
      if (failed(expand(lookUpCell(scan, scan.getCell()))))
        return failure();
    for (ForwardOp forward : forwards)
      if (failed(expandCells(forward)))
        return failure();
    for (ScanOp scan : scans)
      expandScan(scan);
    for (ForwardOp forward : forwards)
      expandNestedSweeps(forward);
    active.pop_back();
    OpPassManager pm(func::FuncOp::getOperationName());
    pm.addPass(createAssignArena());
    return runPipeline(pm, cell);
  }

  LogicalResult expandCells(ForwardOp forward) {
    if (ShapedType::isDynamic(
            getStaticNumSteps(forward.getInputs(), forward.getSteps())))
      return forward.emitOpError(
          "stands inside a cell, so its length must be static");
    BackwardOp backward = getBackward(forward);
    for (FlatSymbolRefAttr cell :
         {forward.getCellAttr(), forward.getTapedAttr(),
          backward.getAdvanceAttr(), backward.getTapedAttr(),
          backward.getAdjointAttr()})
      if (failed(expand(lookUpCell(forward, cell.getValue()))))
        return failure();
    return success();
  }

  SmallVector<func::FuncOp> active; // from the outermost cell inwards
};

} // namespace
