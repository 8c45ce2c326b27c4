//===- MemoryRegion.h - Which bytes a memref may touch ----------*- C++ -*-===//
//
// Views of one arena: which of them are known not to overlap, and how well the
// first element of each is aligned.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_LIB_CONVERSION_GPU_MEMORYREGION_H
#define BPTT_LIB_CONVERSION_GPU_MEMORYREGION_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/DenseMap.h"

#include <optional>

namespace bptt {

/// The bytes of a memref, as far as the operations that made it tell: those in
/// [`begin`, `end`), counted from `root`'s first byte plus `shift`.
struct MemoryRegion {
  /// The argument, allocation or global that the memref is a part of, or what
  /// chooses one of several. Two of the former share no byte, except where
  /// neither is written.
  mlir::Value root;
  /// What is added to every offset, in bytes, and known only at run time; null
  /// for zero.
  mlir::Value shift;
  int64_t begin = 0;
  int64_t end = INT64_MAX;
  /// Whether the memref begins at `begin`, and not just somewhere behind it.
  bool isExact = true;
  /// The memref itself, without casts.
  mlir::Value memref;

  static MemoryRegion get(mlir::Value memref);

  /// Whether no byte is in both.
  bool isDisjointFrom(const MemoryRegion &other) const;

  /// Whether both are the same elements in the same layout.
  bool isSameAs(const MemoryRegion &other) const;
};

/// Answers how well memrefs are aligned. Remembers what it found, so the module
/// must not change in between.
class AlignmentAnalysis {
public:
  /// The largest known power of two, in bytes and at most 64, that divides the
  /// address of the first element. Arguments of public functions are multiples
  /// of 64 where they are bytes and of 16 else: the callers' part of the
  /// contract.
  int64_t getAlignment(mlir::Value memref);

private:
  int64_t compute(mlir::Value memref);
  int64_t getArgumentAlignment(mlir::BlockArgument argument);
  /// The calls of a private function; nothing where it is used otherwise.
  const std::optional<llvm::SmallVector<mlir::func::CallOp>> &
  getCalls(mlir::func::FuncOp function);

  llvm::DenseMap<mlir::Value, int64_t> known;
  llvm::DenseMap<mlir::Operation *,
                 std::optional<llvm::SmallVector<mlir::func::CallOp>>>
      calls;
};

} // namespace bptt

#endif
