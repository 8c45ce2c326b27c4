//===- ScalarRules.cpp - Rules for arith and math on floats ---------------===//
//
// With g for the cotangent of the result, each rule says which of operands and
// result it reads, and what it adds to the operands' cotangents. Results are
// preferred to operands where both would do: a result is what a step hands on
// anyway.

#include "Logistic.h"
#include "Rules.h"
#include "ScalarBuilder.h"
#include "bptt/Differentiation/DifferentiableOpInterface.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

#include <cmath>

using namespace mlir;
using namespace bptt;

namespace {

using Predicate = arith::CmpFPredicate;

//===----------------------------------------------------------------------===//
// One operand
//===----------------------------------------------------------------------===//

enum class Reads { Nothing, Operand, Result };

/// `derive(b, g, p)` is the cotangent of the operand; `p` is what the rule
/// reads.
template <typename OpT, Reads reads,
          Value (*derive)(ScalarBuilder &, Value, Value)>
struct UnaryRule
    : DifferentiableOpInterface::ExternalModel<UnaryRule<OpT, reads, derive>,
                                               OpT> {
  LogicalResult describeAdjoint(Operation *op, AdjointRequest &request) const {
    if (reads == Reads::Operand)
      request.need(op->getOperand(0));
    if (reads == Reads::Result)
      request.need(op->getResult(0));
    request.contribute(op->getOperand(0));
    return success();
  }
  LogicalResult buildAdjoint(Operation *op, AdjointBuilder &adjoint) const {
    Value operand = op->getOperand(0), result = op->getResult(0), read;
    if (!adjoint.wantsCotangent(operand))
      return success();
    if (reads != Reads::Nothing)
      read = adjoint.getWidePrimal(op->getLoc(),
                                   reads == Reads::Operand ? operand : result);
    ScalarBuilder b{adjoint.builder, op->getLoc()};
    adjoint.addCotangent(op->getLoc(), operand,
                         derive(b, adjoint.getCotangent(result), read));
    return success();
  }
};

Value deriveNeg(ScalarBuilder &b, Value g, Value) { return b.neg(g); }
Value deriveExp(ScalarBuilder &b, Value g, Value y) { return b.mul(g, y); }
Value deriveExp2(ScalarBuilder &b, Value g, Value y) {
  return b.mul(g, b.mul(y, b.constant(std::log(2.0), y)));
}
Value deriveExpM1(ScalarBuilder &b, Value g, Value y) {
  return b.mul(g, b.add(y, b.constant(1.0, y)));
}
Value deriveLog(ScalarBuilder &b, Value g, Value x) { return b.div(g, x); }
Value deriveLog2(ScalarBuilder &b, Value g, Value x) {
  return b.div(g, b.mul(x, b.constant(std::log(2.0), x)));
}
Value deriveLog10(ScalarBuilder &b, Value g, Value x) {
  return b.div(g, b.mul(x, b.constant(std::log(10.0), x)));
}
Value deriveLog1p(ScalarBuilder &b, Value g, Value x) {
  return b.div(g, b.add(x, b.constant(1.0, x)));
}
Value deriveTanh(ScalarBuilder &b, Value g, Value y) {
  return b.mul(g, b.sub(b.constant(1.0, y), b.mul(y, y)));
}
Value deriveSin(ScalarBuilder &b, Value g, Value x) {
  return b.mul(g, b.create<math::CosOp>(x));
}
Value deriveCos(ScalarBuilder &b, Value g, Value x) {
  return b.neg(b.mul(g, b.create<math::SinOp>(x)));
}
Value deriveTan(ScalarBuilder &b, Value g, Value y) {
  return b.mul(g, b.add(b.constant(1.0, y), b.mul(y, y)));
}
Value deriveAtan(ScalarBuilder &b, Value g, Value x) {
  return b.div(g, b.add(b.constant(1.0, x), b.mul(x, x)));
}
Value deriveSinh(ScalarBuilder &b, Value g, Value x) {
  return b.mul(g, b.create<math::CoshOp>(x));
}
Value deriveCosh(ScalarBuilder &b, Value g, Value x) {
  return b.mul(g, b.create<math::SinhOp>(x));
}
Value deriveSqrt(ScalarBuilder &b, Value g, Value y) {
  return b.div(b.mul(g, b.constant(0.5, y)), y);
}
Value deriveRsqrt(ScalarBuilder &b, Value g, Value y) {
  return b.mul(b.mul(g, b.constant(-0.5, y)), b.mul(y, b.mul(y, y)));
}
Value deriveErf(ScalarBuilder &b, Value g, Value x) {
  Value density = b.create<math::ExpOp>(b.neg(b.mul(x, x)));
  return b.mul(g,
               b.mul(density, b.constant(2.0 / std::sqrt(std::acos(-1.0)), x)));
}
Value deriveAbs(ScalarBuilder &b, Value g, Value x) {
  Value zero = b.constant(0.0, x);
  Value below = b.select(b.compare(Predicate::OLT, x, zero), b.neg(g), zero);
  return b.select(b.compare(Predicate::OGT, x, zero), g, below);
}

/// Casts between float types: the cotangent is handed on, in the operand's type
/// of cotangents.
template <typename OpT>
struct CastRule : DifferentiableOpInterface::ExternalModel<CastRule<OpT>, OpT> {
  LogicalResult describeAdjoint(Operation *op, AdjointRequest &request) const {
    request.contribute(op->getOperand(0));
    return success();
  }
  LogicalResult buildAdjoint(Operation *op, AdjointBuilder &adjoint) const {
    Value operand = op->getOperand(0);
    if (adjoint.wantsCotangent(operand))
      adjoint.addCotangent(op->getLoc(), operand,
                           adjoint.getCotangent(op->getResult(0)));
    return success();
  }
};

/// Piecewise constant: the derivative is zero wherever there is one.
template <typename OpT>
struct ConstantRule
    : DifferentiableOpInterface::ExternalModel<ConstantRule<OpT>, OpT> {
  LogicalResult describeAdjoint(Operation *, AdjointRequest &) const {
    return success();
  }
  LogicalResult buildAdjoint(Operation *, AdjointBuilder &) const {
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Several operands
//===----------------------------------------------------------------------===//

/// Rules that differ from operand to operand. `Rule::reads(op, k, request)`
/// names what the cotangent of operand k reads, `Rule::derive(op, k, adjoint,
/// b, g)` builds it.
template <typename OpT, typename Rule>
struct OperandwiseRule
    : DifferentiableOpInterface::ExternalModel<OperandwiseRule<OpT, Rule>,
                                               OpT> {
  LogicalResult describeAdjoint(Operation *op, AdjointRequest &request) const {
    for (auto [index, operand] : llvm::enumerate(op->getOperands()))
      if (request.wantsCotangent(operand)) {
        Rule::reads(cast<OpT>(op), index, request);
        request.contribute(operand);
      }
    return success();
  }
  LogicalResult buildAdjoint(Operation *op, AdjointBuilder &adjoint) const {
    Value g = adjoint.getCotangent(op->getResult(0));
    ScalarBuilder b{adjoint.builder, op->getLoc()};
    for (auto [index, operand] : llvm::enumerate(op->getOperands()))
      if (adjoint.wantsCotangent(operand))
        adjoint.addCotangent(op->getLoc(), operand,
                             Rule::derive(cast<OpT>(op), index, adjoint, b, g));
    return success();
  }
};

struct AddRule {
  static void reads(Operation *, size_t, AdjointRequest &) {}
  static Value derive(Operation *, size_t, AdjointBuilder &, ScalarBuilder &,
                      Value g) {
    return g;
  }
};

struct SubRule {
  static void reads(Operation *, size_t, AdjointRequest &) {}
  static Value derive(Operation *, size_t index, AdjointBuilder &,
                      ScalarBuilder &b, Value g) {
    return index == 0 ? g : b.neg(g);
  }
};

struct MulRule {
  static void reads(Operation *op, size_t index, AdjointRequest &request) {
    request.need(op->getOperand(1 - index));
  }
  static Value derive(Operation *op, size_t index, AdjointBuilder &adjoint,
                      ScalarBuilder &b, Value g) {
    return b.mul(g, adjoint.getWidePrimal(b.loc, op->getOperand(1 - index)));
  }
};

struct FmaRule {
  static void reads(Operation *op, size_t index, AdjointRequest &request) {
    if (index < 2)
      request.need(op->getOperand(1 - index));
  }
  static Value derive(Operation *op, size_t index, AdjointBuilder &adjoint,
                      ScalarBuilder &b, Value g) {
    return index < 2
               ? b.mul(g,
                       adjoint.getWidePrimal(b.loc, op->getOperand(1 - index)))
               : g;
  }
};

struct SelectRule {
  static void reads(arith::SelectOp op, size_t, AdjointRequest &request) {
    request.need(op.getCondition());
  }
  static Value derive(arith::SelectOp op, size_t index, AdjointBuilder &adjoint,
                      ScalarBuilder &b, Value g) {
    Value condition = adjoint.getPrimal(op.getCondition()),
          zero = b.constant(0.0, g);
    return index == 1 ? b.select(condition, g, zero)
                      : b.select(condition, zero, g);
  }
};

struct PowRule {
  static void reads(math::PowFOp op, size_t index, AdjointRequest &request) {
    request.need(op.getLhs());
    request.need(index == 0 ? op.getRhs() : op.getResult());
  }
  static Value derive(math::PowFOp op, size_t index, AdjointBuilder &adjoint,
                      ScalarBuilder &b, Value g) {
    Value base = adjoint.getWidePrimal(b.loc, op.getLhs());
    if (index == 0) {
      Value exponent = adjoint.getWidePrimal(b.loc, op.getRhs());
      Value less = b.sub(exponent, b.constant(1.0, exponent));
      return b.mul(g, b.mul(exponent, b.create<math::PowFOp>(base, less)));
    }
    // 0^b is 0 for every b > 0, so it does not change with b; log(0) must not
    // say otherwise.
    Value zero = b.constant(0.0, base);
    Value log = b.create<math::LogOp>(base);
    Value slope = b.mul(adjoint.getWidePrimal(b.loc, op.getResult()), log);
    return b.mul(g,
                 b.select(b.compare(Predicate::OEQ, base, zero), zero, slope));
  }
};

/// Maximum (greater = OGT) and minimum (OLT). Ties are split equally. Against a
/// constant, as in a rectifier, the result says which side it is on, a tie
/// giving nothing.
template <Predicate wins>
struct ExtremumRule {
  static bool isAgainstConstant(Operation *op, size_t index) {
    return matchPattern(op->getOperand(1 - index), m_Constant());
  }
  static void reads(Operation *op, size_t index, AdjointRequest &request) {
    request.need(op->getOperand(1 - index));
    request.need(isAgainstConstant(op, index) ? op->getResult(0)
                                              : op->getOperand(index));
  }
  static Value derive(Operation *op, size_t index, AdjointBuilder &adjoint,
                      ScalarBuilder &b, Value g) {
    Value other = adjoint.getWidePrimal(b.loc, op->getOperand(1 - index)),
          zero = b.constant(0.0, g);
    if (isAgainstConstant(op, index)) {
      Value result = adjoint.getWidePrimal(b.loc, op->getResult(0));
      return b.select(b.compare(wins, result, other), g, zero);
    }
    Value self = adjoint.getWidePrimal(b.loc, op->getOperand(index));
    Value half = b.mul(g, b.constant(0.5, g));
    Value tie = b.select(b.compare(Predicate::OEQ, self, other), half, zero);
    return b.select(b.compare(wins, self, other), g, tie);
  }
};

/// Quotients, and among them the logistic function as a whole.
struct DivRule
    : DifferentiableOpInterface::ExternalModel<DivRule, arith::DivFOp> {
  LogicalResult describeAdjoint(Operation *op, AdjointRequest &request) const {
    auto quotient = cast<arith::DivFOp>(op);
    if (std::optional<Logistic> logistic = matchLogistic(op)) {
      request.need(quotient.getResult());
      request.contribute(logistic->argument);
      return success();
    }
    request.need(quotient.getRhs());
    if (request.wantsCotangent(quotient.getRhs()))
      request.need(quotient.getResult());
    request.contributeToAll(op->getOperands());
    return success();
  }
  LogicalResult buildAdjoint(Operation *op, AdjointBuilder &adjoint) const {
    auto quotient = cast<arith::DivFOp>(op);
    Location loc = op->getLoc();
    ScalarBuilder b{adjoint.builder, loc};
    Value g = adjoint.getCotangent(quotient.getResult());
    if (std::optional<Logistic> logistic = matchLogistic(op)) {
      Value y = adjoint.getWidePrimal(b.loc, quotient.getResult());
      Value slope = b.mul(y, b.sub(b.constant(1.0, y), y));
      adjoint.addCotangent(loc, logistic->argument, b.mul(g, slope));
      return success();
    }
    Value ratio = b.div(g, adjoint.getWidePrimal(b.loc, quotient.getRhs()));
    adjoint.addCotangent(loc, quotient.getLhs(), ratio);
    if (adjoint.wantsCotangent(quotient.getRhs()))
      adjoint.addCotangent(
          loc, quotient.getRhs(),
          b.neg(b.mul(ratio,
                      adjoint.getWidePrimal(b.loc, quotient.getResult()))));
    return success();
  }
};

template <typename OpT, Reads reads,
          Value (*derive)(ScalarBuilder &, Value, Value)>
void attachUnary(MLIRContext &context) {
  OpT::template attachInterface<UnaryRule<OpT, reads, derive>>(context);
}

template <typename OpT, typename Rule>
void attach(MLIRContext &context) {
  OpT::template attachInterface<OperandwiseRule<OpT, Rule>>(context);
}

void attachArith(MLIRContext *context, arith::ArithDialect *) {
  MLIRContext &c = *context;
  attach<arith::AddFOp, AddRule>(c);
  attach<arith::SubFOp, SubRule>(c);
  attach<arith::MulFOp, MulRule>(c);
  attach<arith::SelectOp, SelectRule>(c);
  attach<arith::MaximumFOp, ExtremumRule<Predicate::OGT>>(c);
  attach<arith::MaxNumFOp, ExtremumRule<Predicate::OGT>>(c);
  attach<arith::MinimumFOp, ExtremumRule<Predicate::OLT>>(c);
  attach<arith::MinNumFOp, ExtremumRule<Predicate::OLT>>(c);
  arith::DivFOp::attachInterface<DivRule>(c);
  attachUnary<arith::NegFOp, Reads::Nothing, deriveNeg>(c);
  arith::ExtFOp::attachInterface<CastRule<arith::ExtFOp>>(c);
  arith::TruncFOp::attachInterface<CastRule<arith::TruncFOp>>(c);
}

void attachMath(MLIRContext *context, math::MathDialect *) {
  MLIRContext &c = *context;
  attachUnary<math::ExpOp, Reads::Result, deriveExp>(c);
  attachUnary<math::Exp2Op, Reads::Result, deriveExp2>(c);
  attachUnary<math::ExpM1Op, Reads::Result, deriveExpM1>(c);
  attachUnary<math::LogOp, Reads::Operand, deriveLog>(c);
  attachUnary<math::Log2Op, Reads::Operand, deriveLog2>(c);
  attachUnary<math::Log10Op, Reads::Operand, deriveLog10>(c);
  attachUnary<math::Log1pOp, Reads::Operand, deriveLog1p>(c);
  attachUnary<math::TanhOp, Reads::Result, deriveTanh>(c);
  attachUnary<math::SinOp, Reads::Operand, deriveSin>(c);
  attachUnary<math::CosOp, Reads::Operand, deriveCos>(c);
  attachUnary<math::TanOp, Reads::Result, deriveTan>(c);
  attachUnary<math::AtanOp, Reads::Operand, deriveAtan>(c);
  attachUnary<math::SinhOp, Reads::Operand, deriveSinh>(c);
  attachUnary<math::CoshOp, Reads::Operand, deriveCosh>(c);
  attachUnary<math::SqrtOp, Reads::Result, deriveSqrt>(c);
  attachUnary<math::RsqrtOp, Reads::Result, deriveRsqrt>(c);
  attachUnary<math::ErfOp, Reads::Operand, deriveErf>(c);
  attachUnary<math::AbsFOp, Reads::Operand, deriveAbs>(c);
  attach<math::FmaOp, FmaRule>(c);
  attach<math::PowFOp, PowRule>(c);
  math::FloorOp::attachInterface<ConstantRule<math::FloorOp>>(c);
  math::CeilOp::attachInterface<ConstantRule<math::CeilOp>>(c);
  math::RoundOp::attachInterface<ConstantRule<math::RoundOp>>(c);
  math::RoundEvenOp::attachInterface<ConstantRule<math::RoundEvenOp>>(c);
  math::TruncOp::attachInterface<ConstantRule<math::TruncOp>>(c);
}

} // namespace

void bptt::registerScalarRules(DialectRegistry &registry) {
  registry.addExtension(attachArith);
  registry.addExtension(attachMath);
}
