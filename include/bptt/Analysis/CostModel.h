//===- CostModel.h - What evaluating a cell costs ---------------*- C++ -*-===//
//
// A static estimate from floating-point operations and bytes. Measured costs
// take its place in a plan where there are any (`CostsFile.h`).
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_ANALYSIS_COSTMODEL_H
#define BPTT_ANALYSIS_COSTMODEL_H

#include <cstdint>

namespace mlir {
class Operation;
} // namespace mlir
namespace mlir::func {
class FuncOp;
} // namespace mlir::func
namespace mlir::linalg {
class LinalgOp;
} // namespace mlir::linalg

namespace bptt {

/// A nominal machine.
inline constexpr int64_t kFlopsPerNanosecond = 50, kBytesPerNanosecond = 20;

/// Floating-point operations and bytes read and written by one call of a
/// function, every linalg operation on its own, as often as loops and calls
/// repeat it: a transcendental counts 10, everything else on floats 1.
struct CellWork {
  int64_t flops = 0;
  int64_t bytes = 0;

  /// On the nominal machine, rounded down. At least 1.
  int64_t getNanoseconds() const;
  /// In units so small that nothing is rounded. Saturates.
  int64_t getTime() const;

  // These saturate.
  CellWork &operator+=(const CellWork &other);
  CellWork operator*(int64_t times) const;
  /// What this is more than `other`, at least nothing.
  CellWork beyond(const CellWork &other) const;
};
CellWork estimateWork(mlir::func::FuncOp function);
/// The same for one evaluation of `op`; an unknown extent counts 1.
CellWork estimateWork(mlir::linalg::LinalgOp op);

/// How often `op` runs when its function runs; loops of unknown length count
/// once.
int64_t getRepetitions(mlir::Operation *op);

} // namespace bptt

#endif
