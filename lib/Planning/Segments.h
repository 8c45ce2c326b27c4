//===- Segments.h - Segments that are taped as a whole ----------*- C++ -*-===//
//
// Keep the states in front of J + 1 segments; the last one is taped in the
// first sweep, and each of the others, from right to left, in the memory that
// is free by then. What is not in the last segment is evaluated twice, nothing
// more often. With m bytes and tapes of S + E, segment j has (m - j S) / (S +
// E) steps and one in progress, so some m / S of them undo m^2 / 2S(S + E)
// steps; from there on, the few states are all that is lost against the bound
//
//   min over n_k  of  sum n_k b_k + (T - 1 - sum n_k) (a + min b) + b in
//   progress where  sum n_k (S + E_k) <= m  (+ S where the caller holds the
//   initial state)
//
// which holds for every plan: a step that is not taped in the first sweep is
// advanced over there, and evaluated again.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_LIB_PLANNING_SEGMENTS_H
#define BPTT_LIB_PLANNING_SEGMENTS_H

#include "Solution.h"

namespace bptt::planning {

/// The cheapest of these plans over the modes of the last segment and of the
/// others, or, where memory is too small for them, HSM; with its formula. More
/// budget never costs more. Fails where the cost exceeds 64 bits.
llvm::Expected<Solution> solveSegments(const Request &request);

/// The bound above; nothing where it exceeds 64 bits.
std::optional<int64_t> firstSweepLowerBound(const Request &request);

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_SEGMENTS_H
