//===- ChainRows.h - Where the tables of a chain have rows ------*- C++ -*-===//
//
// As a function of the bytes that may be kept, what a chain costs is a
// staircase. A table has rows where it may fall. Where these are too many,
// numbers of bytes that lie close together share a row, so that sizes are not
// rounded, but only their sums: sums that are almost the same, as those of
// sizes that have almost a divisor in common, cost nothing.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_LIB_PLANNING_CHAINROWS_H
#define BPTT_LIB_PLANNING_CHAINROWS_H

#include "Scaled.h"

namespace bptt::planning {

/// What costs saturate at. Three of them can be added.
inline constexpr int64_t kInfeasibleCost = int64_t(1) << 61;

struct ChainTableOptions {
  int64_t mostBytes; ///< the largest number of kept bytes
  int64_t maxRows;   ///< of each step, at least 4
  /// Rows that stand for several numbers of bytes are there from the largest
  /// on (safe), or from the smallest.
  Rounding rounding = Rounding::Safe;
  /// Such rows are closer together where there are fewer bytes, in proportion.
  bool isGraded = false;
};

/// A row that answers from `fromBytes` on, with what `atBytes` cost.
struct ChainRow {
  int64_t fromBytes;
  int64_t atBytes;
  bool isShared; ///< whether it stands for several numbers
};

/// At most options.maxRows rows for ascending numbers, at most
/// options.mostBytes each. The first `numAlone` have rows of their own.
std::vector<ChainRow> chooseRows(const std::vector<int64_t> &numbers,
                                 size_t numAlone,
                                 const ChainTableOptions &options);

/// Adds to ascending `numbers` those of `others`, ascending too, that are
/// `offset` larger and still at most `most`.
void addShifted(std::vector<int64_t> &numbers,
                const std::vector<int64_t> &others, int64_t offset,
                int64_t most);

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_CHAINROWS_H
