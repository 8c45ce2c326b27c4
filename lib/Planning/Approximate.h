//===- Approximate.h - Plans where no exact table can be filled -*- C++ -*-===//

#ifndef BPTT_LIB_PLANNING_APPROXIMATE_H
#define BPTT_LIB_PLANNING_APPROXIMATE_H

#include "Hull.h"

namespace bptt::planning {

/// A plan that was found, and what it recomputes in the problem's costs.
struct Found {
  std::shared_ptr<const Splitter> splitter;
  int64_t recomputeCost;
  Exactness exactness;
  /// What it amounts to where a formula says it.
  std::optional<TreeSummary> formula;
};

/// No plan within the budget, and so none within a smaller one, recomputes for
/// less than this.
int64_t recomputeLowerBound(const Request &request);

/// Budgets up to twice one another are planned in the same units: exact ones,
/// or coarser ones into which sizes are rounded up.
struct Octave {
  int64_t leastBytes; ///< exclusive
  int64_t granuleBytes;
  bool isExact; ///< in its units
};
Octave octaveOf(const Request &request);

/// The problem of one budget in the units of its octave, with a lower bound on
/// everything that is planned in that octave within the same budget or less.
class Approximation {
public:
  Approximation(const Request &request, const Octave &octave);

  int64_t lowerBound() const;

  /// The best plan that was found, guided by the bound; nothing where numbers
  /// are too large, or there are too many different runs (sequences of far more
  /// than a million steps). The same request gives the same plan, but a larger
  /// budget may give a slightly worse one.
  std::optional<Found> find() const;

private:
  Octave octave;
  Scaled scaled;
  std::shared_ptr<const Hull> hull;
};

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_APPROXIMATE_H
