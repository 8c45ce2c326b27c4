//===- PointEmitter.h - One point of a structured operation -----*- C++ -*-===//

#ifndef BPTT_LIB_CONVERSION_GPU_POINTEMITTER_H
#define BPTT_LIB_CONVERSION_GPU_POINTEMITTER_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace bptt {

/// Evaluates single points of an operation on memrefs, whatever its maps and
/// its body are. Indices are those of the operation's loops.
class PointEmitter {
public:
  PointEmitter(mlir::linalg::GenericOp op, mlir::OpBuilder &builder)
      : op(op), builder(builder) {}

  llvm::SmallVector<mlir::Value> loadInputs(mlir::ValueRange indices);
  /// The results so far. Those that the body does not read are not loaded, but
  /// null.
  llvm::SmallVector<mlir::Value> loadInits(mlir::ValueRange indices);
  /// What the body yields for these inputs and results so far.
  llvm::SmallVector<mlir::Value> evaluate(llvm::ArrayRef<mlir::Value> inputs,
                                          llvm::ArrayRef<mlir::Value> inits,
                                          mlir::ValueRange indices);
  void store(mlir::ValueRange results, mlir::ValueRange indices);

  /// The result of a parallel operation of one result at an element of it.
  mlir::Value evaluateAt(mlir::ValueRange element);

  /// Where an operand's element is.
  llvm::SmallVector<mlir::Value> getElement(mlir::OpOperand &operand,
                                            mlir::ValueRange indices) {
    return apply(op.getMatchingIndexingMap(&operand), indices);
  }

  /// One operand's element, or the operand itself where it is a number.
  mlir::Value load(mlir::OpOperand &operand, mlir::ValueRange indices);

private:
  llvm::SmallVector<mlir::Value> apply(mlir::AffineMap map,
                                       mlir::ValueRange indices);

  mlir::linalg::GenericOp op;
  mlir::OpBuilder &builder;
};

/// Whether every point of a reduction may have another result, as in a
/// convolution's gradient, so that results cannot be kept at hand.
bool hasMovingResults(mlir::linalg::GenericOp op);

/// Whether `op` is parallel, has one result, does not read it, and has one
/// point for each element of it: its value can be had where it is needed.
bool isElementFunction(mlir::linalg::GenericOp op);

} // namespace bptt

#endif
