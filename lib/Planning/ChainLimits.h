//===- ChainLimits.h - How much work is done for a chain --------*- C++ -*-===//

#ifndef BPTT_LIB_PLANNING_CHAINLIMITS_H
#define BPTT_LIB_PLANNING_CHAINLIMITS_H

#include "bptt/Planning/Problem.h"

namespace bptt::planning {

/// How much work is done for a chain.
struct ChainLimits {
  int64_t maxTableRows; ///< of each step
  /// Of each step, in the table of bounds, on which most of the distance that
  /// is stated depends.
  int64_t maxBoundRows;
  int64_t maxSweepRows; ///< of each step
  int64_t sumOfCosts;   ///< no plan's recomputation is more

  /// Fails where there are too many steps, or costs are too large.
  static llvm::Expected<ChainLimits> get(const Problem &problem);

  /// For an interval of `numSteps` of `allSteps`.
  int64_t sweepRows(int64_t numSteps, int64_t allSteps) const;
};

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_CHAINLIMITS_H
