//===- VectorizeElementwise.cpp - Vectors for all but products ------------===//

#include "bptt/Conversion/Passes.h"

#include "Elementwise.h"
#include "TiledLoops.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace bptt;

namespace bptt {
#define GEN_PASS_DEF_VECTORIZEELEMENTWISE
#include "bptt/Conversion/Passes.h.inc"
} // namespace bptt

namespace {
class ElementwiseEmitter {
public:
  ElementwiseEmitter(const Elementwise &elementwise, int64_t lanes,
                     bool parallel)
      : e(elementwise), lanes(lanes), parallel(parallel),
        loc(elementwise.op->getLoc()) {}

  void emit(OpBuilder &builder) {
    Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
    indices.assign(e.loops.size(), zero);
    emitOuter(builder, e.outerLoops);
  }

private:
  void emitOuter(OpBuilder &builder, ArrayRef<unsigned> left);
  void emitPoint(OpBuilder &builder, Value mask);
  void emitReductionInLanes(OpBuilder &builder);
  bool takeParallel(const LoopExtent &extent, int64_t step);

  Lanes lanesOf(Value mask) const { return {e.laneLoop, lanes, mask}; }
  SmallVector<Value> loadInputs(OpBuilder &builder, Value mask) const;
  SmallVector<Value> evaluate(OpBuilder &builder, Value mask,
                              ValueRange carried) const;
  SmallVector<Value> reduce(OpBuilder &builder, ArrayRef<unsigned> left,
                            Value mask, ValueRange carried);
  Value combine(OpBuilder &builder, Value a, Value b) const;
  Value getNeutral(OpBuilder &builder) const;
  SmallVector<Value> accumulateInLanes(OpBuilder &builder, Value mask,
                                       ValueRange carried) const;

  const Elementwise &e;
  int64_t lanes;
  bool parallel;
  Location loc;
  /// The point of the iteration space at which code is being emitted.
  SmallVector<Value> indices;
};
} // namespace

bool ElementwiseEmitter::takeParallel(const LoopExtent &extent, int64_t step) {
  if (!extent.isStatic() || extent.size < 2 * step)
    return false;
  return std::exchange(parallel, false);
}

void ElementwiseEmitter::emitOuter(OpBuilder &builder,
                                   ArrayRef<unsigned> left) {
  if (!left.empty()) {
    const LoopExtent &extent = e.loops[left.front()];
    return emitRowLoop(builder, loc, extent, 1, takeParallel(extent, 1),
                       [&](OpBuilder &inner, Value start, int64_t) {
                         indices[left.front()] = start;
                         emitOuter(inner, left.drop_front());
                       });
  }
  if (e.lanesReduce)
    return emitReductionInLanes(builder);
  const LoopExtent &extent = e.loops[e.laneLoop];
  emitLaneLoop(builder, loc, extent, lanes, 1, takeParallel(extent, lanes),
               [&](OpBuilder &inner, Value start, int64_t, Value mask) {
                 indices[e.laneLoop] = start;
                 emitPoint(inner, mask);
               });
}

SmallVector<Value> ElementwiseEmitter::loadInputs(OpBuilder &builder,
                                                  Value mask) const {
  return llvm::map_to_vector(
      e.inputs, [&](const ElementwiseInput &input) -> Value {
        if (input.access)
          return input.access->load(builder, loc, indices, lanesOf(mask));
        auto type = VectorType::get({lanes}, input.scalar.getType());
        return vector::BroadcastOp::create(builder, loc, type, input.scalar);
      });
}

SmallVector<Value> ElementwiseEmitter::evaluate(OpBuilder &builder, Value mask,
                                                ValueRange carried) const {
  SmallVector<Value> arguments = loadInputs(builder, mask);
  arguments.append(carried.begin(), carried.end());
  return emitVectorBody(builder, e, lanes, arguments, indices);
}

SmallVector<Value> ElementwiseEmitter::reduce(OpBuilder &builder,
                                              ArrayRef<unsigned> left,
                                              Value mask, ValueRange carried) {
  if (left.empty())
    return evaluate(builder, mask, carried);
  return emitCarryLoop(builder, loc, e.loops[left.front()], carried,
                       [&](OpBuilder &inner, Value index, ValueRange values) {
                         indices[left.front()] = index;
                         return reduce(inner, left.drop_front(), mask, values);
                       });
}

