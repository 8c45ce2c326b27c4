//===- BytesGrid.h - Where a curve is looked at -----------------*- C++ -*-===//

#ifndef BPTT_LIB_PLANNING_BYTESGRID_H
#define BPTT_LIB_PLANNING_BYTESGRID_H

#include <cstdint>
#include <vector>

namespace bptt::planning {

/// Numbers of bytes from `least` to `most`, both of them included: multiples of
/// `step` beyond the least, next to each other at first, then about
/// 1 / `numParts` of what they are beyond it apart.
std::vector<int64_t> makeBytesGrid(int64_t least, int64_t most, int64_t step,
                                   int64_t numParts);

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_BYTESGRID_H
