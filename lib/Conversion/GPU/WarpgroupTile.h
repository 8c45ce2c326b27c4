//===- WarpgroupTile.h - A factor's way to four warps -----------*- C++ -*-===//

#ifndef BPTT_LIB_CONVERSION_GPU_WARPGROUPTILE_H
#define BPTT_LIB_CONVERSION_GPU_WARPGROUPTILE_H

#include "ProductFrame.h"
#include "WarpgroupLayout.h"

namespace bptt {

/// The tiles of one factor of a product, from global memory to descriptors.
/// Addresses are those of shared memory, of type index.
class WarpgroupTile {
public:
  /// Makes the tensor map at `host`, on the host, and takes it into the kernel.
  WarpgroupTile(mlir::OpBuilder &host, ProductFrame &frame,
                const KernelNode &product, bool isLeft, int64_t lines);

  const WarpgroupLayout &getLayout() const { return layout; }

  /// Begins to copy tile `tile` to `address`, as one thread; it counts at
  /// `barrier`. Terms and lines beyond the end are zeros.
  void copy(mlir::Value tile, mlir::Value address, mlir::Value barrier);

  /// Makes the parts that are multiplied, one behind the other at `to`, of what
  /// was copied to `from`: the share of each of `threads` threads. For layouts
  /// that are converted.
  void convert(mlir::Value from, mlir::Value to, int64_t threads);

  /// The descriptor of the matrix that begins at `address`.
  mlir::Value getDescriptor(mlir::Value address);

private:
  void convertChunk(mlir::Value chunk, mlir::Value from, mlir::Value to);

  ProductFrame &frame;
  bool isLeft;
  WarpgroupLayout layout;
  mlir::Value map;
};

mlir::Value toInteger(ProductFrame &frame, mlir::Value index, unsigned bits);
/// To shared memory.
mlir::Value toPointer(ProductFrame &frame, mlir::Value address);

} // namespace bptt

#endif
