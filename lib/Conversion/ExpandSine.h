//===- ExpandSine.h - Sine and cosine of f32 --------------------*- C++ -*-===//

#ifndef BPTT_LIB_CONVERSION_EXPANDSINE_H
#define BPTT_LIB_CONVERSION_EXPANDSINE_H

namespace mlir {
class RewritePatternSet;
} // namespace mlir

namespace bptt {

/// Patterns for `math.sin` and `math.cos` of f32 that come before upstream's,
/// which lose every digit of a small negative argument. Errors are below 2 ulp
/// for arguments up to some 1e6; beyond, results are between -1 and 1.
void populateExpandSinePatterns(mlir::RewritePatternSet &patterns);

} // namespace bptt

#endif
