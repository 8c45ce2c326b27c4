//===- Elementwise.h - Element-wise work and reductions ---------*- C++ -*-===//

#ifndef BPTT_LIB_CONVERSION_ELEMENTWISE_H
#define BPTT_LIB_CONVERSION_ELEMENTWISE_H

#include "VectorAccess.h"

namespace bptt {

/// What an operand of an element-wise operation is: memory, or one value for
/// all points.
struct ElementwiseInput {
  std::optional<OperandAccess> access;
  mlir::Value scalar;

  bool uses(unsigned loop) const { return access && access->uses(loop); }
};

/// A structured operation whose body can be evaluated on vectors. Like that of
/// a contraction, the order of a sum follows from shapes and maps alone.
struct Elementwise {
  mlir::linalg::LinalgOp op;
  llvm::SmallVector<ElementwiseInput> inputs;
  llvm::SmallVector<OperandAccess> outputs;
  llvm::SmallVector<LoopExtent> loops;

  unsigned laneLoop = 0;
  /// Whether lanes hold partial results, combined by `combiner` at the end.
  bool lanesReduce = false;
  mlir::Operation *combiner = nullptr;
  llvm::SmallVector<unsigned> outerLoops, reductionLoops;
  /// The widest type that is computed with.
  unsigned elementBits = 0;

  static std::optional<Elementwise> match(mlir::OpBuilder &builder,
                                          mlir::linalg::LinalgOp op);

  /// About how many multiply-adds the operation is worth, or nothing where a
  /// size is not known.
  std::optional<int64_t> getWork() const;
};

/// The operation in the body of a reduction that adds to its one result, where
/// partial results can be combined by the same operation; else null.
mlir::Operation *findCombiner(mlir::Block &block);

/// Evaluates the body of `op` on vectors of `count` lanes: `arguments` stand
/// for those of the body, `indices` for the loops. Returns what is yielded.
llvm::SmallVector<mlir::Value> emitVectorBody(mlir::OpBuilder &builder,
                                              const Elementwise &elementwise,
                                              int64_t count,
                                              mlir::ValueRange arguments,
                                              mlir::ValueRange indices);

} // namespace bptt

#endif
