//===- SharedPlanner.h - Budgets shared again and again ---------*- C++ -*-===//

#ifndef BPTT_PLANNING_SHAREDPLANNER_H
#define BPTT_PLANNING_SHAREDPLANNER_H

#include "bptt/Planning/PlannedCurve.h"

#include <list>

namespace bptt::planning {

/// Shares budgets among recurrences of the optimal policy, for whoever asks
/// again and again with other costs of their backwards: these add to every
/// plan, so that what is known of a curve stays.
class SharedPlanner {
public:
  struct Shares {
    std::vector<int64_t> keptBytes; ///< of each
    int64_t cost;                   ///< of their plans together; saturates
    bool isExact; ///< they are the best that keep so many bytes
  };

  /// Points of the recurrences' curves within `keptBytes`, which are the
  /// floors' at least: the cheapest where curves are exact. Elsewhere the
  /// cheapest cost is rounded up to a 4096th of plain BPTT's, and of the points
  /// that cost no more, these keep the fewest bytes: where many cost nearly the
  /// same, few have to be planned. More bytes never cost more: either the
  /// rounded cost is the same, and so are the points, or it falls, and what
  /// they cost with it.
  Shares share(std::vector<Problem> problems, int64_t keptBytes);

  /// What these cost at least; INT64_MAX if that is too little for them. A
  /// single recurrence that is no chain, with any plan; others with points of
  /// their curves.
  int64_t boundWithin(std::vector<Problem> problems, int64_t keptBytes);

private:
  struct Entry {
    Problem problem;
    PlannedCurve curve;
  };
  using Curves = std::vector<PlannedCurve *>;

  PlannedCurve &curveOf(const Problem &problem);
  Curves curvesOf(const std::vector<Problem> &problems);
  void sumUp(const Curves &curves);

  /// Those that were asked for last come first.
  std::list<Entry> entries;
  /// Of the last ones, as they were.
  std::vector<std::vector<CostPoint>> points;
  std::optional<SharedCurves> sums;
};

} // namespace bptt::planning

#endif // BPTT_PLANNING_SHAREDPLANNER_H
