//===- ExpandMath.cpp - Polynomials for transcendental functions ----------===//

#include "ExpandSine.h"

#include "bptt/Conversion/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace bptt {
#define GEN_PASS_DEF_EXPANDMATH
#include "bptt/Conversion/Passes.h.inc"
} // namespace bptt

namespace {
struct ExpandMath : bptt::impl::ExpandMathBase<ExpandMath> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    bptt::populateExpandSinePatterns(patterns);
    populateMathPolynomialApproximationPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
