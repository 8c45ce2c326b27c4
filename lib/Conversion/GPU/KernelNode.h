//===- KernelNode.h - One operation on its way into a kernel ----*- C++ -*-===//

#ifndef BPTT_LIB_CONVERSION_GPU_KERNELNODE_H
#define BPTT_LIB_CONVERSION_GPU_KERNELNODE_H

#include "MemoryRegion.h"
#include "TensorFactors.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <optional>
#include <vector>

namespace bptt {

/// How the work of an operation is shared.
enum class KernelKind {
  /// A thread computes one result, or a few neighbours, on its own.
  Pointwise,
  /// A block computes one result or a few neighbours, its threads share sums.
  Reduction,
  /// A block computes a tile of a matrix product.
  Product,
};

/// Which elements an operation touches.
struct MemoryAccess {
  MemoryRegion region;
  /// From loops to elements; nothing where the body computes its address.
  std::optional<mlir::AffineMap> map;
  bool writes;
};

/// The loops of a product, by their meaning. The tile of a block lies in `row`
/// and `column`; all others are walked by blocks, or summed.
struct ProductLoops {
  unsigned row, column;
  llvm::SmallVector<unsigned> outer, sum;
  /// Which of the two inputs has the rows.
  unsigned left;
  /// For each input, whether eight neighbours in memory, from a multiple of
  /// eight on, are neighbouring lines or terms and aligned to 16 bytes.
  bool isWide[2] = {false, false};
  /// Whether two neighbouring columns of the result, from an even one on, are
  /// neighbours in memory and aligned to the size of both.
  bool arePairs = false;
  /// How the factors enter the tensor cores, if they can.
  std::optional<TensorFactors> tensor;
  /// Whether groups of warps compute it, see WarpgroupChoice.
  bool inWarpgroups = false;
};

/// How a thread takes its share of sums: `lanes` neighbours at a time. Shapes
/// alone decide that, and so the order of the terms.
struct SharedSum {
  /// The loop along which they are neighbours.
  unsigned lane;
  /// Whether they are terms of one sum, and not of as many results.
  bool areTerms;
  int64_t lanes = 1;
  /// Whether they are loaded at once: neighbours in memory, aligned to the size
  /// of all of them. The same bits either way.
  bool isWide = false;
};

struct KernelNode {
  mlir::linalg::GenericOp op;
  KernelKind kind = KernelKind::Pointwise;
  llvm::SmallVector<MemoryAccess> accesses;
  llvm::SmallVector<int64_t> extents;
  std::optional<ProductLoops> product;
  std::optional<SharedSum> sum;

  // Of a pointwise operation: its parallel loops, the fastest last, and how
  // many neighbours along that one a thread computes.
  llvm::SmallVector<unsigned> order;
  int64_t lanes = 1;
  /// Whether it has more operands than registers should hold at once.
  bool isLarge = false;

  /// What the result starts from, in place of what is in memory: an element
  /// function that is not evaluated elsewhere.
  mlir::linalg::GenericOp start;
  /// Products that are added to the same result before this one.
  std::vector<KernelNode> before;

  static KernelNode get(mlir::linalg::GenericOp op,
                        AlignmentAnalysis &alignments, Precision precision);

  /// Bytes of the parameters that a kernel takes for what is touched: for each
  /// memref a pointer and an offset.
  int64_t countParameterBytes() const { return 16 * accesses.size(); }

  const MemoryAccess &getResult() const { return accesses.back(); }

  /// Whether the two must keep their order.
  bool conflictsWith(const KernelNode &other) const;

  /// Whether the two may be in one kernel although they conflict: each thread
  /// reads what it wrote itself.
  bool staysInThread(const KernelNode &other) const;

  /// The number of blocks that can each do one row: what there is at one place
  /// of the slowest loop. None where it has no rows.
  std::optional<int64_t> countRows() const;

  /// Of a pointwise operation with rows: vectors of `lanes` in each.
  int64_t countRowVectors() const;

  /// Whether the two, which have as many rows, may be in one kernel although
  /// they conflict: each block reads what it wrote itself.
  bool staysInRow(const KernelNode &other) const;

private:
  void collectAccesses();
  void choosePointwise(AlignmentAnalysis &alignments);
  void chooseSum(AlignmentAnalysis &alignments);
  bool chooseProduct(AlignmentAnalysis &alignments, Precision precision);
};

} // namespace bptt

#endif
