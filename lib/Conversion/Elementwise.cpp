//===- Elementwise.cpp - Element-wise work and reductions -----------------===//

#include "Elementwise.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bptt;

/// Vectors of it lie in memory as its elements do.
static bool isStorable(Type type) {
  return isa<IndexType>(type) ||
         (type.isIntOrFloat() && type.getIntOrFloatBitWidth() % 8 == 0);
}

static unsigned bitsOf(Type type) {
  return isa<IndexType>(type) ? 64 : type.getIntOrFloatBitWidth();
}

/// Lanes that are not active compute with zeros: a division must not trap.
static bool mayTrap(Operation &op) {
  return isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp,
             arith::CeilDivSIOp, arith::CeilDivUIOp, arith::FloorDivSIOp>(op);
}

static bool isVectorizable(Operation &op) {
  if (isa<linalg::IndexOp>(op) || op.hasTrait<OpTrait::ConstantLike>())
    return llvm::all_of(op.getResultTypes(), VectorType::isValidElementType);
  auto isScalar = [](Type type) { return type.isIntOrIndexOrFloat(); };
  return op.getNumRegions() == 0 &&
         OpTrait::hasElementwiseMappableTraits(&op) && !mayTrap(op) &&
         llvm::all_of(op.getOperandTypes(), isScalar) &&
         llvm::all_of(op.getResultTypes(), isScalar);
}

Operation *bptt::findCombiner(Block &block) {
  Value carried = block.getArguments().back();
  if (!carried.hasOneUse())
    return nullptr;
  Operation *op = block.getTerminator()->getOperand(0).getDefiningOp();
  if (!op || *carried.user_begin() != op)
    return nullptr;
  return isa<arith::AddFOp, arith::MulFOp, arith::MaximumFOp, arith::MinimumFOp,
             arith::MaxNumFOp, arith::MinNumFOp>(op)
             ? op
             : nullptr;
}

namespace {
class ElementwiseMatcher {
public:
  explicit ElementwiseMatcher(Elementwise &elementwise)
      : e(elementwise), iterators(e.op.getIteratorTypesArray()) {}

  bool match(OpBuilder &builder) {
    if (!e.op.hasPureBufferSemantics() || e.op.getNumDpsInits() == 0 ||
        e.op.getNumLoops() == 0 || !bodyFits() || !operandsFit())
      return false;
    e.loops = getLoopExtents(builder, e.op);
    bool reduces = e.op.getNumReductionLoops() > 0;
    if (reduces && e.op.getNumDpsInits() != 1)
      return false;
    if (!chooseParallelLanes() && !(reduces && chooseReductionLanes()))
      return false;
    for (unsigned loop = 0; loop < e.loops.size(); ++loop)
      if (loop != e.laneLoop)
        (isReduction(loop) ? e.reductionLoops : e.outerLoops).push_back(loop);
    return true;
  }

private:
  bool isReduction(unsigned loop) const {
    return iterators[loop] == utils::IteratorType::reduction;
  }

  bool bodyFits() {
    for (Operation &op : e.op.getBlock()->without_terminator()) {
      if (!isVectorizable(op))
        return false;
      for (Type type : op.getResultTypes())
        e.elementBits = std::max(e.elementBits, bitsOf(type));
    }
    return true;
  }

  bool operandsFit() {
    for (OpOperand *operand : e.op.getDpsInputOperands()) {
      Type type = operand->get().getType();
      if (!isa<ShapedType>(type)) {
        e.inputs.push_back({std::nullopt, operand->get()});
        continue;
      }
      auto access = OperandAccess::get(e.op, *operand);
      if (!access || !isStorable(access->getElementType()))
        return false;
      e.elementBits = std::max(e.elementBits, bitsOf(access->getElementType()));
      e.inputs.push_back({access, Value()});
    }
    for (OpOperand &operand : e.op.getDpsInitsMutable()) {
      auto access = OperandAccess::get(e.op, operand);
      if (!access || !isStorable(access->getElementType()))
        return false;
      e.elementBits = std::max(e.elementBits, bitsOf(access->getElementType()));
      e.outputs.push_back(*access);
    }
    return true;
  }

