//===- ExpandDoubleMath.cpp - Transcendental functions in f64 -------------===//
//
// exp, log, sin and cos by reduction of the argument and polynomials, with
// errors of an ulp or two; everything else from those.
//
//===----------------------------------------------------------------------===//

#include "bptt/Conversion/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace bptt {
#define GEN_PASS_DEF_EXPANDDOUBLEMATH
#include "bptt/Conversion/Passes.h.inc"
} // namespace bptt

namespace {

/// Functions of values of one type, f64 or vectors of it.
class Functions {
public:
  Functions(ImplicitLocOpBuilder &builder, Type type)
      : b(builder), type(type), bits(withElement(builder.getI64Type())) {}

  Value exp(Value x);
  Value expm1(Value x);
  Value log(Value x);
  Value log1p(Value x);
  Value tanh(Value x);
  Value sinh(Value x);
  Value pow(Value x, Value y);
  Value sine(Value x, bool isCosine);

  Value constant(double value) { return fill(type, b.getF64FloatAttr(value)); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, x, y); }
  Value div(Value x, Value y) { return arith::DivFOp::create(b, x, y); }
  Value add(Value x, Value y) { return arith::AddFOp::create(b, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, x, y); }

private:
  using Predicate = arith::CmpFPredicate;

  Type withElement(Type element) {
    auto vector = dyn_cast<VectorType>(type);
    return vector ? Type(VectorType::get(vector.getShape(), element)) : element;
  }
  Value fill(Type of, TypedAttr element) {
    if (auto vector = dyn_cast<VectorType>(of))
      return arith::ConstantOp::create(
          b, DenseElementsAttr::get(vector, Attribute(element)));
    return arith::ConstantOp::create(b, element);
  }
  Value integer(int64_t value) {
    return fill(bits, b.getI64IntegerAttr(value));
  }
  Value fma(Value x, Value y, Value z) {
    return math::FmaOp::create(b, x, y, z);
  }
  Value abs(Value x) { return math::AbsFOp::create(b, x); }
  Value select(Value condition, Value x, Value y) {
    return arith::SelectOp::create(b, condition, x, y);
  }
  Value compare(Predicate predicate, Value x, Value y) {
    return arith::CmpFOp::create(b, predicate, x, y);
  }
  Value isBelow(Value x, double y) {
    return compare(Predicate::OLT, x, constant(y));
  }
  Value round(Value x) {
    return math::FloorOp::create(b, add(x, constant(0.5)));
  }
  Value toInteger(Value x) { return arith::FPToSIOp::create(b, bits, x); }
  Value toDouble(Value x) { return arith::SIToFPOp::create(b, type, x); }
  Value asBits(Value x) { return arith::BitcastOp::create(b, bits, x); }
  Value fromBits(Value x) { return arith::BitcastOp::create(b, type, x); }

  /// 2 to an integer that is no exponent of a subnormal.
  Value powerOf2(Value exponent) {
    Value biased = arith::AddIOp::create(b, exponent, integer(1023));
    return fromBits(arith::ShLIOp::create(b, biased, integer(52)));
  }

  /// The coefficients from the constant one on.
  Value polynomial(Value x, ArrayRef<double> coefficients) {
    Value sum = constant(coefficients.back());
    for (double coefficient : llvm::reverse(coefficients.drop_back()))
      sum = fma(sum, x, constant(coefficient));
    return sum;
  }

  /// exp(x) - 1 for |x| <= log(2) / 2.
  Value smallExpm1(Value x) {
    SmallVector<double> coefficients;
    double factorial = 1;
    for (int n = 1; n <= 14; ++n)
      coefficients.push_back(1 / (factorial *= n));
    return mul(x, polynomial(x, coefficients));
  }

  ImplicitLocOpBuilder &b;
  Type type, bits;
};

constexpr double kLog2 = 0.69314718055994530942;
constexpr double kLog2High = 6.93147180369123816490e-01;
constexpr double kLog2Low = 1.90821492927058770002e-10;

Value Functions::exp(Value x) {
  Value isLow = isBelow(x, -746.0);
  Value isHigh = compare(Predicate::OGT, x, constant(710.0));
  Value clamped = select(isLow, constant(-746.0), x);
  clamped = select(isHigh, constant(710.0), clamped);
  Value turns = round(mul(clamped, constant(1 / kLog2)));
  Value rest = fma(turns, constant(-kLog2High), clamped);
  rest = fma(turns, constant(-kLog2Low), rest);
  Value mantissa = add(smallExpm1(rest), constant(1.0));
  // In two factors: the result may be subnormal, or beyond the largest.
  Value exponent = toInteger(turns);
  Value half = arith::ShRSIOp::create(b, exponent, integer(1));
  Value otherHalf = arith::SubIOp::create(b, exponent, half);
  Value result = mul(mul(mantissa, powerOf2(half)), powerOf2(otherHalf));
  return select(compare(Predicate::UNO, x, x), x, result);
}

