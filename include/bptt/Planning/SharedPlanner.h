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
    bool isExact;                   ///< no other bytes were worth a look
  };

  /// The cheapest points of the recurrences' curves within `keptBytes`, which
  /// are the floors' at least; all of them are planned. More bytes never cost
  /// more.
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
