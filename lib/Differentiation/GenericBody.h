//===- GenericBody.h - What the adjoint of a body reads ---------*- C++ -*-===//

#ifndef BPTT_LIB_DIFFERENTIATION_GENERICBODY_H
#define BPTT_LIB_DIFFERENTIATION_GENERICBODY_H

#include "bptt/Differentiation/Adjoint.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace bptt {

/// How a result comes about over the iterations that write the same element.
enum class Accumulation {
  /// Written once: no reduction loops.
  None,
  /// The accumulator plus something that does not depend on it.
  Sum,
  /// The maximum or minimum of the accumulator and something that does not
  /// depend on it.
  Extremum,
  Product,
  Unknown
};

Accumulation getAccumulation(mlir::linalg::GenericOp op, unsigned result);

/// The kinds of the loops of an operation that adds to an output by `map`:
/// parallel where every value of the dimension has an element of its own.
llvm::SmallVector<mlir::utils::IteratorType> getIterators(mlir::AffineMap map);

/// Where the cotangent of a result enters the body.
struct Seed {
  unsigned result;
  Accumulation accumulation;
  /// What is yielded; under an extremum, what is compared with the accumulator.
  mlir::Value scalar;
};

llvm::SmallVector<Seed>
getSeeds(mlir::linalg::GenericOp op,
         llvm::function_ref<bool(mlir::Value)> hasCotangent);

/// Primal values that an adjoint of the body reads: by number among the
/// operands, among the results, and from outside.
struct BodyReads {
  llvm::SetVector<unsigned> operands, results;
  llvm::SetVector<mlir::Value> captured;

  /// Adds what gives `scalar`, a value in the body of `op` or one that it
  /// captures: an operand where the scalar is its element, a result where it is
  /// yielded, else what it is computed from.
  void add(mlir::linalg::GenericOp op, mlir::Value scalar);
};

/// The elements of a differentiated tensor that the body of `op` looks up by
/// position.
llvm::SmallVector<mlir::tensor::ExtractOp>
getLookups(mlir::linalg::GenericOp op,
           llvm::function_ref<bool(mlir::Value)> wantsCotangent);

/// The body's own request, with the scalars `targets` as the values
/// differentiated for. Fails, with an error, where the body has an operation
/// without a rule.
mlir::FailureOr<AdjointRequest>
requestBody(mlir::linalg::GenericOp op, llvm::ArrayRef<Seed> seeds,
            llvm::ArrayRef<mlir::Value> targets);

/// What the adjoint for `request` reads; under an extremum also the values
/// compared.
BodyReads getReads(mlir::linalg::GenericOp op, llvm::ArrayRef<Seed> seeds,
                   const AdjointRequest &request);

} // namespace bptt

#endif
