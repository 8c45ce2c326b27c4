//===- ExpandSine.cpp - Sine and cosine of f32 ----------------------------===//

#include "ExpandSine.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace {

/// Values of one type, f32 or vectors of it.
class SineBuilder {
public:
  SineBuilder(ImplicitLocOpBuilder &builder, Type type)
      : b(builder), type(type) {}

  Value sine(Value x, bool isCosine);

private:
  Value constant(float value) {
    TypedAttr element = b.getF32FloatAttr(value);
    if (auto vector = dyn_cast<VectorType>(type))
      element = DenseElementsAttr::get(vector, Attribute(element));
    return arith::ConstantOp::create(b, element);
  }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, x, y); }
  Value fma(Value x, Value y, Value z) {
    return math::FmaOp::create(b, x, y, z);
  }
  Value floorOfHalf(Value x) {
    return math::FloorOp::create(b, mul(x, constant(0.5f)));
  }
  /// Whether a whole number is odd; `half` is half of it, rounded down. In
  /// floats, since no integer holds the turns of every argument.
  Value isOdd(Value whole, Value half) {
    return arith::CmpFOp::create(b, arith::CmpFPredicate::ONE,
                                 arith::AddFOp::create(b, half, half), whole);
  }

  ImplicitLocOpBuilder &b;
  Type type;
};

} // namespace

/// Cody and Waite's reduction to [-pi/4, pi/4] by pi/2 in three parts, the
/// first product of which is exact where it matters, and the polynomials of
/// Cephes (S. L. Moshier, sinf.c).
Value SineBuilder::sine(Value x, bool isCosine) {
  Value turns =
      math::RoundEvenOp::create(b, mul(x, constant(0.63661977236758134308f)));
  Value r = fma(turns, constant(-1.57079637050628662109375f), x);
  r = fma(turns, constant(4.37113900018624283e-8f), r);
  r = fma(turns, constant(1.71512451e-15f), r);
  Value z = mul(r, r);
  Value sin = fma(z, constant(-1.9515295891e-4f), constant(8.3321608736e-3f));
  sin = fma(z, sin, constant(-1.6666654611e-1f));
  sin = fma(mul(z, r), sin, r);
  Value cos =
      fma(z, constant(2.443315711809948e-5f), constant(-1.388731625493765e-3f));
  cos = fma(z, cos, constant(4.166664568298827e-2f));
  cos = fma(mul(z, z), cos, fma(z, constant(-0.5f), constant(1.0f)));

  if (isCosine)
    turns = arith::AddFOp::create(b, turns, constant(1.0f));
  Value half = floorOfHalf(turns);
  Value result = arith::SelectOp::create(b, isOdd(turns, half), cos, sin);
  result = arith::SelectOp::create(b, isOdd(half, floorOfHalf(half)),
                                   arith::NegFOp::create(b, result), result);
  result = arith::MinimumFOp::create(b, result, constant(1.0f));
  return arith::MaximumFOp::create(b, result, constant(-1.0f));
}

namespace {
template <typename Op>
struct ExpandSine : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32())
      return failure();
    ImplicitLocOpBuilder builder(op.getLoc(), rewriter);
    rewriter.replaceOp(
        op, SineBuilder(builder, op.getType())
                .sine(op.getOperand(), std::is_same_v<Op, math::CosOp>));
    return success();
  }
};
} // namespace

void bptt::populateExpandSinePatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandSine<math::SinOp>, ExpandSine<math::CosOp>>(
      patterns.getContext(), /*benefit=*/2);
}
