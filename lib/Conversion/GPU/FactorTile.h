//===- FactorTile.h - A factor's way to the tensor cores --------*- C++ -*-===//

#ifndef BPTT_LIB_CONVERSION_GPU_FACTORTILE_H
#define BPTT_LIB_CONVERSION_GPU_FACTORTILE_H

#include "ProductFrame.h"
#include "TensorFactors.h"

namespace bptt {

/// How a tile of a factor lies in shared memory: as in global memory, what is
/// contiguous there is contiguous here.
struct FactorLayout {
  bool isLeft;
  /// Whether neighbouring terms are neighbours in memory, and not neighbouring
  /// lines (rows on the left, columns on the right).
  bool termsFirst;
  int64_t lines, parts;
  /// Of what the tensor cores multiply, and of the elements in memory.
  mlir::FloatType type, memoryType;

  static FactorLayout get(const KernelNode &product, bool isLeft,
                          int64_t lines);

  /// The terms that a block multiplies between two barriers: two steps of the
  /// tensor cores.
  int64_t getDepth() const { return 64 / getElementBytes(); }
  int64_t getElementBytes() const {
    return memoryType.getIntOrFloatBitWidth() / 8;
  }
  /// Whether ldmatrix makes fragments of it: it transposes 16 bits, not 32.
  bool hasMatrices() const { return termsFirst || getElementBytes() == 2; }

  int64_t getInner() const { return termsFirst ? getDepth() : lines; }
  int64_t getOuter() const { return termsFirst ? lines : getDepth(); }
  /// Rows are longer than they need be, so that what a warp reads at once lies
  /// in different banks: eight rows of 16 bytes by ldmatrix, else eight words
  /// of each of four rows.
  llvm::SmallVector<int64_t> getShape() const {
    int64_t padding = (hasMatrices() ? 16 : 32) / getElementBytes();
    return {parts, getOuter(), getInner() + padding};
  }
  int64_t getBytes() const {
    return llvm::product_of(getShape()) * getElementBytes();
  }
  bool operator==(const FactorLayout &other) const {
    return isLeft == other.isLeft && termsFirst == other.termsFirst &&
           lines == other.lines && parts == other.parts && type == other.type;
  }
};

/// Brings the tiles of one factor into shared memory, and from there into
/// registers.
class FactorTile {
public:
  /// `memory` holds several tiles of `layout`; `op` is the product's operation
  /// in the kernel.
  FactorTile(ProductFrame &frame, const KernelNode &product,
             mlir::linalg::GenericOp op, const FactorLayout &layout,
             int64_t threads, mlir::Value memory);

  /// Begins to copy tile `tile` to place `stage`. What needs no conversion goes
  /// there by itself; the rest is read into registers until store(). With
  /// `mayBeBeyond`, there may be no such tile; then nothing useful is copied.
  void fetch(mlir::Value tile, mlir::Value stage, bool mayBeBeyond);
  /// Converts what fetch() has read and stores it.
  void store();

  int64_t getDepth() const { return layout.getDepth(); }

  /// The fragments of part `part` of 16 lines from `line` and 16 terms, 8 of
  /// TF32, from `term`, in the order of the registers of mma.m16n8k16, or k8:
  /// those of A on the left; on the right those of B for 8 columns, then for
  /// the next 8. As operands of nvvm.mma.sync.
  llvm::SmallVector<mlir::Value> load(mlir::Value stage, int64_t part,
                                      mlir::Value line, int64_t term);

private:
  llvm::SmallVector<mlir::Value> loadMatrices(llvm::ArrayRef<mlir::Value> row);
  llvm::SmallVector<mlir::Value> loadWords(llvm::ArrayRef<mlir::Value> first);
  void fetchChunk(mlir::Value tile, mlir::Value stage, mlir::Value position,
                  bool mayBeBeyond);
  llvm::SmallVector<mlir::Value> place(mlir::Value stage, int64_t part,
                                       mlir::Value line, mlir::Value term);

  ProductFrame &frame;
  mlir::OpBuilder &body;
  mlir::Location loc;
  const KernelNode &product;
  mlir::linalg::GenericOp op;
  FactorLayout layout;
  int64_t threads;
  mlir::Value memory;
  mlir::OpOperand &operand;
  /// Elements that a thread copies at once.
  int64_t width;
  bool isAsync;
  /// The lane's line and term among those that ldmatrix reads, or those of its
  /// first element.
  mlir::Value laneLine, laneTerm;

  struct Pending {
    mlir::Value value, stage, line, term;
  };
  llvm::SmallVector<Pending> pending;
};

} // namespace bptt

#endif
