//===- ChainSums.h - Sums over the steps of a chain -------------*- C++ -*-===//

#ifndef BPTT_LIB_PLANNING_CHAINSUMS_H
#define BPTT_LIB_PLANNING_CHAINSUMS_H

#include "bptt/Planning/Problem.h"

namespace bptt::planning {

/// Steps [begin, end) of a chain.
struct ChainInterval {
  int64_t begin, end;

  int64_t size() const { return end - begin; }
};

/// What keeping the state in front of `step` takes.
inline int64_t ownStateBytes(const Problem &problem, int64_t step) {
  bool isHeld = step == 0 && problem.initialState == InitialState::Held;
  return isHeld ? 0 : problem.stateBytesAt(step);
}

/// What advancing over an interval costs, and what plain BPTT of it takes and
/// costs, in constant time.
class ChainSums {
public:
  explicit ChainSums(const Problem &problem);

  int64_t advanceCost(ChainInterval steps) const {
    return advances[steps.end] - advances[steps.begin];
  }
  /// Bytes of all tapes but the last, the states with them.
  int64_t tapedBytes(ChainInterval steps) const {
    return tapes[steps.end - 1] - tapes[steps.begin];
  }
  /// Recomputation if these are kept; no plan costs less.
  int64_t tapedCost(ChainInterval steps) const {
    return extras[steps.end] - extras[steps.begin];
  }

private:
  std::vector<int64_t> advances, tapes, extras; ///< of the steps before
};

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_CHAINSUMS_H
