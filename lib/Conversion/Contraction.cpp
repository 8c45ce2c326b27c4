//===- Contraction.cpp - Products with a sum, and how to walk them --------===//

#include "Contraction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bptt;

static Value skipWidening(Value value) {
  while (auto widening = value.getDefiningOp<arith::ExtFOp>())
    value = widening.getIn();
  return value;
}

/// Whether `block` computes arg2 + arg0 * arg1 in floats of the type of arg2,
/// in any order of the operands; narrower factors are widened first.
static bool isMultiplyAdd(Block &block) {
  if (block.getNumArguments() != 3)
    return false;
  Value a = block.getArgument(0), b = block.getArgument(1);
  Value sum = block.getArgument(2);
  if (!isa<FloatType>(sum.getType()))
    return false;
  auto areFactors = [&](Value x, Value y) {
    x = skipWidening(x), y = skipWidening(y);
    return (x == a && y == b) || (x == b && y == a);
  };
  Operation *result =
      block.getTerminator()->getOperand(0).getDefiningOp<Operation *>();
  if (auto fma = dyn_cast_or_null<math::FmaOp>(result))
    return fma.getC() == sum && areFactors(fma.getA(), fma.getB());
  auto add = dyn_cast_or_null<arith::AddFOp>(result);
  if (!add || (add.getLhs() != sum && add.getRhs() != sum))
    return false;
  Value other = add.getLhs() == sum ? add.getRhs() : add.getLhs();
  auto product = other.getDefiningOp<arith::MulFOp>();
  return product && areFactors(product.getLhs(), product.getRhs());
}

namespace {
/// Chooses the loops of a contraction.
class LoopChooser {
public:
  LoopChooser(Contraction &contraction)
      : c(contraction), iterators(c.op.getIteratorTypesArray()) {}

  bool choose() {
    if (c.loops.empty())
      return false;
    chooseLanes();
    c.lanesReduce = isReduction(c.laneLoop);
    if (!c.rhs.uses(c.laneLoop))
      std::swap(c.lhs, c.rhs);
    if (c.lanesReduce)
      c.colLoop = longest([&](unsigned loop) { return !c.lhs.uses(loop); });
    else
      c.colLoop = c.laneLoop;
    c.rowLoop = longest(
        [&](unsigned loop) { return loop != c.colLoop && !c.rhs.uses(loop); });
    for (unsigned loop = 0; loop < c.loops.size(); ++loop) {
      if (isReduction(loop) && loop != c.laneLoop)
        c.reductionLoops.push_back(loop);
      if (!isReduction(loop) && loop != c.colLoop && loop != c.rowLoop)
        c.outerLoops.push_back(loop);
    }
    return true;
  }

private:
  bool isReduction(unsigned loop) const {
    return iterators[loop] == utils::IteratorType::reduction;
  }

  /// Whether every input that runs along `loop` has it innermost, and one does.
  bool isInnermostInInputs(unsigned loop) const {
    auto fits = [&](const OperandAccess &input) {
      return !input.uses(loop) || input.isInnermost(loop, c.loops);
    };
    return (c.lhs.uses(loop) || c.rhs.uses(loop)) && fits(c.lhs) && fits(c.rhs);
  }

  /// How good lanes along `loop` are, the more the better.
  unsigned rate(unsigned loop) const {
    if (c.loops[loop].size == 1)
      return 0;
    bool inputs = isInnermostInInputs(loop);
    if (isReduction(loop))
      return inputs ? 4 : 1;
    if (c.out.isInnermost(loop, c.loops))
      return inputs ? 5 : 2;
    return inputs ? 3 : 1;
  }

  void chooseLanes() {
    c.laneLoop = 0;
    for (unsigned loop = 1; loop < c.loops.size(); ++loop)
      if (rate(loop) > rate(c.laneLoop))
        c.laneLoop = loop;
  }

  /// The longest parallel loop that is free and fits; a dynamic one counts as
  /// long.
  std::optional<unsigned> longest(function_ref<bool(unsigned)> fits) const {
    std::optional<unsigned> best;
    auto length = [&](unsigned loop) {
      return c.loops[loop].isStatic() ? c.loops[loop].size : INT64_MAX;
    };
    for (unsigned loop = 0; loop < c.loops.size(); ++loop)
      if (!isReduction(loop) && loop != c.laneLoop && fits(loop) &&
          (!best || length(loop) > length(*best)))
        best = loop;
    return best;
  }

  Contraction &c;
  SmallVector<utils::IteratorType> iterators;
};
} // namespace

std::optional<Contraction> Contraction::match(OpBuilder &builder,
                                              linalg::LinalgOp op) {
  if (!op.hasPureBufferSemantics() || op.getNumDpsInputs() != 2 ||
      op.getNumDpsInits() != 1 || !isMultiplyAdd(*op.getBlock()))
    return std::nullopt;
  auto lhs = OperandAccess::get(op, *op.getDpsInputOperand(0));
  auto rhs = OperandAccess::get(op, *op.getDpsInputOperand(1));
  auto out = OperandAccess::get(op, *op.getDpsInitOperand(0));
  if (!lhs || !rhs || !out)
    return std::nullopt;
  Contraction contraction{op, *lhs, *rhs, *out, {}, 0, false, {}, {}, {}, {}};
  contraction.loops = getLoopExtents(builder, op);
  if (!LoopChooser(contraction).choose())
    return std::nullopt;
  return contraction;
}

FloatType Contraction::getSumType() const {
  auto type = cast<FloatType>(out.getElementType());
  return type.getWidth() < 32 ? Float32Type::get(type.getContext()) : type;
}

std::optional<int64_t> Contraction::getWork() const {
  int64_t work = 1;
  for (const LoopExtent &loop : loops)
    if (!loop.isStatic() || llvm::MulOverflow(work, loop.size, work))
      return std::nullopt;
  return work;
}
