//===- ScalarBuilder.h - Float arithmetic, briefly --------------*- C++ -*-===//

#ifndef BPTT_LIB_DIFFERENTIATION_SCALARBUILDER_H
#define BPTT_LIB_DIFFERENTIATION_SCALARBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

namespace bptt {

/// Emits operations on floats of one type.
struct ScalarBuilder {
  using Value = mlir::Value;

  template <typename OpT, typename... Args>
  Value create(Args &&...args) {
    return OpT::create(builder, loc, std::forward<Args>(args)...);
  }
  Value add(Value lhs, Value rhs) {
    return create<mlir::arith::AddFOp>(lhs, rhs);
  }
  Value sub(Value lhs, Value rhs) {
    return create<mlir::arith::SubFOp>(lhs, rhs);
  }
  Value mul(Value lhs, Value rhs) {
    return create<mlir::arith::MulFOp>(lhs, rhs);
  }
  Value div(Value lhs, Value rhs) {
    return create<mlir::arith::DivFOp>(lhs, rhs);
  }
  Value neg(Value value) { return create<mlir::arith::NegFOp>(value); }
  Value select(Value condition, Value lhs, Value rhs) {
    return create<mlir::arith::SelectOp>(condition, lhs, rhs);
  }
  Value compare(mlir::arith::CmpFPredicate predicate, Value lhs, Value rhs) {
    return create<mlir::arith::CmpFOp>(predicate, lhs, rhs);
  }
  /// `value` in the type of `like`.
  Value constant(double value, Value like) {
    return create<mlir::arith::ConstantOp>(
        builder.getFloatAttr(like.getType(), value));
  }

  mlir::OpBuilder &builder;
  mlir::Location loc;
};

} // namespace bptt

#endif
