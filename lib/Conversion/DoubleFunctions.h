//===- DoubleFunctions.h - Transcendental functions in f64 ------*- C++ -*-===//
//
// exp, log, sin, cos, atan and erf by reduction of the argument and
// polynomials or quotients of them, with errors of an ulp or two; everything
// else from those.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_LIB_CONVERSION_DOUBLEFUNCTIONS_H
#define BPTT_LIB_CONVERSION_DOUBLEFUNCTIONS_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace bptt {

/// Functions of values of one type, f64 or vectors of it, without
/// transcendental operations.
class DoubleFunctions {
  using Value = mlir::Value;

public:
  DoubleFunctions(mlir::ImplicitLocOpBuilder &builder, mlir::Type type);

  Value exp(Value x);
  Value expm1(Value x);
  Value log(Value x);
  Value log1p(Value x);
  Value tanh(Value x);
  Value sinh(Value x);
  Value cosh(Value x);
  Value pow(Value x, Value y);
  Value cbrt(Value x);
  Value sine(Value x, bool isCosine);
  Value erf(Value x);
  Value erfc(Value x);
  Value atan(Value x);
  Value atan2(Value y, Value x);
  Value asin(Value x);
  Value acos(Value x);
  Value asinh(Value x);
  Value acosh(Value x);
  Value atanh(Value x);

  Value constant(double value);
  Value mul(Value x, Value y);
  Value div(Value x, Value y);
  Value add(Value x, Value y);
  Value sub(Value x, Value y);

private:
  using Predicate = mlir::arith::CmpFPredicate;

  mlir::Type withElement(mlir::Type element);
  Value fill(mlir::Type of, mlir::TypedAttr element);
  Value integer(int64_t value);
  Value fma(Value x, Value y, Value z);
  Value abs(Value x);
  Value sqrt(Value x);
  Value copySign(Value magnitude, Value sign);
  Value select(Value condition, Value x, Value y);
  Value compare(Predicate predicate, Value x, Value y);
  Value isBelow(Value x, double y);
  Value isAbove(Value x, double y);
  Value round(Value x);
  Value toInteger(Value x);
  Value toDouble(Value x);
  Value asBits(Value x);
  Value fromBits(Value x);
  /// 2 to an integer that is no exponent of a subnormal.
  Value powerOf2(Value exponent);
  /// The coefficients from the constant one on.
  Value polynomial(Value x, llvm::ArrayRef<double> coefficients);
  /// exp(x) - 1 for |x| <= log(2) / 2.
  Value smallExpm1(Value x);
  /// erf(x) for |x| <= 15 / 32.
  Value smallErf(Value x);
  /// erfc(x) for x >= 15 / 32.
  Value largeErfc(Value x);

  mlir::ImplicitLocOpBuilder &b;
  mlir::Type type, bits;
};

} // namespace bptt

#endif
