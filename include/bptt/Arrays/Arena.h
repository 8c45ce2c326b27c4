//===- Arena.h - Memory that tells how far it was used ----------*- C++ -*-===//

#ifndef BPTT_ARRAYS_ARENA_H
#define BPTT_ARRAYS_ARENA_H

#include <cstdint>
#include <cstdlib>
#include <memory>

namespace bptt {

/// Bytes for a program to run in, aligned to a cache line, with a guard above
/// them.
class Arena {
public:
  static constexpr int64_t kAlignment = 64;
  static constexpr int64_t kGuardBytes = 4096;
  static constexpr char kPoison = '\xA5';

  /// Allocates `bytes` and the guard. False if there is not that much memory.
  bool allocate(int64_t bytes);

  char *data() { return memory.get(); }

  /// Fills everything, the guard as well.
  void poison();
  /// One past the last byte that was written since `poison`, rounded up to
  /// `kAlignment`; above the arena's size if the guard was touched.
  int64_t peakBytes() const;

private:
  struct Free {
    void operator()(char *pointer) const { std::free(pointer); }
  };
  std::unique_ptr<char[], Free> memory;
  int64_t totalBytes = 0;
};

/// The high-water mark in memory that was filled with `Arena::kPoison`.
int64_t findPeak(const char *memory, int64_t bytes);

} // namespace bptt

#endif
