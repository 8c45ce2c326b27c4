//===- PlannedCurve.h - Cost against bytes, as plans have it ----*- C++ -*-===//

#ifndef BPTT_PLANNING_PLANNEDCURVE_H
#define BPTT_PLANNING_PLANNEDCURVE_H

#include "bptt/Planning/SharedBudget.h"

namespace bptt::planning {

/// What optimal plans of a recurrence cost with numbers of kept bytes that do
/// not depend on any budget. Where the whole curve takes no longer than a
/// moment, it is known with every point at which the cost falls. Elsewhere
/// numbers are a few per cent apart, and what they cost is looked up where
/// someone asks; where nobody has, the curve has a lower bound.
///
/// Whoever looks for the best point takes the one that looks best, refines it,
/// and goes on until it is planned: everything else costs at least what the
/// curve says.
class PlannedCurve {
public:
  explicit PlannedCurve(Problem problem);

  /// Bytes rise and costs fall, from the floor up to plain BPTT; INT64_MAX
  /// stands for costs beyond 64 bits.
  std::vector<CostPoint> points() const;

  /// Whether it is known with every point at which the cost falls.
  bool isExact() const { return isWhole; }

  /// Of a point.
  bool isPlanned(int64_t keptBytes) const {
    return entries[indexOf(keptBytes)].state == State::Planned;
  }
  /// Makes that point dearer, or planned, or finds that some others are dearer.
  /// Points nearby may be planned with it.
  void refine(int64_t keptBytes);

private:
  enum class State {
    Unknown, ///< costs what the next one does, or more
    Bounded, ///< costs so much, or more
    Planned,
  };
  struct Entry {
    int64_t keptBytes;
    int64_t cost;
    State state;
  };

  void addEntries(llvm::ArrayRef<int64_t> grid);
  void makeChainEntries();
  void planChain(int64_t keptBytes);
  size_t indexOf(int64_t keptBytes) const;
  void settle(size_t index, int64_t cost, State state);

  Problem problem;
  std::vector<Entry> entries; ///< with rising bytes and costs that do not rise
  bool isWhole = false;
};

} // namespace bptt::planning

#endif // BPTT_PLANNING_PLANNEDCURVE_H
