//===- EmulatedWarpgroup.h - Products of four warps -------------*- C++ -*-===//

#ifndef BPTT_LIB_RUNTIME_EMULATEDWARPGROUP_H
#define BPTT_LIB_RUNTIME_EMULATEDWARPGROUP_H

#include "EmulatedShared.h"

namespace bptt {

/// One wgmma.mma_async: 64 rows, 16 terms.
struct WarpgroupProduct {
  uint64_t left = 0, right = 0; ///< descriptors
  int64_t columns = 0, type = 0;
  bool leftTurned = false, rightTurned = false; ///< neighbours are lines

  bool operator==(const WarpgroupProduct &other) const {
    return left == other.left && right == other.right &&
           columns == other.columns && type == other.type &&
           leftTurned == other.leftTurned && rightTurned == other.rightTurned;
  }

  /// The bits of a term of a line, as the tensor cores find it.
  uint16_t getLeft(const SharedMemory &memory, int64_t line,
                   int64_t term) const;
  uint16_t getRight(const SharedMemory &memory, int64_t line,
                    int64_t term) const;
  /// A number that changes with what is multiplied.
  uint64_t hash(const SharedMemory &memory) const;
};

/// The products of a warp that it has not waited for, oldest first. What they
/// read must not change until then.
class WarpgroupQueue {
public:
  void fence() { isFenced = true; }
  void add(const WarpgroupProduct &product, const SharedMemory &memory);
  void commit() { ++group; }
  void wait(int64_t pending, const SharedMemory &memory);
  bool empty() const { return size == 0; }

private:
  struct Entry {
    WarpgroupProduct product;
    uint64_t hash;
    int64_t group;
  };
  static constexpr int64_t kMaxProducts = 64;
  Entry entries[kMaxProducts];
  int64_t size = 0, group = 0;
  bool isFenced = false;
};

} // namespace bptt

#endif
