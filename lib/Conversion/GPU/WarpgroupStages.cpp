//===- WarpgroupStages.cpp - Tiles on their way ---------------------------===//

#include "WarpgroupStages.h"

#include "WarpgroupTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace bptt;

/// How long a thread sleeps at most before it looks again, in nanoseconds.
constexpr int64_t kPatience = 10'000'000;

WarpgroupStages::WarpgroupStages(ProductFrame &frame, int64_t stages,
                                 int64_t stageBytes, int64_t readers)
    : frame(frame), stages(stages), stageBytes(stageBytes), readers(readers) {
  Value memory = frame.kernel.addDynamicShared(getBytes(stages, stageBytes));
  // Dynamic shared memory begins at a multiple of 16.
  first = frame.multiply(
      frame.divide(frame.add(memory, kAlignment - 1), kAlignment), kAlignment);
}

static Value getNumber(ProductFrame &frame, int64_t number) {
  return arith::ConstantIntOp::create(frame.body, frame.loc, number, 32);
}

Value WarpgroupStages::getPlace(Value number) {
  return frame.add(first,
                   frame.multiply(frame.remainder(number, stages), stageBytes));
}

Value WarpgroupStages::getBarrier(Value number, bool isOfFilling) {
  Value place = frame.multiply(frame.remainder(number, stages), kBarrierBytes);
  int64_t barriers = stages * (stageBytes + (isOfFilling ? 0 : kBarrierBytes));
  return toPointer(frame, frame.add(frame.add(first, place), barriers));
}

void WarpgroupStages::initialize() {
  for (int64_t stage = 0; stage < stages; ++stage)
    for (bool isOfFilling : {true, false})
      NVVM::MBarrierInitOp::create(
          frame.body, frame.loc, getBarrier(frame.constant(stage), isOfFilling),
          getNumber(frame, isOfFilling ? 1 : readers), /*predicate=*/Value());
  // The copy engine must see it as well.
  NVVM::FenceMbarrierInitOp::create(frame.body, frame.loc);
  NVVM::FenceProxyOp::create(
      frame.body, frame.loc,
      NVVM::ProxyKindAttr::get(frame.body.getContext(),
                               NVVM::ProxyKind::async_shared),
      NVVM::SharedSpaceAttr::get(frame.body.getContext(),
                                 NVVM::SharedSpace::shared_cta));
}

/// Waits for the phase of tile `number` or, with `phasesBefore`, for an earlier
/// one. The one before the first counts as over.
void WarpgroupStages::wait(Value barrier, Value number, int64_t phasesBefore) {
  Value phase = frame.add(frame.divide(number, stages), phasesBefore);
  Value parity = toInteger(frame, frame.remainder(phase, 2), 32);
  NVVM::MBarrierTryWaitParityOp::create(frame.body, frame.loc, barrier, parity,
                                        getNumber(frame, kPatience));
}

Value WarpgroupStages::beginFilling(Value number) {
  wait(getBarrier(number, false), number, /*phasesBefore=*/1);
  Value barrier = getBarrier(number, true);
  NVVM::MBarrierArriveExpectTxOp::create(
      frame.body, frame.loc, /*res=*/Type(), barrier,
      getNumber(frame, stageBytes), NVVM::MemScopeKind::CTA, /*relaxed=*/false,
      /*predicate=*/Value());
  return barrier;
}

void WarpgroupStages::waitUntilFull(Value number) {
  wait(getBarrier(number, true), number, /*phasesBefore=*/0);
}

void WarpgroupStages::release(Value number) {
  Value lane = frame.remainder(frame.kernel.getThread(), kWarpThreads);
  auto one = scf::IfOp::create(frame.body, frame.loc, frame.isBelow(lane, 1));
  OpBuilder::InsertionGuard guard(frame.body);
  frame.body.setInsertionPointToStart(one.thenBlock());
  NVVM::MBarrierArriveOp::create(frame.body, frame.loc, frame.body.getI64Type(),
                                 getBarrier(number, false), /*count=*/Value(),
                                 NVVM::MemScopeKind::CTA,
                                 /*relaxed=*/false);
}
