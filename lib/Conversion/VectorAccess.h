//===- VectorAccess.h - Vectors in the operands of a linalg op --*- C++ -*-===//
//
// How one operand of a structured operation is read and written when one of the
// operation's loops runs over the lanes of a vector.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_LIB_CONVERSION_VECTORACCESS_H
#define BPTT_LIB_CONVERSION_VECTORACCESS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <optional>

namespace bptt {

/// One loop of a structured operation.
struct LoopExtent {
  /// ShapedType::kDynamic where only run time knows.
  int64_t size;
  mlir::Value value;

  bool isStatic() const { return !mlir::ShapedType::isDynamic(size); }
};

/// The loop that runs over lanes, their number, and those that are not beyond
/// the end of the loop.
struct Lanes {
  unsigned loop;
  int64_t count;
  /// Of type vector<count x i1>; null where every lane is active.
  mlir::Value mask;
};

class OperandAccess {
public:
  /// Fails where the operand is no memref with strides, or its map no projected
  /// permutation.
  static std::optional<OperandAccess> get(mlir::linalg::LinalgOp op,
                                          mlir::OpOperand &operand);

  mlir::Type getElementType() const { return type.getElementType(); }
  bool uses(unsigned loop) const { return getPosition(loop).has_value(); }

  /// Whether `loop` is the fastest one here as the shape tells, loops of size 1
  /// aside. Layouts have no say: what is decided by this is the same for every
  /// operand of that shape.
  bool isInnermost(unsigned loop, llvm::ArrayRef<LoopExtent> loops) const;

  /// Whether neighbours along `loop` are neighbours in memory.
  bool isContiguous(unsigned loop) const;

  /// Reads at the point `indices` of the iteration space: a vector along
  /// `lanes.loop`, or one element in all lanes where it is not used here. Lanes
  /// that are not active are zero.
  mlir::Value load(mlir::OpBuilder &builder, mlir::Location loc,
                   mlir::ValueRange indices, const Lanes &lanes) const;
  void store(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value vector,
             mlir::ValueRange indices, const Lanes &lanes) const;

  /// The one element at `indices`.
  mlir::Value loadScalar(mlir::OpBuilder &builder, mlir::Location loc,
                         mlir::ValueRange indices) const;
  void storeScalar(mlir::OpBuilder &builder, mlir::Location loc,
                   mlir::Value scalar, mlir::ValueRange indices) const;

private:
  std::optional<unsigned> getPosition(unsigned loop) const;
  llvm::SmallVector<mlir::Value> select(mlir::ValueRange indices) const;

  /// Calls `body` with the memref indices of every lane in turn, under the
  /// lane's mask bit; `body` takes and returns what is carried along.
  mlir::Value forEachLane(
      mlir::OpBuilder &builder, mlir::Location loc, mlir::ValueRange indices,
      const Lanes &lanes, mlir::Value carried,
      llvm::function_ref<mlir::Value(mlir::OpBuilder &, int64_t lane,
                                     mlir::ValueRange at, mlir::Value carried)>
          body) const;

  mlir::Value memref;
  mlir::MemRefType type;
  llvm::SmallVector<int64_t> strides;
  /// The loop that each dimension of the memref follows.
  llvm::SmallVector<unsigned> loopOfDim;
};

/// The loops of `op`, with the sizes of dynamic ones read from its operands.
llvm::SmallVector<LoopExtent> getLoopExtents(mlir::OpBuilder &builder,
                                             mlir::linalg::LinalgOp op);

/// How many lanes of elements of `bits` bits to use along a loop: a vector
/// register full, fewer where the loop is known to be shorter.
int64_t getLaneCount(int64_t vectorBits, unsigned bits, int64_t loopSize);

/// vector<count x i1> that is true in the first `active` lanes.
mlir::Value createPrefixMask(mlir::OpBuilder &builder, mlir::Location loc,
                             int64_t count, int64_t active);
mlir::Value createPrefixMask(mlir::OpBuilder &builder, mlir::Location loc,
                             int64_t count, mlir::Value active);

/// Combines neighbouring halves until one lane is left: the order is fixed by
/// the number of lanes alone.
mlir::Value reduceLanes(
    mlir::OpBuilder &builder, mlir::Location loc, mlir::Value vector,
    llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Value, mlir::Value)>
        combine);

} // namespace bptt

#endif