Value Functions::expm1(Value x) {
  return select(isBelow(abs(x), kLog2 / 2), smallExpm1(x),
                sub(exp(x), constant(1.0)));
}

Value Functions::log(Value x) {
  constexpr double kSmallestNormal = 2.2250738585072014e-308;
  Value isTiny = isBelow(x, kSmallestNormal);
  Value scaled = select(isTiny, mul(x, constant(18014398509481984.0)), x);
  Value raw = asBits(scaled);
  Value exponent = arith::SubIOp::create(
      b, arith::ShRUIOp::create(b, raw, integer(52)), integer(1023));
  Value mantissa = fromBits(arith::OrIOp::create(
      b, arith::AndIOp::create(b, raw, integer(0x000FFFFFFFFFFFFF)),
      integer(0x3FF0000000000000)));
  Value isLarge =
      compare(Predicate::OGT, mantissa, constant(1.41421356237309504880));
  mantissa = select(isLarge, mul(mantissa, constant(0.5)), mantissa);
  Value k =
      add(toDouble(exponent), select(isLarge, constant(1.0), constant(0.0)));
  k = sub(k, select(isTiny, constant(54.0), constant(0.0)));

  Value f = sub(mantissa, constant(1.0));
  Value s = div(f, add(constant(2.0), f));
  Value z = mul(s, s);
  Value rest =
      mul(z, polynomial(z, {6.666666666666735130e-01, 3.999999999940941908e-01,
                            2.857142874366239149e-01, 2.222219843214978396e-01,
                            1.818357216161805012e-01, 1.531383769920937332e-01,
                            1.479819860511658591e-01}));
  Value square = mul(constant(0.5), mul(f, f));
  Value small = fma(s, add(square, rest), mul(k, constant(kLog2Low)));
  Value result = sub(mul(k, constant(kLog2High)), sub(sub(square, small), f));

  double infinity = std::numeric_limits<double>::infinity();
  Value isZero = compare(Predicate::OEQ, x, constant(0.0));
  result = select(isZero, constant(-infinity), result);
  result = select(compare(Predicate::OEQ, x, constant(infinity)), x, result);
  Value isBad = compare(Predicate::ULT, x, constant(0.0)); // or no number
  return select(isBad, constant(std::numeric_limits<double>::quiet_NaN()),
                result);
}

Value Functions::log1p(Value x) {
  Value u = add(constant(1.0), x);
  Value lost = div(sub(sub(u, constant(1.0)), x), u);
  Value isSmall = compare(Predicate::OEQ, u, constant(1.0));
  Value isInfinite = compare(Predicate::OEQ, x,
                             constant(std::numeric_limits<double>::infinity()));
  Value result = select(isSmall, x, sub(log(u), lost));
  return select(isInfinite, x, result);
}

Value Functions::tanh(Value x) {
  Value magnitude = abs(x), twice = add(magnitude, magnitude);
  Value small = smallExpm1(twice);
  small = div(small, add(small, constant(2.0)));
  Value large =
      sub(constant(1.0), div(constant(2.0), add(exp(twice), constant(1.0))));
  Value result = select(isBelow(twice, kLog2 / 2), small, large);
  return math::CopySignOp::create(b, result, x);
}

Value Functions::sinh(Value x) {
  Value t = expm1(abs(x));
  Value infinite = compare(Predicate::OEQ, t,
                           constant(std::numeric_limits<double>::infinity()));
  Value sum = add(t, div(t, add(t, constant(1.0))));
  Value result = select(infinite, t, mul(constant(0.5), sum));
  return math::CopySignOp::create(b, result, x);
}

Value Functions::pow(Value x, Value y) {
  Value result = exp(mul(y, log(abs(x))));
  // Of a negative number there are integral powers only.
  Value isIntegral = compare(Predicate::OEQ, math::FloorOp::create(b, y), y);
  Value half = mul(y, constant(0.5));
  Value isOdd = compare(Predicate::ONE, math::FloorOp::create(b, half), half);
  Value negated = select(isOdd, sub(constant(-0.0), result), result);
  negated = select(isIntegral, negated,
                   constant(std::numeric_limits<double>::quiet_NaN()));
  result = select(isBelow(x, 0.0), negated, result);
  Value isOne = compare(Predicate::OEQ, y, constant(0.0));
  return select(isOne, constant(1.0), result);
}

