//===- TiledLoops.cpp - Loops in whole steps and a rest -------------------===//

#include "TiledLoops.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace bptt;

static Value constantIndex(OpBuilder &builder, Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

/// The end of the whole steps of a dynamic extent.
static Value roundDown(OpBuilder &builder, Location loc, Value size,
                       int64_t step) {
  Value by = constantIndex(builder, loc, step);
  Value rest = arith::RemUIOp::create(builder, loc, size, by);
  return arith::SubIOp::create(builder, loc, size, rest);
}

static void emitLoop(OpBuilder &builder, Location loc, Value begin, Value end,
                     int64_t step, bool parallel,
                     function_ref<void(OpBuilder &, Value)> body) {
  Value by = constantIndex(builder, loc, step);
  if (parallel) {
    scf::ParallelOp::create(
        builder, loc, ValueRange(begin), ValueRange(end), ValueRange(by),
        [&](OpBuilder &inner, Location, ValueRange at) { body(inner, at[0]); });
    return;
  }
  scf::ForOp::create(builder, loc, begin, end, by, ValueRange(),
                     [&](OpBuilder &inner, Location, Value at, ValueRange) {
                       body(inner, at);
                       scf::YieldOp::create(inner, loc);
                     });
}

void bptt::emitTiledLoop(OpBuilder &builder, Location loc,
                         const LoopExtent &extent, const Tiling &tiling,
                         function_ref<void(OpBuilder &, Value)> full,
                         function_ref<void(OpBuilder &, Value, int64_t)> rest) {
  Value zero = constantIndex(builder, loc, 0);
  if (extent.isStatic()) {
    int64_t whole = extent.size - extent.size % tiling.step;
    if (whole == tiling.step)
      full(builder, zero);
    else if (whole > 0)
      emitLoop(builder, loc, zero, constantIndex(builder, loc, whole),
               tiling.step, tiling.parallel, full);
    if (whole < extent.size)
      rest(builder, constantIndex(builder, loc, whole), extent.size - whole);
    return;
  }
  Value whole = roundDown(builder, loc, extent.value, tiling.step);
  emitLoop(builder, loc, zero, whole, tiling.step, tiling.parallel, full);
  if (tiling.step == 1)
    return;
  emitLoop(builder, loc, whole, extent.value, tiling.restStep,
           /*parallel=*/false, [&](OpBuilder &inner, Value start) {
             rest(inner, start, ShapedType::kDynamic);
           });
}

void bptt::emitRowLoop(OpBuilder &builder, Location loc,
                       const LoopExtent &extent, int64_t rows, bool parallel,
                       function_ref<void(OpBuilder &, Value, int64_t)> body) {
  emitTiledLoop(
      builder, loc, extent, {rows, /*restStep=*/1, parallel},
      [&](OpBuilder &inner, Value start) { body(inner, start, rows); },
      [&](OpBuilder &inner, Value start, int64_t size) {
        body(inner, start, ShapedType::isDynamic(size) ? 1 : size);
      });
}

void bptt::emitLaneLoop(
    OpBuilder &builder, Location loc, const LoopExtent &extent, int64_t lanes,
    int64_t groups, bool parallel,
    function_ref<void(OpBuilder &, Value, int64_t, Value)> body) {
  emitTiledLoop(
      builder, loc, extent, {lanes * groups, /*restStep=*/lanes, parallel},
      [&](OpBuilder &inner, Value start) {
        body(inner, start, groups, Value());
      },
      [&](OpBuilder &inner, Value start, int64_t size) {
        if (ShapedType::isDynamic(size)) {
          Value left = arith::SubIOp::create(inner, loc, extent.value, start);
          return body(inner, start, 1,
                      createPrefixMask(inner, loc, lanes, left));
        }
        Value mask;
        if (size % lanes != 0)
          mask = createPrefixMask(inner, loc, lanes, size % lanes);
        body(inner, start, (size + lanes - 1) / lanes, mask);
      });
}

static SmallVector<Value> emitCarry(OpBuilder &builder, Location loc,
                                    Value begin, Value end, int64_t step,
                                    ValueRange carried, StepFn body) {
  Value by = constantIndex(builder, loc, step);
  auto loop = scf::ForOp::create(
      builder, loc, begin, end, by, carried,
      [&](OpBuilder &inner, Location, Value at, ValueRange values) {
        scf::YieldOp::create(inner, loc, body(inner, at, values));
      });
  return llvm::to_vector(ValueRange(loop.getResults()));
}

SmallVector<Value> bptt::emitCarryLoop(OpBuilder &builder, Location loc,
                                       const LoopExtent &extent,
                                       ValueRange carried, StepFn step) {
  return emitCarry(builder, loc, constantIndex(builder, loc, 0), extent.value,
                   1, carried, step);
}

SmallVector<Value> bptt::emitLaneCarryLoop(OpBuilder &builder, Location loc,
                                           const LoopExtent &extent,
                                           int64_t lanes, ValueRange carried,
                                           LaneStepFn step) {
  SmallVector<Value> values = llvm::to_vector(carried);
  Value zero = constantIndex(builder, loc, 0);
  auto whole = [&](OpBuilder &inner, Value at, ValueRange inside) {
    return step(inner, at, Value(), inside);
  };
  if (extent.isStatic()) {
    int64_t end = extent.size - extent.size % lanes;
    if (end > 0)
      values = emitCarry(builder, loc, zero, constantIndex(builder, loc, end),
                         lanes, values, whole);
    if (end == extent.size)
      return values;
    Value mask = createPrefixMask(builder, loc, lanes, extent.size - end);
    return step(builder, constantIndex(builder, loc, end), mask, values);
  }
  Value end = roundDown(builder, loc, extent.value, lanes);
  values = emitCarry(builder, loc, zero, end, lanes, values, whole);
  return emitCarry(builder, loc, end, extent.value, lanes, values,
                   [&](OpBuilder &inner, Value at, ValueRange inside) {
                     Value left =
                         arith::SubIOp::create(inner, loc, extent.value, at);
                     Value mask = createPrefixMask(inner, loc, lanes, left);
                     return step(inner, at, mask, inside);
                   });
}
