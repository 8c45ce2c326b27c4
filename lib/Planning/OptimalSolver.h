//===- OptimalSolver.h - Equal steps, for one budget or several -*- C++ -*-===//

#ifndef BPTT_LIB_PLANNING_OPTIMALSOLVER_H
#define BPTT_LIB_PLANNING_OPTIMALSOLVER_H

#include "Rungs.h"

namespace bptt::planning {

/// Plans equal steps. Budgets that are near each other, one after the other,
/// have their tables in common; the plans do not depend on their order.
class OptimalSolver {
public:
  OptimalSolver(const Problem &problem, int64_t inProgressMode)
      : problem(problem), mode(inProgressMode),
        stretches(problem, inProgressMode) {}

  llvm::Expected<Solution> solve(int64_t keptBytes);

  /// What the plan that `solve` finds recomputes; INT64_MAX where it finds
  /// none.
  int64_t plannedCost(int64_t keptBytes);

  /// What every plan recomputes at least, within a few hundredths of a per cent
  /// of what the best does, in a moment.
  int64_t lowerBound(int64_t keptBytes);

private:
  Request at(int64_t keptBytes) const { return {problem, keptBytes, mode}; }

  const Problem &problem;
  int64_t mode;
  Stretches stretches;
  std::optional<Rungs> rungs; ///< made when first needed
  /// Of whole sequences, for those of up to so many units.
  std::shared_ptr<const RunTable> wholeRuns;
  int64_t mostUnits = -1;
};

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_OPTIMALSOLVER_H