/// Good to about 1e5 turns; beyond that the argument itself is not known
/// better.
Value Functions::sine(Value x, bool isCosine) {
  Value turns = round(mul(x, constant(0.63661977236758134308)));
  Value r = fma(turns, constant(-1.57079632673412561417e+00), x);
  r = fma(turns, constant(-6.07710050630396597660e-11), r);
  r = fma(turns, constant(-2.02226624879595063154e-21), r);
  Value z = mul(r, r);
  Value sin = fma(
      mul(z, r),
      polynomial(z, {-1.66666666666666324348e-01, 8.33333333332248946124e-03,
                     -1.98412698298579493134e-04, 2.75573137070700676789e-06,
                     -2.50507602534068634195e-08, 1.58969099521155010221e-10}),
      r);
  Value cos = fma(
      mul(z, z),
      polynomial(z, {4.16666666666666019037e-02, -1.38888888888741095749e-03,
                     2.48015872894767294178e-05, -2.75573143513906633035e-07,
                     2.08757232129817482790e-09, -1.13596475577881948265e-11}),
      fma(z, constant(-0.5), constant(1.0)));
  Value quadrant = toInteger(turns);
  if (isCosine)
    quadrant = arith::AddIOp::create(b, quadrant, integer(1));
  auto hasBit = [&](int64_t bit) -> Value {
    return arith::CmpIOp::create(
        b, arith::CmpIPredicate::ne,
        arith::AndIOp::create(b, quadrant, integer(bit)), integer(0));
  };
  Value result = select(hasBit(1), cos, sin);
  return select(hasBit(2), sub(constant(-0.0), result), result);
}

/// `op` of f64, without transcendental functions; null where there is no way.
Value expand(Operation *op, ImplicitLocOpBuilder &b) {
  Functions f(b, op->getResult(0).getType());
  Value x = op->getOperand(0);
  if (isa<math::ExpOp>(op))
    return f.exp(x);
  if (isa<math::ExpM1Op>(op))
    return f.expm1(x);
  if (isa<math::Exp2Op>(op))
    return f.exp(f.mul(x, f.constant(kLog2)));
  if (isa<math::LogOp>(op))
    return f.log(x);
  if (isa<math::Log2Op>(op))
    return f.div(f.log(x), f.constant(kLog2));
  if (isa<math::Log10Op>(op))
    return f.div(f.log(x), f.constant(2.30258509299404568402));
  if (isa<math::Log1pOp>(op))
    return f.log1p(x);
  if (isa<math::TanhOp>(op))
    return f.tanh(x);
  if (isa<math::SinhOp>(op))
    return f.sinh(x);
  if (isa<math::CoshOp>(op)) {
    Value e = f.exp(x);
    return f.mul(f.constant(0.5), f.add(e, f.div(f.constant(1.0), e)));
  }
  if (isa<math::SinOp>(op))
    return f.sine(x, /*isCosine=*/false);
  if (isa<math::CosOp>(op))
    return f.sine(x, /*isCosine=*/true);
  if (isa<math::TanOp>(op))
    return f.div(f.sine(x, false), f.sine(x, true));
  if (isa<math::PowFOp>(op))
    return f.pow(x, op->getOperand(1));
  return Value();
}

/// Those of f32 that have no polynomial of their own.
bool isBetterInDouble(Operation *op) {
  return isa<math::Exp2Op, math::Log10Op, math::SinhOp, math::CoshOp,
             math::TanOp, math::PowFOp>(op);
}

Type getDouble(Type type) {
  Type f64 = Float64Type::get(type.getContext());
  auto vector = dyn_cast<VectorType>(type);
  return vector ? Type(VectorType::get(vector.getShape(), f64)) : f64;
}

struct ExpandDoubleMath : bptt::impl::ExpandDoubleMathBase<ExpandDoubleMath> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation()->walk([&](Operation *op) {
      if (isa<math::MathDialect>(op->getDialect()) && op->getNumResults() == 1)
        ops.push_back(op);
    });
    for (Operation *op : ops) {
      Type type = op->getResult(0).getType();
      ImplicitLocOpBuilder b(op->getLoc(), op);
      Value result;
      if (getElementTypeOrSelf(type).isF64()) {
        result = expand(op, b);
      } else if (isa<FloatType>(getElementTypeOrSelf(type)) &&
                 isBetterInDouble(op)) {
        Operation *wide = b.clone(*op);
        for (OpOperand &operand : wide->getOpOperands()) {
          b.setInsertionPoint(wide);
          operand.set(arith::ExtFOp::create(
              b, getDouble(operand.get().getType()), operand.get()));
        }
        wide->getResult(0).setType(getDouble(type));
        result = arith::TruncFOp::create(b, type, expand(wide, b));
        wide->erase();
      }
      if (!result)
        continue;
      op->replaceAllUsesWith(ValueRange(result));
      op->erase();
    }
  }
};
} // namespace
