//===- SharedBound.h - What a shared budget saves at most -------*- C++ -*-===//

#ifndef BPTT_PLANNING_SHAREDBOUND_H
#define BPTT_PLANNING_SHAREDBOUND_H

#include "bptt/Planning/SharedBudget.h"

namespace bptt::planning {

/// Lower bounds on what recurrences that share a budget cost, for whoever asks
/// again and again with other costs of their backwards: these add to every
/// plan, so the curves stay. Of the optimal policy.
class SharedBound {
public:
  /// For budgets of up to `mostKeptBytes`.
  explicit SharedBound(int64_t mostKeptBytes) : mostKeptBytes(mostKeptBytes) {}

  /// What `problems`, which are the same ones every time up to their costs,
  /// cost at least within `keptBytes`; INT64_MAX if that is too little.
  int64_t costWithin(std::vector<Problem> problems, int64_t keptBytes);

  /// Whether the bounds of the problems that were asked for last are what they
  /// cost, or close to it. They are not where several recurrences, or a chain,
  /// have no exact curve.
  bool isClose() const { return areClose; }

private:
  void makeCurves(const std::vector<Problem> &problems);

  int64_t mostKeptBytes;
  std::vector<Problem> known;
  bool areClose = false;
  /// None where a single recurrence has no exact curve.
  std::optional<SharedCurves> curves;
};

} // namespace bptt::planning

#endif // BPTT_PLANNING_SHAREDBOUND_H
