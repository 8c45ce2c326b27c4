//===- Logistic.cpp - The logistic function as frontends write it ---------===//

#include "Logistic.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace bptt {

/// What `op` is the negation of, null if it is none.
static Value getNegated(Operation *op) {
  if (auto negation = dyn_cast_or_null<arith::NegFOp>(op))
    return negation.getOperand();
  if (auto difference = dyn_cast_or_null<arith::SubFOp>(op))
    if (matchPattern(difference.getLhs(), m_AnyZeroFloat()))
      return difference.getRhs();
  return {};
}

std::optional<Logistic> matchLogistic(Operation *op) {
  auto quotient = dyn_cast<arith::DivFOp>(op);
  if (!quotient || !matchPattern(quotient.getLhs(), m_OneFloat()))
    return std::nullopt;
  auto sum = quotient.getRhs().getDefiningOp<arith::AddFOp>();
  if (!sum)
    return std::nullopt;
  bool oneFirst = matchPattern(sum.getLhs(), m_OneFloat());
  if (!oneFirst && !matchPattern(sum.getRhs(), m_OneFloat()))
    return std::nullopt;
  auto exponential =
      (oneFirst ? sum.getRhs() : sum.getLhs()).getDefiningOp<math::ExpOp>();
  if (!exponential)
    return std::nullopt;
  Operation *negation = exponential.getOperand().getDefiningOp();
  if (Value argument = getNegated(negation))
    return Logistic{argument, {negation, exponential, sum, quotient}};
  return std::nullopt;
}

} // namespace bptt
