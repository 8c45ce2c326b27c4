//===- Logistic.h - The logistic function as frontends write it -*- C++ -*-===//

#ifndef BPTT_LIB_DIFFERENTIATION_LOGISTIC_H
#define BPTT_LIB_DIFFERENTIATION_LOGISTIC_H

#include "mlir/IR/Value.h"
#include "llvm/ADT/SmallVector.h"

namespace bptt {

/// `y = 1 / (1 + exp(-x))`. Its derivative is `y * (1 - y)`: it needs no value
/// but the result.
struct Logistic {
  mlir::Value argument;
  /// Negation, exponential, sum and quotient, in this order.
  llvm::SmallVector<mlir::Operation *> operations;
};

/// Matches the quotient `op`, on floats.
std::optional<Logistic> matchLogistic(mlir::Operation *op);

} // namespace bptt

#endif
