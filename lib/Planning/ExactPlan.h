//===- ExactPlan.h - The best of all plans ----------------------*- C++ -*-===//

#ifndef BPTT_LIB_PLANNING_EXACTPLAN_H
#define BPTT_LIB_PLANNING_EXACTPLAN_H

#include "Solution.h"

namespace bptt::planning {

/// A plan that was found, and what it recomputes in the problem's costs.
struct Found {
  std::shared_ptr<const Splitter> splitter;
  int64_t recomputeCost;
  Exactness exactness;
  /// What it amounts to where a formula says it.
  std::optional<TreeSummary> formula;
};

/// The exact table, with the fewest checkpoints where the numbers fit, or a
/// closed form; null when the table would be too large.
std::optional<Found> findExactly(const Request &request);

/// Whether `findExactly` finds a table. As rows are added for every budget and
/// none is lost, and costs fall, it does for all budgets from there up to some
/// one.
bool isExact(const Request &request);

/// The largest budget with an exact plan, which `low` has and `high` has not.
int64_t largestExactBudget(const Request &request, int64_t low, int64_t high);

/// Whether plans can keep nothing but states. Then HSM is the best.
bool holdsNoTape(const Request &request);

/// Whether plans can keep no state but the first. Then HSM is the best, but for
/// two steps at the end: an advance and a step in progress, or a tape.
bool holdsOneState(const Request &request);

/// HSM, if it is possible.
std::optional<Found> keepingStatesOnly(const Request &request,
                                       Exactness exactness);

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_EXACTPLAN_H
