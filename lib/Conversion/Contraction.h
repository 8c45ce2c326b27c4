//===- Contraction.h - Products with a sum, and how to walk them *- C++ -*-===//

#ifndef BPTT_LIB_CONVERSION_CONTRACTION_H
#define BPTT_LIB_CONVERSION_CONTRACTION_H

#include "VectorAccess.h"

namespace bptt {

/// A structured operation out += lhs * rhs on floats, the factors possibly
/// narrower than the result, and which of its loops become lanes and register
/// tile. Everything here follows from the shapes and
/// indexing maps alone, never from layouts or from where the operation stands:
/// the order of every sum is the same wherever the same product is computed.
struct Contraction {
  mlir::linalg::LinalgOp op;
  OperandAccess lhs, rhs, out;
  llvm::SmallVector<LoopExtent> loops;

  /// Along which vectors lie. A parallel loop (x * W: neighbouring results) or
  /// a reduction (x * W^T: both operands run along it, and a vector holds
  /// partial sums).
  unsigned laneLoop;
  bool lanesReduce;
  /// Loops of the register tile: `rowLoop` is not used by rhs; `colLoop` is
  /// laneLoop, or, where lanes reduce, a loop that lhs does not use.
  std::optional<unsigned> rowLoop, colLoop;
  /// The parallel loops that are left, and the reductions but for laneLoop.
  llvm::SmallVector<unsigned> outerLoops, reductionLoops;

  /// Creates what the extents of dynamic loops need at `builder`.
  static std::optional<Contraction> match(mlir::OpBuilder &builder,
                                          mlir::linalg::LinalgOp op);

  /// The type in which products are added: that of the result, and f32 where it
  /// is narrower.
  mlir::FloatType getSumType() const;

  /// Multiply-adds, or nothing where a size is not known.
  std::optional<int64_t> getWork() const;
};

} // namespace bptt

#endif
