//===- Arena.h - Where every buffer lies ------------------------*- C++ -*-===//

#ifndef BPTT_TRANSFORMS_ARENA_H
#define BPTT_TRANSFORMS_ARENA_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>

namespace bptt {

/// On a cell, after its bufferization: the function is called through a
/// recurrence, not by func.call.
constexpr llvm::StringLiteral kCellAttr = "bptt.cell";

/// On a function that computes a size for another one, and needs no memory.
constexpr llvm::StringLiteral kCompanionAttr = "bptt.companion";

/// On a function whose recurrences are expanded: the positions of its arguments
/// that are tables. Control flow reads them, so they are memory of the host,
/// wherever the others are.
constexpr llvm::StringLiteral kTablesAttr = "bptt.tables";

/// On a function whose recurrences are expanded, and that follows or hands on
/// the plans of recurrences inside steps: these plans, an array of
/// `#bptt.plan`, each of which has one of the last tables of `kTablesAttr`.
/// They differ: recurrences with the same plan read the same table.
constexpr llvm::StringLiteral kNestedPlansAttr = "bptt.nested_plans";

/// On a function, beside further tape modes and plans for recurrences inside
/// steps: what it would be without them, a `#bptt.unplanned`.
constexpr llvm::StringLiteral kUnplannedAttr = "bptt.unplanned";

/// On a function: bytes of the last argument, a `memref<?xi8>`, in which the
/// function's temporaries lie.
constexpr llvm::StringLiteral kWorkspaceBytesAttr = "bptt.workspace_bytes";

/// A buffer that lives from `begin` to `end`, both included, in any unit of
/// time.
struct LiveBuffer {
  int64_t bytes;
  int64_t begin;
  int64_t end;
};

/// Offsets, multiples of `kArenaAlignment`, at which buffers whose lives meet
/// do not overlap, and the bytes they take together. Large buffers are placed
/// first, each as low as it fits: at most a little above the maximum of bytes
/// alive at one time, and always the same for the same input.
struct Placement {
  llvm::SmallVector<int64_t> offsets;
  int64_t bytes = 0;
};
Placement placeBuffers(llvm::ArrayRef<LiveBuffer> buffers);

} // namespace bptt

#endif