  /// Neighbouring results in neighbouring lanes: the order of every element is
  /// that of plain loops, so a layout that does not fit may go there.
  bool chooseParallelLanes() {
    for (unsigned loop = 0; loop < e.loops.size(); ++loop) {
      if (isReduction(loop) || e.loops[loop].size == 1)
        continue;
      auto fits = [&](const OperandAccess &access) {
        return !access.uses(loop) || access.isContiguous(loop);
      };
      bool all = llvm::all_of(e.inputs,
                              [&](const ElementwiseInput &input) {
                                return !input.access || fits(*input.access);
                              }) &&
                 llvm::all_of(e.outputs, [&](const OperandAccess &output) {
                   return output.isContiguous(loop);
                 });
      if (!all)
        continue;
      e.laneLoop = loop;
      return true;
    }
    return false;
  }

  /// Partial results in lanes: another order than that of plain loops, so the
  /// layout has no say.
  bool chooseReductionLanes() {
    e.combiner = findCombiner(*e.op.getBlock());
    if (!e.combiner || e.inputs.empty())
      return false;
    for (unsigned loop = 0; loop < e.loops.size(); ++loop) {
      if (!isReduction(loop) || e.loops[loop].size == 1)
        continue;
      bool innermost = llvm::any_of(
          e.inputs, [&](const ElementwiseInput &i) { return i.uses(loop); });
      for (const ElementwiseInput &input : e.inputs)
        innermost &=
            !input.uses(loop) || input.access->isInnermost(loop, e.loops);
      if (!innermost)
        continue;
      e.laneLoop = loop;
      e.lanesReduce = true;
      return true;
    }
    return false;
  }

  Elementwise &e;
  SmallVector<utils::IteratorType> iterators;
};
} // namespace

std::optional<Elementwise> Elementwise::match(OpBuilder &builder,
                                              linalg::LinalgOp op) {
  Elementwise elementwise;
  elementwise.op = op;
  if (!ElementwiseMatcher(elementwise).match(builder))
    return std::nullopt;
  return elementwise;
}

std::optional<int64_t> Elementwise::getWork() const {
  // In multiply-adds: a polynomial has ten or so, a division takes as long as
  // a few.
  int64_t work = 0;
  for (Operation &inside : op->getRegion(0).front().without_terminator())
    work += isa<math::MathDialect>(inside.getDialect()) ? 10
            : isa<arith::DivFOp>(inside)                ? 4
                                                        : 1;
  for (const LoopExtent &loop : loops)
    if (!loop.isStatic() || llvm::MulOverflow(work, loop.size, work))
      return std::nullopt;
  return work;
}

SmallVector<Value> bptt::emitVectorBody(OpBuilder &builder,
                                        const Elementwise &elementwise,
                                        int64_t count, ValueRange arguments,
                                        ValueRange indices) {
  Block &block = elementwise.op->getRegion(0).front();
  IRMapping mapping;
  mapping.map(block.getArguments(), arguments);
  auto widen = [&](Type type) { return VectorType::get({count}, type); };
  auto broadcast = [&](Location loc, Value value) -> Value {
    return vector::BroadcastOp::create(builder, loc, widen(value.getType()),
                                       value);
  };
  auto toVector = [&](Location loc, Value value) {
    if (!mapping.contains(value))
      mapping.map(value, broadcast(loc, value));
    return mapping.lookup(value);
  };
  for (Operation &op : block.without_terminator()) {
    Location loc = op.getLoc();
    if (auto index = dyn_cast<linalg::IndexOp>(op)) {
      Value value = broadcast(loc, indices[index.getDim()]);
      if (index.getDim() == elementwise.laneLoop)
        value = arith::AddIOp::create(
            builder, loc, value,
            vector::StepOp::create(builder, loc,
                                   widen(builder.getIndexType())));
      mapping.map(index.getResult(), value);
      continue;
    }
    if (op.hasTrait<OpTrait::ConstantLike>()) {
      Value scalar = builder.clone(op)->getResult(0);
      mapping.map(op.getResult(0), broadcast(loc, scalar));
      continue;
    }
    for (Value operand : op.getOperands())
      toVector(loc, operand);
    Operation *wide = builder.clone(op, mapping);
    for (OpResult result : wide->getResults())
      result.setType(widen(result.getType()));
  }
  return llvm::map_to_vector(
      block.getTerminator()->getOperands(), [&](Value value) {
        return toVector(block.getTerminator()->getLoc(), value);
      });
}
