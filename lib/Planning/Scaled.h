//===- Scaled.h - A problem in small units ----------------------*- C++ -*-===//

#ifndef BPTT_LIB_PLANNING_SCALED_H
#define BPTT_LIB_PLANNING_SCALED_H

#include "Solution.h"

namespace bptt::planning {

enum class Rounding {
  Safe,       ///< sizes up, the budget down: a plan fits
  Optimistic, ///< sizes down, the budget up: no plan is better
};

/// Equal steps with bytes over a granule and costs over their common divisor.
/// Only recomputation is counted: advances and extra backward costs, not the
/// one taped forward and the one backward that every step has.
struct Scaled {
  int64_t numSteps;
  int64_t allowance;              // units
  int64_t stateUnits;             // S
  std::vector<int64_t> tapeUnits; // E_k
  std::vector<int64_t> tapeCosts; // b_k
  int64_t advanceCost;            // a
  int64_t inProgressCost;         // b of the mode in progress
  int64_t checkpointCost = 0;     // of keeping a state; breaks ties
  int64_t costUnit;               // what 1 stands for in the problem's costs
  bool initialIsHeld;
};

/// The granule that loses nothing.
int64_t exactGranule(const Problem &problem);

/// The request in units of `granuleBytes`. The budget is cut to what plain BPTT
/// keeps.
Scaled scale(const Request &request, int64_t granuleBytes, Rounding rounding);

/// A granule for at most `maxUnits` units of budget: the one among those that
/// divide a size, as well as the rounding allows, whose rounding changes a
/// state and a tape least.
int64_t coarseGranule(const Request &request, int64_t maxUnits,
                      Rounding rounding);

/// Recomputation cost of HSM with the same memory, an upper bound on the
/// optimum; INT64_MAX when it is too large to say.
int64_t upperBound(const Scaled &scaled);

/// The same problem where keeping a state costs 1 and everything else
/// numSteps times as much, so that among plans of equal cost those with the
/// fewest checkpoints are best. Saturates.
Scaled withCheckpointCost(Scaled scaled);

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_SCALED_H
