//===- WarpgroupTile.h - A factor's way to four warps -----------*- C++ -*-===//

#ifndef BPTT_LIB_CONVERSION_GPU_WARPGROUPTILE_H
#define BPTT_LIB_CONVERSION_GPU_WARPGROUPTILE_H

#include "ProductFrame.h"

namespace bptt {

/// How a tile of a factor, of 64 terms, lies in shared memory: in boxes as the
/// copy engine brings them, one behind the other. A row of a box is contiguous
/// in global memory as well, and swizzled here, so that eight rows lie in
/// different banks.
struct WarpgroupLayout {
  /// Whether neighbouring terms are neighbours in memory, and not neighbouring
  /// lines (rows on the left, columns on the right).
  bool termsFirst;
  int64_t lines;

  static constexpr int64_t kDepth = 64, kElementBytes = 2;
  /// What one instruction multiplies: rows on the left, and terms.
  static constexpr int64_t kRows = 64, kTerms = 16;

  static WarpgroupLayout get(const KernelNode &product, bool isLeft,
                             int64_t lines);

  int64_t getBoxColumns() const {
    return termsFirst ? kDepth : std::min<int64_t>(lines, 64);
  }
  int64_t getBoxRows() const { return termsFirst ? lines : kDepth; }
  int64_t countBoxes() const {
    return termsFirst ? 1 : lines / getBoxColumns();
  }
  int64_t getRowBytes() const { return kElementBytes * getBoxColumns(); }
  int64_t getBoxBytes() const { return getRowBytes() * getBoxRows(); }
  int64_t getBytes() const { return countBoxes() * getBoxBytes(); }

  /// From the first term to the next that an instruction begins with, in bytes.
  int64_t getTermsStep() const {
    return termsFirst ? kElementBytes * kTerms : kTerms * getRowBytes();
  }
  /// From the first line to the 64th, in bytes.
  int64_t getRowsStep() const {
    return termsFirst ? kRows * getRowBytes() : getBoxBytes();
  }
  /// The descriptor of the matrix (PTX ISA, "Matrix Descriptor Format" of
  /// wgmma), but for its address.
  int64_t getDescriptor() const;
};

/// The tiles of one factor of a product: their copies, and their descriptors.
class WarpgroupTile {
public:
  /// Makes the tensor map at `host`, on the host, and takes it into the kernel.
  WarpgroupTile(mlir::OpBuilder &host, ProductFrame &frame,
                const KernelNode &product, bool isLeft, int64_t lines);

  const WarpgroupLayout &getLayout() const { return layout; }

  /// Begins to copy tile `tile` to `address`, as one thread; it counts at
  /// `barrier`. Terms and lines beyond the end are zeros.
  void copy(mlir::Value tile, mlir::Value address, mlir::Value barrier);

  /// The descriptor of the matrix that begins at `address`.
  mlir::Value getDescriptor(mlir::Value address);

private:
  ProductFrame &frame;
  bool isLeft;
  WarpgroupLayout layout;
  mlir::Value map;
};

/// The input of a product that has its rows, or else its columns.
mlir::OpOperand &getFactor(const KernelNode &product, bool isLeft);

// Arithmetic on addresses, which are of type index.

mlir::Value toInteger(ProductFrame &frame, mlir::Value index, unsigned bits);
mlir::Value toPointer(ProductFrame &frame, mlir::Value address);

} // namespace bptt

#endif
