//===- MemRefs.h - Arguments as compiled code takes them --------*- C++ -*-===//

#ifndef BPTT_RUNTIME_MEMREFS_H
#define BPTT_RUNTIME_MEMREFS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>

namespace bptt {

/// Descriptors of dense row-major memrefs as MLIR's C interface passes them:
/// two pointers, offset, sizes, strides, 64 bits each.
class MemRefs {
public:
  void add(const void *data, llvm::ArrayRef<int64_t> shape);

  /// One pointer for each descriptor, valid until the next `add`.
  llvm::ArrayRef<void *> pointers();

private:
  llvm::SmallVector<int64_t, 512> words;
  llvm::SmallVector<size_t, 64> begins;
  llvm::SmallVector<void *, 64> pointerStorage;
};

} // namespace bptt

#endif
