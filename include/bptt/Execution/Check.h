//===- Check.h - Comparing a gradient with what it should be ----*- C++ -*-===//

#ifndef BPTT_EXECUTION_CHECK_H
#define BPTT_EXECUTION_CHECK_H

#include "bptt/Execution/Compiler.h"

namespace bptt {

/// Results of two programs for the same arguments.
struct Comparison {
  bool bitIdentical = true;
  /// Largest over the results of max |a - b| / max |b|.
  double maxRelativeDifference = 0;
  /// |a - b| / |b| of all results together, in the Euclidean norm.
  double normRelativeDifference = 0;
};
Comparison compareResults(llvm::ArrayRef<Array> a, llvm::ArrayRef<Array> b);

/// What central finite differences say of a gradient in f64.
struct FiniteDifferences {
  double maxRelativeError = 0;
  /// The gradient's own results, in f64: the values, then the gradients.
  std::vector<Array> wideResults;
};

/// Compiles `module` with every float in f64, as a value and as a gradient, and
/// compares the derivative along `numDirections` directions with differences of
/// the value at four points, of order h^4. A direction is half random and half
/// the gradient itself, so that its derivative is not near zero.
llvm::Expected<FiniteDifferences>
checkFiniteDifferences(mlir::ModuleOp module, const CompileOptions &options,
                       llvm::ArrayRef<Array> arguments, unsigned numDirections,
                       uint64_t seed);

} // namespace bptt

#endif
