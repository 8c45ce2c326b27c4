//===- RecurrenceLoops.cpp - Recurrences to loops -------------------------===//

#include "RecurrenceLoops.h"

#include "NestedTables.h"

#include "bptt/Dialect/BPTT/IR/Recurrence.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace bptt;

void bptt::expandScan(ScanOp scan) {
  ImplicitLocOpBuilder builder(scan.getLoc(), scan);
  SmallVector<Type> carries;
  for (Value carry : scan.getCarry())
    carries.push_back(
        MemRefType::get(cast<MemRefType>(carry.getType()).getShape(),
                        cast<MemRefType>(carry.getType()).getElementType()));
  RecurrenceEmitter emitter(scan, builder, carries);
  emitter.setOperands(scan);
  emitter.setRunning(allocateBytes(builder, 2 * getAlignedBytes(carries)));
  Value workspace = allocateBytes(
      builder, getWorkspaceBytes(lookUpCell(scan, scan.getCell())));
  Value zero = emitter.index(0);
  emitter.copyCarryTo(emitter.getRunning(zero));
  auto loop = scf::ForOp::create(builder, zero, emitter.operands.numSteps,
                                 emitter.index(1), ValueRange{zero});
  builder.setInsertionPointToStart(loop.getBody());
  Value parity = loop.getRegionIterArg(0);
  Value next = emitter.flip(parity);
  emitter.callPrimal(scan.getCell(), loop.getInductionVar(),
                     emitter.getRunning(parity), emitter.getRunning(next),
                     ValueRange(scan.getOuts()).drop_front(carries.size()), {},
                     workspace);
  scf::YieldOp::create(builder, next);
  builder.setInsertionPointAfter(loop);
  emitter.copyState(emitter.viewState(emitter.getRunning(loop.getResult(0))),
                    ValueRange(scan.getOuts()).take_front(carries.size()));
  scan.erase();
}

void bptt::expandSweeps(Sweeps &sweeps, bool rolled) {
  ImplicitLocOpBuilder builder(sweeps.forward.getLoc(), sweeps.forward);
  sweeps.fixed = allocateBytes(builder, 2 * sweeps.sizes.stateBytes +
                                            sweeps.sizes.scratchBytes());
  emitSweep(sweeps, sweeps.forward, builder, rolled);
  builder.setLoc(sweeps.backward.getLoc());
  emitSweep(sweeps, sweeps.backward, builder, rolled);
  sweeps.backward.erase();
  sweeps.forward.erase();
}

void bptt::expandNestedSweeps(ForwardOp forward) {
  Sweeps sweeps{forward, getBackward(forward), {}, {}, {}, {}};
  sweeps.sizes = getRecurrenceSizes(forward, sweeps.backward);
  ImplicitLocOpBuilder builder(forward.getLoc(), forward);
  PlanAttr plan = forward.getPlanAttr();
  int64_t stackBytes;
  if (plan) {
    sweeps.table =
        getNestedTable(forward->getParentOfType<func::FuncOp>(), plan);
    stackBytes = plan.getKept();
  } else {
    stackBytes =
        getStaticNumSteps(forward.getInputs(), forward.getSteps()) *
        (sweeps.sizes.stateBytes + sweeps.sizes.modes.front().residualBytes);
  }
  sweeps.stack = allocateBytes(builder, stackBytes);
  expandSweeps(sweeps, /*rolled=*/bool(plan));
}
