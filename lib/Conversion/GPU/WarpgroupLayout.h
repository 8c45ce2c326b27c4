//===- WarpgroupLayout.h - Tiles for groups of warps ------------*- C++ -*-===//

#ifndef BPTT_LIB_CONVERSION_GPU_WARPGROUPLAYOUT_H
#define BPTT_LIB_CONVERSION_GPU_WARPGROUPLAYOUT_H

#include "KernelNode.h"

namespace bptt {

/// How a tile of a factor, of 64 terms, lies in shared memory where the tensor
/// cores read it: in boxes, one behind the other. A row of a box is contiguous
/// in global memory as well, and swizzled here, so that eight rows lie in
/// different banks. A factor of another type than the tensor cores multiply is
/// brought as it is, row by row, and converted to one or two such tiles.
struct WarpgroupLayout {
  /// Whether neighbouring terms are neighbours in memory, and not neighbouring
  /// lines (rows on the left, columns on the right).
  bool termsFirst;
  int64_t lines, parts;
  /// Of what the tensor cores multiply, and of the factor.
  mlir::FloatType type, source;

  static constexpr int64_t kDepth = 64, kElementBytes = 2;
  /// What one instruction multiplies: rows on the left, and terms.
  static constexpr int64_t kRows = 64, kTerms = 16;

  static WarpgroupLayout get(const KernelNode &product, bool isLeft,
                             int64_t lines);

  bool isConverted() const { return source != type; }
  /// What is copied: a place of all stages, and of the boxes of one copy.
  int64_t getCopiedBytes() const {
    return lines * kDepth * source.getIntOrFloatBitWidth() / 8;
  }
  int64_t getCopiedColumns() const {
    return isConverted() ? getTileColumns() : getBoxColumns();
  }
  /// By which rows are swizzled while they are copied; 0 where they are not.
  int64_t getSwizzle() const { return isConverted() ? 0 : getRowBytes(); }
  /// What is made of it.
  int64_t getConvertedBytes() const {
    return isConverted() ? parts * getBytes() : 0;
  }

  int64_t getTileColumns() const { return termsFirst ? kDepth : lines; }
  int64_t getBoxColumns() const {
    return std::min<int64_t>(getTileColumns(), 128 / kElementBytes);
  }
  int64_t getBoxRows() const { return termsFirst ? lines : kDepth; }
  int64_t getRowBytes() const { return kElementBytes * getBoxColumns(); }
  int64_t getBoxBytes() const { return getRowBytes() * getBoxRows(); }
  int64_t getBytes() const { return lines * kDepth * kElementBytes; }

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

/// The input of a product that has its rows, or else its columns.
mlir::OpOperand &getFactor(const KernelNode &product, bool isLeft);

} // namespace bptt

#endif
