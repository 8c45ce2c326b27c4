//===- ExpandDoubleMath.cpp - Arithmetic in place of functions of f64 -----===//

#include "DoubleFunctions.h"

#include "bptt/Conversion/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using bptt::DoubleFunctions;

namespace bptt {
#define GEN_PASS_DEF_EXPANDDOUBLEMATH
#include "bptt/Conversion/Passes.h.inc"
} // namespace bptt

namespace {

/// `op` of f64, without transcendental functions; null where there is no way.
Value expand(Operation *op, ImplicitLocOpBuilder &b) {
  DoubleFunctions f(b, op->getResult(0).getType());
  Value x = op->getOperand(0);
  if (isa<math::ExpOp>(op))
    return f.exp(x);
  if (isa<math::ExpM1Op>(op))
    return f.expm1(x);
  if (isa<math::Exp2Op>(op))
    return f.exp(f.mul(x, f.constant(llvm::numbers::ln2)));
  if (isa<math::LogOp>(op))
    return f.log(x);
  if (isa<math::Log2Op>(op))
    return f.div(f.log(x), f.constant(llvm::numbers::ln2));
  if (isa<math::Log10Op>(op))
    return f.div(f.log(x), f.constant(llvm::numbers::ln10));
  if (isa<math::Log1pOp>(op))
    return f.log1p(x);
  if (isa<math::TanhOp>(op))
    return f.tanh(x);
  if (isa<math::SinhOp>(op))
    return f.sinh(x);
  if (isa<math::CoshOp>(op))
    return f.cosh(x);
  if (isa<math::SinOp>(op))
    return f.sine(x, /*isCosine=*/false);
  if (isa<math::CosOp>(op))
    return f.sine(x, /*isCosine=*/true);
  if (isa<math::TanOp>(op))
    return f.div(f.sine(x, false), f.sine(x, true));
  if (isa<math::PowFOp>(op))
    return f.pow(x, op->getOperand(1));
  if (isa<math::CbrtOp>(op))
    return f.cbrt(x);
  if (isa<math::ErfOp>(op))
    return f.erf(x);
  if (isa<math::ErfcOp>(op))
    return f.erfc(x);
  if (isa<math::AtanOp>(op))
    return f.atan(x);
  if (isa<math::Atan2Op>(op))
    return f.atan2(x, op->getOperand(1));
  if (isa<math::AsinOp>(op))
    return f.asin(x);
  if (isa<math::AcosOp>(op))
    return f.acos(x);
  if (isa<math::AsinhOp>(op))
    return f.asinh(x);
  if (isa<math::AcoshOp>(op))
    return f.acosh(x);
  if (isa<math::AtanhOp>(op))
    return f.atanh(x);
  return Value();
}

/// Those of narrower types that have no polynomial of their own.
bool isBetterInDouble(Operation *op) {
  return isa<math::Exp2Op, math::Log10Op, math::SinhOp, math::CoshOp,
             math::TanOp, math::PowFOp, math::AsinOp, math::AcosOp,
             math::AsinhOp, math::AcoshOp, math::AtanhOp>(op);
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
