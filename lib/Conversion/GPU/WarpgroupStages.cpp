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
/// Of the block's sixteen barriers; all threads meet at the first.
constexpr int64_t kReadersBarrier = 1;

WarpgroupStages::WarpgroupStages(ProductFrame &frame, const Sizes &sizes,
                                 int64_t readers)
    : frame(frame), sizes(sizes), readers(readers) {
  Value memory = frame.kernel.addDynamicShared(sizes.getBytes());
  // Dynamic shared memory begins at a multiple of 16.
  first = frame.multiply(
      frame.divide(frame.add(memory, kAlignment - 1), kAlignment), kAlignment);
}

static Value getNumber(ProductFrame &frame, int64_t number) {
  return arith::ConstantIntOp::create(frame.body, frame.loc, number, 32);
}

Value WarpgroupStages::getPlace(Value number) {
  return frame.add(first, frame.multiply(frame.remainder(number, sizes.stages),
                                         sizes.stageBytes));
}

Value WarpgroupStages::getScratch(Value number) {
  return frame.add(frame.add(first, sizes.getScratch()),
                   frame.multiply(frame.remainder(number, sizes.scratches),
                                  sizes.scratchBytes));
}

Value WarpgroupStages::getBarrier(Value number, bool isOfFilling) {
  Value place =
      frame.multiply(frame.remainder(number, sizes.stages), kBarrierBytes);
  int64_t barriers =
      sizes.getBarriers() + (isOfFilling ? 0 : sizes.stages * kBarrierBytes);
  return toPointer(frame, frame.add(frame.add(first, place), barriers));
}

void WarpgroupStages::initialize() {
  for (int64_t stage = 0; stage < sizes.stages; ++stage)
    for (bool isOfFilling : {true, false})
      NVVM::MBarrierInitOp::create(
          frame.body, frame.loc, getBarrier(frame.constant(stage), isOfFilling),
          getNumber(frame, isOfFilling ? 1 : readers), /*predicate=*/Value());
  // The copy engine must see it as well.
  NVVM::FenceMbarrierInitOp::create(frame.body, frame.loc);
  fence();
}

void WarpgroupStages::fence() {
  MLIRContext *context = frame.body.getContext();
  NVVM::FenceProxyOp::create(
      frame.body, frame.loc,
      NVVM::ProxyKindAttr::get(context, NVVM::ProxyKind::async_shared),
      NVVM::SharedSpaceAttr::get(context, NVVM::SharedSpace::shared_cta));
}

void WarpgroupStages::meet() {
  NVVM::BarrierOp::create(frame.body, frame.loc, TypeRange(),
                          getNumber(frame, kReadersBarrier),
                          getNumber(frame, readers * kWarpThreads),
                          /*reductionOp=*/nullptr, /*predicate=*/Value());
}

/// Waits for the phase of tile `number` or, with `phasesBefore`, for an earlier
/// one. The one before the first counts as over.
void WarpgroupStages::wait(Value barrier, Value number, int64_t phasesBefore) {
  Value phase = frame.add(frame.divide(number, sizes.stages), phasesBefore);
  Value parity = toInteger(frame, frame.remainder(phase, 2), 32);
  NVVM::MBarrierTryWaitParityOp::create(frame.body, frame.loc, barrier, parity,
                                        getNumber(frame, kPatience));
}

Value WarpgroupStages::beginFilling(Value number, int64_t bytes) {
  wait(getBarrier(number, false), number, /*phasesBefore=*/1);
  Value barrier = getBarrier(number, true);
  NVVM::MBarrierArriveExpectTxOp::create(
      frame.body, frame.loc, /*res=*/Type(), barrier, getNumber(frame, bytes),
      NVVM::MemScopeKind::CTA, /*relaxed=*/false,
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
