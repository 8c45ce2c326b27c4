//===- DoubleFunctions.cpp - Transcendental functions in f64 --------------===//

#include "DoubleFunctions.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using bptt::DoubleFunctions;

DoubleFunctions::DoubleFunctions(ImplicitLocOpBuilder &builder, Type type)
    : b(builder), type(type), bits(withElement(builder.getI64Type())) {}

Type DoubleFunctions::withElement(Type element) {
  auto vector = dyn_cast<VectorType>(type);
  return vector ? Type(VectorType::get(vector.getShape(), element)) : element;
}

Value DoubleFunctions::fill(Type of, TypedAttr element) {
  if (auto vector = dyn_cast<VectorType>(of))
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(vector, Attribute(element)));
  return arith::ConstantOp::create(b, element);
}

Value DoubleFunctions::constant(double value) {
  return fill(type, b.getF64FloatAttr(value));
}

Value DoubleFunctions::mul(Value x, Value y) {
  return arith::MulFOp::create(b, x, y);
}

Value DoubleFunctions::div(Value x, Value y) {
  return arith::DivFOp::create(b, x, y);
}

Value DoubleFunctions::add(Value x, Value y) {
  return arith::AddFOp::create(b, x, y);
}

Value DoubleFunctions::sub(Value x, Value y) {
  return arith::SubFOp::create(b, x, y);
}

Value DoubleFunctions::integer(int64_t value) {
  return fill(bits, b.getI64IntegerAttr(value));
}

Value DoubleFunctions::fma(Value x, Value y, Value z) {
  return math::FmaOp::create(b, x, y, z);
}

Value DoubleFunctions::abs(Value x) { return math::AbsFOp::create(b, x); }

Value DoubleFunctions::sqrt(Value x) { return math::SqrtOp::create(b, x); }

Value DoubleFunctions::copySign(Value magnitude, Value sign) {
  return math::CopySignOp::create(b, magnitude, sign);
}

Value DoubleFunctions::select(Value condition, Value x, Value y) {
  return arith::SelectOp::create(b, condition, x, y);
}

Value DoubleFunctions::compare(Predicate predicate, Value x, Value y) {
  return arith::CmpFOp::create(b, predicate, x, y);
}

Value DoubleFunctions::isBelow(Value x, double y) {
  return compare(Predicate::OLT, x, constant(y));
}

Value DoubleFunctions::isAbove(Value x, double y) {
  return compare(Predicate::OGT, x, constant(y));
}

Value DoubleFunctions::round(Value x) {
  return math::FloorOp::create(b, add(x, constant(0.5)));
}

Value DoubleFunctions::toInteger(Value x) {
  return arith::FPToSIOp::create(b, bits, x);
}

Value DoubleFunctions::toDouble(Value x) {
  return arith::SIToFPOp::create(b, type, x);
}

Value DoubleFunctions::asBits(Value x) {
  return arith::BitcastOp::create(b, bits, x);
}

Value DoubleFunctions::fromBits(Value x) {
  return arith::BitcastOp::create(b, type, x);
}

Value DoubleFunctions::powerOf2(Value exponent) {
  Value biased = arith::AddIOp::create(b, exponent, integer(1023));
  return fromBits(arith::ShLIOp::create(b, biased, integer(52)));
}

Value DoubleFunctions::polynomial(Value x, ArrayRef<double> coefficients) {
  Value sum = constant(coefficients.back());
  for (double coefficient : llvm::reverse(coefficients.drop_back()))
    sum = fma(sum, x, constant(coefficient));
  return sum;
}

