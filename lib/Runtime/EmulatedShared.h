//===- EmulatedShared.h - A block's shared memory ---------------*- C++ -*-===//

#ifndef BPTT_LIB_RUNTIME_EMULATEDSHARED_H
#define BPTT_LIB_RUNTIME_EMULATEDSHARED_H

#include <cstdint>

namespace bptt {

/// Ends the process: the kernel does what a chip does not define.
[[noreturn]] void failEmulation(const char *what);

/// Where byte `address` of shared memory is when rows of `rowBytes` bytes are
/// swizzled: pieces of 16 bytes change places within a row of 128, 64 or 32. 0
/// is for rows that are not.
inline uint64_t swizzle(uint64_t address, uint64_t rowBytes) {
  return rowBytes == 0 ? address : address ^ (address >> 3 & (rowBytes - 16));
}

/// A matrix in global memory, and the boxes that are copied of it: what 128
/// bytes that stand for a tensor map hold here.
struct EmulatedTensorMap {
  uint64_t mark; ///< says that it is one
  const char *base;
  int64_t columns, rows, strideBytes, boxColumns, boxRows, swizzleBytes;
  int64_t elementBytes;

  static constexpr uint64_t kMark = 0x70614d726f736e54;
  int64_t getRowBytes() const { return elementBytes * boxColumns; }
  int64_t getBytes() const { return getRowBytes() * boxRows; }
};

/// The dynamic shared memory of the block that runs: addresses as kernels
/// compute them, barriers (mbarrier) and copies of boxes that complete on them.
/// Copies are made at once, or as late as a barrier allows.
class SharedMemory {
public:
  /// What a launch asks for.
  void reserve(int64_t bytes);
  /// Forgets what a block left behind.
  void begin(bool copiesAreLate);
  int64_t getBase() const;

  /// The byte whose address ends in these 18 bits.
  const char *find(uint64_t address) const;
  /// `size` bytes from `address` on, which are the block's.
  char *get(int64_t address, int64_t size) const;

  void initializeBarrier(int64_t address, int64_t count);
  /// One arrival, which announces `bytes` more bytes.
  void arrive(int64_t address, int64_t bytes);
  /// Whether the phase of that parity is over.
  bool isOver(int64_t address, int64_t parity) const;
  void copy(int64_t to, const EmulatedTensorMap &map, int64_t barrier,
            int64_t column, int64_t row);
  /// Makes the late copies of a barrier; false where there are none.
  bool hurry(int64_t barrier);
  bool hasCopies() const { return numCopies > 0; }

private:
  struct Barrier;
  struct Copy {
    int64_t to, barrier, column, row;
    EmulatedTensorMap map;
  };
  Barrier &getBarrier(int64_t address) const;
  void perform(const Copy &copy);
  void finishPhase(Barrier &barrier);

  static constexpr int64_t kMaxCopies = 256;
  int64_t bytes = 0, numCopies = 0;
  bool areLate = false;
  Copy copies[kMaxCopies];
};

} // namespace bptt

#endif
