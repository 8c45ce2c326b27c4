//===- Approximate.h - Plans where no exact table can be filled -*- C++ -*-===//

#ifndef BPTT_LIB_PLANNING_APPROXIMATE_H
#define BPTT_LIB_PLANNING_APPROXIMATE_H

#include "ExactPlan.h"
#include "ExactTable.h"
#include "Hull.h"

#include <map>

namespace bptt::planning {

/// Budgets up to twice one another are planned in the same units: exact ones,
/// or coarser ones into which sizes are rounded up.
struct Octave {
  int64_t leastBytes; ///< exclusive
  int64_t granuleBytes;
  bool isExact; ///< in its units
};

/// What is planned within the budgets of a part of an octave, from tables that
/// serve all of them. They follow from any of these budgets: each gets the same
/// plan whichever was asked for first.
class Stretch {
public:
  Stretch(const Request &request, const Octave &octave);

  /// Whether these budgets are in one stretch.
  static bool areNear(int64_t keptBytes, int64_t others) {
    return mostFor(keptBytes) == mostFor(others);
  }

  bool contains(int64_t keptBytes) const {
    return mostFor(keptBytes) == mostBytes;
  }

  /// On everything that is planned in the octave within the budget or less.
  int64_t lowerBound(int64_t keptBytes) const;

  /// The best plan that was found, guided by the bound; nothing where numbers
  /// are too large, or there are too many different runs (sequences of far more
  /// than a million steps). The same budget gives the same plan, but a larger
  /// one may give a slightly worse one.
  std::optional<Found> find(int64_t keptBytes);

private:
  static int64_t mostFor(int64_t keptBytes);
  Scaled scaledTo(int64_t keptBytes) const {
    return scale({problem, keptBytes, mode}, units.granuleBytes,
                 Rounding::Safe);
  }
  std::shared_ptr<const RunTable> shortRuns() const;

  const Problem &problem;
  int64_t mode;
  Octave units;
  int64_t mostBytes;
  std::shared_ptr<const Sums> sums;
  std::unique_ptr<const Hulls> hulls;
  std::shared_ptr<const RunTable> table; ///< made when first needed
};

/// The stretches of one problem, one at a time in memory, and what was asked
/// of them.
class Stretches {
public:
  Stretches(const Problem &problem, int64_t inProgressMode)
      : problem(problem), mode(inProgressMode) {}

  Octave octaveOf(int64_t keptBytes);

  /// No plan within the budget, and so none within a smaller one, recomputes
  /// for less than this.
  int64_t lowerBound(int64_t keptBytes);

  // As those of a Stretch.
  int64_t lowerBoundInUnits(int64_t keptBytes);
  std::optional<Found> find(int64_t keptBytes);

private:
  Request at(int64_t keptBytes) const { return {problem, keptBytes, mode}; }
  Stretch &stretchOf(int64_t keptBytes);

  const Problem &problem;
  int64_t mode;
  std::optional<Stretch> last;
  std::map<int64_t, Octave> octaves; ///< by the most bytes
  std::map<int64_t, int64_t> bounds, boundsInUnits;
  std::map<int64_t, std::optional<Found>> plans;
};

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_APPROXIMATE_H
