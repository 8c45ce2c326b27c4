//===- Budget.h - Sizes as people write them --------------------*- C++ -*-===//

#ifndef BPTT_PLANNING_BUDGET_H
#define BPTT_PLANNING_BUDGET_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>

namespace bptt::planning {

/// Reads `140`, `64KiB`, `1.5MiB`, `8GB` as bytes, rounded down. Units are B,
/// KiB, MiB, GiB, TiB (1024) and kB, MB, GB, TB (1000). Fails on signs, unknown
/// units, more than nine decimals and sizes beyond 64 bits.
llvm::Expected<int64_t> parseBytes(llvm::StringRef text);

/// A memory budget as a user states it: bytes, a share of what plain BPTT
/// takes, or all of that.
struct Budget {
  enum class Kind { Bytes, Share, Max } kind = Kind::Max;
  int64_t bytes = 0;
  /// The share is `numerator / denominator`: an exact number, so that no budget
  /// is ever rounded up.
  int64_t numerator = 1, denominator = 1;

  /// Bytes of this budget where plain BPTT takes `fullBytes`.
  int64_t resolve(int64_t fullBytes) const;
};

/// Parses a size in bytes, `5%`, `2.5%` or `max`. Fails, saying what was
/// expected, on anything else and on more than 100%.
llvm::Expected<Budget> parseBudget(llvm::StringRef text);

/// `123 B`, `64.0 KiB`, `1.5 MiB`: three figures for people; machines get
/// bytes.
std::string formatBytes(int64_t bytes);

} // namespace bptt::planning

#endif