Value DoubleFunctions::smallExpm1(Value x) {
  SmallVector<double> coefficients;
  double factorial = 1;
  for (int n = 1; n <= 14; ++n)
    coefficients.push_back(1 / (factorial *= n));
  return mul(x, polynomial(x, coefficients));
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kLog2 = 0.69314718055994530942;
constexpr double kLog2High = 6.93147180369123816490e-01;
constexpr double kLog2Low = 1.90821492927058770002e-10;

Value DoubleFunctions::exp(Value x) {
  Value isLow = isBelow(x, -746.0);
  Value isHigh = isAbove(x, 710.0);
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

Value DoubleFunctions::expm1(Value x) {
  return select(isBelow(abs(x), kLog2 / 2), smallExpm1(x),
                sub(exp(x), constant(1.0)));
}

Value DoubleFunctions::log(Value x) {
  constexpr double kSmallestNormal = 2.2250738585072014e-308;
  Value isTiny = isBelow(x, kSmallestNormal);
  Value scaled = select(isTiny, mul(x, constant(18014398509481984.0)), x);
  Value raw = asBits(scaled);
  Value exponent = arith::SubIOp::create(
      b, arith::ShRUIOp::create(b, raw, integer(52)), integer(1023));
  Value mantissa = fromBits(arith::OrIOp::create(
      b, arith::AndIOp::create(b, raw, integer(0x000FFFFFFFFFFFFF)),
      integer(0x3FF0000000000000)));
  Value isLarge = isAbove(mantissa, 1.41421356237309504880);
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

  Value isZero = compare(Predicate::OEQ, x, constant(0.0));
  result = select(isZero, constant(-kInfinity), result);
  result = select(compare(Predicate::OEQ, x, constant(kInfinity)), x, result);
  Value isBad = compare(Predicate::ULT, x, constant(0.0)); // or no number
  return select(isBad, constant(std::numeric_limits<double>::quiet_NaN()),
                result);
}

Value DoubleFunctions::log1p(Value x) {
  Value u = add(constant(1.0), x);
  Value lost = div(sub(sub(u, constant(1.0)), x), u);
  Value isSmall = compare(Predicate::OEQ, u, constant(1.0));
  Value isInfinite = compare(Predicate::OEQ, x, constant(kInfinity));
  Value result = select(isSmall, x, sub(log(u), lost));
  return select(isInfinite, x, result);
}

Value DoubleFunctions::tanh(Value x) {
  Value magnitude = abs(x), twice = add(magnitude, magnitude);
  Value small = smallExpm1(twice);
  small = div(small, add(small, constant(2.0)));
  Value large =
      sub(constant(1.0), div(constant(2.0), add(exp(twice), constant(1.0))));
  Value result = select(isBelow(twice, kLog2 / 2), small, large);
  return copySign(result, x);
}

Value DoubleFunctions::sinh(Value x) {
  Value t = expm1(abs(x));
  Value infinite = compare(Predicate::OEQ, t, constant(kInfinity));
  Value sum = add(t, div(t, add(t, constant(1.0))));
  Value result = select(infinite, t, mul(constant(0.5), sum));
  return copySign(result, x);
}

Value DoubleFunctions::pow(Value x, Value y) {
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
Value DoubleFunctions::sine(Value x, bool isCosine) {
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

Value DoubleFunctions::cosh(Value x) {
  Value e = exp(x);
  return mul(constant(0.5), add(e, div(constant(1.0), e)));
}

/// One step of Newton's method from a power.
Value DoubleFunctions::cbrt(Value x) {
  Value magnitude = abs(x);
  Value root = exp(div(log(magnitude), constant(3.0)));
  Value square = mul(root, root);
  Value error = sub(mul(square, root), magnitude);
  root = sub(root, div(error, mul(constant(3.0), square)));
  Value isRegular = arith::AndIOp::create(b, isAbove(magnitude, 0),
                                          isBelow(magnitude, kInfinity));
  return select(isRegular, copySign(root, x), x);
}

// Quotients for the error function of W. J. Cody, Rational Chebyshev
// approximations for the error function, Math. Comp. 23 (1969).

Value DoubleFunctions::smallErf(Value x) {
  constexpr double above[] = {3.20937758913846947e+03, 3.77485237685302021e+02,
                              1.13864154151050156e+02, 3.16112374387056560e+00,
                              1.85777706184603153e-01};
  constexpr double below[] = {2.84423683343917062e+03, 1.28261652607737228e+03,
                              2.44024637934444173e+02, 2.36012909523441209e+01,
                              1.0};
  // What is beyond x itself, which is exact.
  double rest[std::size(above)];
  for (auto [difference, a, c] : llvm::zip_equal(rest, above, below))
    difference = a - c;
  Value z = mul(x, x);
  return fma(x, div(polynomial(z, rest), polynomial(z, below)), x);
}

Value DoubleFunctions::largeErfc(Value x) {
  // Beyond 28 the result is zero.
  Value y = select(isAbove(x, 28.0), constant(28.0), x);
  Value middle = div(
      polynomial(y, {1.23033935479799725e+03, 2.05107837782607147e+03,
                     1.71204761263407058e+03, 8.81952221241769090e+02,
                     2.98635138197400131e+02, 6.61191906371416295e+01,
                     8.88314979438837594e+00, 5.64188496988670089e-01,
                     2.15311535474403846e-08}),
      polynomial(y, {1.23033935480374942e+03, 3.43936767414372164e+03,
                     4.36261909014324716e+03, 3.29079923573345963e+03,
                     1.62138957456669019e+03, 5.37181101862009858e+02,
                     1.17693950891312499e+02, 1.57449261107098347e+01, 1.0}));
  Value square = mul(y, y), z = div(constant(1.0), square);
  Value rest =
      div(polynomial(z, {6.58749161529837803e-04, 1.60837851487422766e-02,
                         1.25781726111229246e-01, 3.60344899949804439e-01,
                         3.05326634961232344e-01, 1.63153871373020978e-02}),
          polynomial(z, {2.33520497626869185e-03, 6.05183413124413191e-02,
                         5.27905102951428412e-01, 1.87295284992346725e+00,
                         2.56852019228982242e+00, 1.0}));
  constexpr double kInverseRootPi = 0.56418958354775628695;
  Value far = div(sub(constant(kInverseRootPi), mul(z, rest)), y);
  // The exponent is as large as 784: what rounding its square loses counts.
  Value lost = fma(y, y, sub(constant(0.0), square));
  Value power = exp(sub(constant(0.0), square));
  power = sub(power, mul(power, lost));
  return mul(power, select(isAbove(y, 4.0), far, middle));
}

Value DoubleFunctions::erf(Value x) {
  Value magnitude = abs(x);
  Value large = sub(constant(1.0), largeErfc(magnitude));
  return select(isBelow(magnitude, 0.46875), smallErf(x), copySign(large, x));
}

Value DoubleFunctions::erfc(Value x) {
  Value magnitude = abs(x), large = largeErfc(magnitude);
  large = select(isBelow(x, 0.0), sub(constant(2.0), large), large);
  return select(isBelow(magnitude, 0.46875), sub(constant(1.0), smallErf(x)),
                large);
}

constexpr double kPi = 3.14159265358979323846;
constexpr double kHalfPi = 1.57079632679489661923;
/// What `kHalfPi` lacks of half of pi.
constexpr double kHalfPiRest = 6.123233995736765886130e-17;

/// With the quotient, and the bounds of reduction, of S. L. Moshier, Methods
/// and Programs for Mathematical Functions (1989).
Value DoubleFunctions::atan(Value x) {
  Value magnitude = abs(x), one = constant(1.0), zero = constant(0.0);
  Value isFar = isAbove(magnitude, 2.41421356237309504880); // tan(3 pi / 8)
  Value isMiddle = isAbove(magnitude, 0.66);
  Value middle = div(sub(magnitude, one), add(magnitude, one));
  Value far = div(constant(-1.0), magnitude);
  auto choose = [&](Value ofFar, Value ofMiddle, Value ofNear) {
    return select(isFar, ofFar, select(isMiddle, ofMiddle, ofNear));
  };
  Value r = choose(far, middle, magnitude);
  Value base = choose(constant(kHalfPi), constant(kHalfPi / 2), zero);
  Value baseRest =
      choose(constant(kHalfPiRest), constant(kHalfPiRest / 2), zero);
  Value z = mul(r, r);
  Value quotient = div(
      polynomial(z, {-6.485021904942025371773e+01, -1.228866684490136173410e+02,
                     -7.500855792314704667340e+01, -1.615753718733365076637e+01,
                     -8.750608600031904122785e-01}),
      polynomial(z, {1.945506571482613964425e+02, 4.853903996359136964868e+02,
                     4.328810604912902668951e+02, 1.650270098316988542046e+02,
                     2.485846490142306297962e+01, 1.0}));
  Value small = fma(mul(r, z), quotient, r);
  return copySign(add(base, add(small, baseRest)), x);
}

/// From the angle to the nearer axis, by mirrors.
Value DoubleFunctions::atan2(Value y, Value x) {
  Value width = abs(x), height = abs(y);
  Value isSteep = compare(Predicate::OGT, height, width);
  Value ratio =
      div(select(isSteep, width, height), select(isSteep, height, width));
  // Neither has a quotient: two zeros, two infinities.
  Value areEqual = compare(Predicate::OEQ, height, width);
  Value isZero = compare(Predicate::OEQ, height, constant(0.0));
  ratio = select(areEqual, select(isZero, constant(0.0), constant(1.0)), ratio);
  Value angle = atan(ratio);
  angle = select(isSteep, sub(constant(kHalfPi), angle), angle);
  Value isBehind = isBelow(copySign(constant(1.0), x), 0.0);
  angle = select(isBehind, sub(constant(kPi), angle), angle);
  return select(compare(Predicate::UNO, x, y), add(x, y), copySign(angle, y));
}

Value DoubleFunctions::asin(Value x) {
  Value one = constant(1.0);
  return atan(div(x, sqrt(mul(sub(one, x), add(one, x)))));
}

Value DoubleFunctions::acos(Value x) {
  Value one = constant(1.0);
  Value half = atan(sqrt(div(sub(one, x), add(one, x))));
  return add(half, half);
}

Value DoubleFunctions::asinh(Value x) {
  Value magnitude = abs(x), one = constant(1.0);
  // Beyond, the square is all that counts, and would overflow.
  Value isLarge = isAbove(magnitude, 1e9);
  Value root = sqrt(fma(magnitude, magnitude, one));
  Value rest = div(mul(magnitude, magnitude), add(one, root));
  Value large = add(log(magnitude), constant(kLog2));
  return copySign(select(isLarge, large, log1p(add(magnitude, rest))), x);
}

Value DoubleFunctions::acosh(Value x) {
  Value t = sub(x, constant(1.0));
  Value root = sqrt(mul(t, add(t, constant(2.0))));
  Value large = add(log(x), constant(kLog2));
  return select(isAbove(x, 1e9), large, log1p(add(t, root)));
}

Value DoubleFunctions::atanh(Value x) {
  Value magnitude = abs(x);
  Value ratio = div(add(magnitude, magnitude), sub(constant(1.0), magnitude));
  return copySign(mul(constant(0.5), log1p(ratio)), x);
}
