//===- Check.h - Comparing a gradient with what it should be ----*- C++ -*-===//

#ifndef BPTT_EXECUTION_CHECK_H
#define BPTT_EXECUTION_CHECK_H

#include "bptt/Arrays/Compare.h"
#include "bptt/Execution/Compiler.h"

namespace bptt {

/// What central finite differences say of a gradient in f64.
struct FiniteDifferences {
  double maxRelativeError = 0;
  /// The gradient's own results, in f64: the values, then the gradients.
  std::vector<Array> wideResults;
};

/// Compiles `module` with every float in f64, as a value and as a gradient, and
/// compares the derivative along `numDirections` directions with differences of
/// the value at four points, of order h^4. In each argument a direction is the
/// gradient itself and half as much at random, so that its derivative is not
/// near zero.
llvm::Expected<FiniteDifferences>
checkFiniteDifferences(mlir::ModuleOp module, const CompileOptions &options,
                       llvm::ArrayRef<Array> arguments, unsigned numDirections,
                       uint64_t seed);

} // namespace bptt

#endif