/// One vector of every result. All is read before anything is written, so a
/// result may lie where an operand does.
void ElementwiseEmitter::emitPoint(OpBuilder &builder, Value mask) {
  SmallVector<Value> before =
      llvm::map_to_vector(e.outputs, [&](const OperandAccess &output) {
        return output.load(builder, loc, indices, lanesOf(mask));
      });
  SmallVector<Value> after = reduce(builder, e.reductionLoops, mask, before);
  for (auto [output, value] : llvm::zip_equal(e.outputs, after))
    output.store(builder, loc, value, indices, lanesOf(mask));
}

Value ElementwiseEmitter::combine(OpBuilder &builder, Value a, Value b) const {
  IRMapping mapping;
  mapping.map(e.combiner->getOperand(0), a);
  mapping.map(e.combiner->getOperand(1), b);
  Operation *wide = builder.clone(*e.combiner, mapping);
  wide->getResult(0).setType(a.getType());
  return wide->getResult(0);
}

Value ElementwiseEmitter::getNeutral(OpBuilder &builder) const {
  std::optional<TypedAttr> scalar = arith::getNeutralElement(e.combiner);
  assert(scalar && "every combiner that is matched has one");
  auto type = VectorType::get({lanes}, scalar->getType());
  return arith::ConstantOp::create(builder, loc,
                                   DenseElementsAttr::get(type, *scalar));
}

SmallVector<Value>
ElementwiseEmitter::accumulateInLanes(OpBuilder &builder, Value mask,
                                      ValueRange carried) const {
  Value next = evaluate(builder, mask, carried)[0];
  if (mask)
    next = arith::SelectOp::create(builder, loc, mask, next, carried[0]);
  return {next};
}

void ElementwiseEmitter::emitReductionInLanes(OpBuilder &builder) {
  // Outer reductions carry the lanes along.
  std::function<SmallVector<Value>(OpBuilder &, ArrayRef<unsigned>, ValueRange)>
      walk = [&](OpBuilder &inner, ArrayRef<unsigned> left,
                 ValueRange carried) -> SmallVector<Value> {
    if (!left.empty())
      return emitCarryLoop(
          inner, loc, e.loops[left.front()], carried,
          [&](OpBuilder &deeper, Value index, ValueRange values) {
            indices[left.front()] = index;
            return walk(deeper, left.drop_front(), values);
          });
    return emitLaneCarryLoop(
        inner, loc, e.loops[e.laneLoop], lanes, carried,
        [&](OpBuilder &deeper, Value index, Value mask, ValueRange values) {
          indices[e.laneLoop] = index;
          return accumulateInLanes(deeper, mask, values);
        });
  };
  Value partial = walk(builder, e.reductionLoops, getNeutral(builder))[0];
  auto both = [&](OpBuilder &inner, Value a, Value b) {
    return combine(inner, a, b);
  };
  Value total = reduceLanes(builder, loc, partial, both);
  const OperandAccess &output = e.outputs[0];
  Value before = output.loadScalar(builder, loc, indices);
  output.storeScalar(builder, loc, combine(builder, before, total), indices);
}

namespace {
struct VectorizeElementwise
    : bptt::impl::VectorizeElementwiseBase<VectorizeElementwise> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> candidates;
    getOperation()->walk(
        [&](linalg::LinalgOp op) { candidates.push_back(op); });
    for (linalg::LinalgOp op : candidates) {
      OpBuilder builder(op);
      std::optional<Elementwise> match = Elementwise::match(builder, op);
      if (!match)
        continue;
      bool parallel =
          threads > 1 && match->getWork().value_or(0) >= minParallelWork;
      int64_t lanes = getLaneCount(vectorBits, match->elementBits,
                                   match->loops[match->laneLoop].size);
      ElementwiseEmitter(*match, lanes, parallel).emit(builder);
      op->erase();
    }
  }
};
} // namespace
