//===- Sizes.h - Sizes as people write them ---------------------*- C++ -*-===//

#ifndef BPTT_PLANNING_REPORT_SIZES_H
#define BPTT_PLANNING_REPORT_SIZES_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>

namespace bptt::planning {

/// Reads `140`, `64KiB`, `8MiB`, `2GiB`, `1TiB`, `64MB`... as bytes. Fails for
/// signs, unknown units and sizes beyond 64 bits.
llvm::Expected<int64_t> parseBytes(llvm::StringRef text);

/// The same, and `5%`, `2.5%` (of `fullBytes`, rounded down) and `max`.
llvm::Expected<int64_t> parseBudget(llvm::StringRef text, int64_t fullBytes);

} // namespace bptt::planning

#endif // BPTT_PLANNING_REPORT_SIZES_H
