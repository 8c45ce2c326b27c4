//===- ProductFrame.h - What all kernels of a product share -----*- C++ -*-===//

#ifndef BPTT_LIB_CONVERSION_GPU_PRODUCTFRAME_H
#define BPTT_LIB_CONVERSION_GPU_PRODUCTFRAME_H

#include "KernelBuilder.h"
#include "KernelNode.h"

namespace bptt {

/// A kernel whose blocks compute tiles of a matrix, the sum of one product or
/// of several: where a block's tile lies, what results start from and where
/// they go. Rows and columns are those of the matrix unless said otherwise.
class ProductFrame {
public:
  /// Inserts a launch at `host` with a block of `threads` threads for every
  /// tile of `tileRows` by `tileColumns` results.
  ProductFrame(mlir::OpBuilder &host, const KernelNode &node, int64_t tileRows,
               int64_t tileColumns, int64_t threads, llvm::StringRef name);

  const KernelNode &node;
  mlir::Location loc;
  int64_t numRows, numColumns, tileRows, tileColumns;
  KernelBuilder kernel;
  mlir::OpBuilder &body;
  /// Elements of the result, and of sums on the way to it: at least f32.
  mlir::Type element, sumType;
  /// Where the block's tile begins.
  mlir::Value firstRow, firstColumn;

  /// A row and a column of the block's tile.
  using Place = std::pair<mlir::Value, mlir::Value>;

  /// Where a thread's sums are in `down` by `across` fragments of 16 by 8, the
  /// first of which begins at `row` and `column`: four in each, two neighbours
  /// and the two eight rows below (PTX ISA, accumulators of mma.m16n8k16). The
  /// first of every `width` neighbours.
  llvm::SmallVector<Place> getFragmentPlaces(mlir::Value row,
                                             mlir::Value column, int64_t down,
                                             int64_t across, int64_t width);
  /// How many neighbours are stored at once, and loaded before.
  int64_t getPairWidth() const;

  /// Stores `width` neighbouring results from each of `places` on, where they
  /// are inside the matrix: what they start from and the sums, from zeros, that
  /// `emitSums` emits. Two neighbours need `arePairs`.
  ///
  /// The start comes last: a weight's gradient over many steps is large beside
  /// the terms of one, each of which would be rounded at its magnitude, in
  /// tensor cores towards zero; and before it would take registers.
  void emitResults(llvm::ArrayRef<Place> places, int64_t width,
                   llvm::function_ref<llvm::SmallVector<mlir::Value>(
                       llvm::SmallVector<mlir::Value>)>
                       emitSums);

  /// The loops of `product` at a row, a column and a term, null for the first,
  /// with the outer ones at this block's place.
  llvm::SmallVector<mlir::Value> getIndices(const KernelNode &product,
                                            mlir::Value row, mlir::Value column,
                                            mlir::Value term = {});

  // Arithmetic in the kernel.
  mlir::Value constant(int64_t value);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value add(mlir::Value a, int64_t b);
  mlir::Value multiply(mlir::Value a, int64_t b);
  mlir::Value divide(mlir::Value a, int64_t b);
  mlir::Value remainder(mlir::Value a, int64_t b);
  mlir::Value isBelow(mlir::Value a, int64_t b);
  /// `a`, or `limit` - 1 where that is less.
  mlir::Value clamp(mlir::Value a, int64_t limit);
  /// `value`, a float or a vector of floats, with elements of type `type`.
  mlir::Value convert(mlir::Value value, mlir::Type type);
  /// What rounding left of a value, in f32; nothing of an infinity or NaN,
  /// whose first part says it all.
  mlir::Value getRest(mlir::Value value, mlir::Value rounded);

private:
  // Of emitResults.
  llvm::SmallVector<mlir::Value> emitStart(llvm::ArrayRef<Place> places,
                                           int64_t width);
  void emitStores(llvm::ArrayRef<Place> places, int64_t width,
                  llvm::ArrayRef<mlir::Value> sums);

  /// The block's place in the outer loops.
  mlir::Value outer;

  llvm::SmallVector<mlir::Value> visitResults(
      llvm::ArrayRef<Place> places, mlir::TypeRange types,
      llvm::function_ref<llvm::SmallVector<mlir::Value>(int64_t, mlir::Value,
                                                        mlir::Value)>
          visit);
};

/// How many terms a result of `product` is the sum of.
int64_t countTerms(const KernelNode &product);

} // namespace bptt

#endif
