//===- ExpandMath.cpp - Arithmetic in place of functions ------------------===//

#include "ExpandSine.h"

#include "bptt/Conversion/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace bptt {
#define GEN_PASS_DEF_EXPANDMATH
#include "bptt/Conversion/Passes.h.inc"
} // namespace bptt

namespace {

/// Halves go away from zero, which few processors have as an instruction. What
/// is behind the point is exact, while x + 0.5 might be rounded up.
struct ExpandRound : OpRewritePattern<math::RoundOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::RoundOp op,
                                PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Value x = op.getOperand();
    Type type = x.getType();
    auto constant = [&](double value) -> Value {
      TypedAttr attr = b.getFloatAttr(getElementTypeOrSelf(type), value);
      if (auto vector = dyn_cast<VectorType>(type))
        attr = DenseElementsAttr::get(vector, Attribute(attr));
      return arith::ConstantOp::create(b, attr);
    };
    Value whole = math::TruncOp::create(b, x);
    Value rest = math::AbsFOp::create(b, arith::SubFOp::create(b, x, whole));
    Value isHalf = arith::CmpFOp::create(b, arith::CmpFPredicate::OGE, rest,
                                         constant(0.5));
    Value step =
        arith::SelectOp::create(b, isHalf, constant(1.0), constant(0.0));
    Value magnitude =
        arith::AddFOp::create(b, math::AbsFOp::create(b, whole), step);
    rewriter.replaceOpWithNewOp<math::CopySignOp>(op, magnitude, x);
    return success();
  }
};

struct ExpandMath : bptt::impl::ExpandMathBase<ExpandMath> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    bptt::populateExpandSinePatterns(patterns);
    populateMathPolynomialApproximationPatterns(patterns);
    patterns.add<ExpandRound>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
