//===- Passes.td - Lowering towards a target ---------------*- tablegen -*-===//

#ifndef BPTT_CONVERSION_PASSES_TD
#define BPTT_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ExpandMath : Pass<"bptt-expand-math"> {
  let summary = "Replace transcendental functions of f32 by polynomials";
  let description = [{
    Upstream's rational and polynomial approximations (`populateMathPolynomialApproximationPatterns`), which
    LLVM's vectoriser turns into vector code; without them every `tanh` is a call of libm. f64 is left alone.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::vector::VectorDialect"];
}

def CopyToLinalg : Pass<"bptt-copy-to-linalg"> {
  let summary = "Turn strided copies into linalg";
  let description = [{
    A `memref.copy` of contiguous memory becomes one `memcpy` intrinsic further down; any other would become a call
    of a runtime function. It is rewritten to `linalg.copy`, which the later passes turn into loops.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

#endif
