//===- Budget.h - Sizes as people write them --------------------*- C++ -*-===//

#ifndef BPTT_PLANNING_BUDGET_H
#define BPTT_PLANNING_BUDGET_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>

namespace bptt::planning {

/// A memory budget as a user states it: bytes, a share of what plain BPTT
/// takes, or all of that.
struct Budget {
  enum class Kind { Bytes, Percent, Max } kind = Kind::Max;
  int64_t bytes = 0;
  double percent = 0;

  /// Bytes of this budget where plain BPTT takes `fullBytes`.
  int64_t resolve(int64_t fullBytes) const;
};

/// Parses `1048576`, `64MiB`, `8GB`, `5%` or `max`. Units are B, KiB, MiB, GiB,
/// TiB (1024) and KB, MB, GB, TB (1000). Fails, saying what was expected, on
/// anything else, on zero and on what exceeds 2^58 bytes.
llvm::Expected<Budget> parseBudget(llvm::StringRef text);

/// `123 B`, `64.0 KiB`, `1.5 MiB`: three figures for people; machines get
/// bytes.
std::string formatBytes(int64_t bytes);

} // namespace bptt::planning

#endif
