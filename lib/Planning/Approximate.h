//===- Approximate.h - Plans where no exact table can be filled -*- C++ -*-===//

#ifndef BPTT_LIB_PLANNING_APPROXIMATE_H
#define BPTT_LIB_PLANNING_APPROXIMATE_H

#include "Solution.h"

namespace bptt::planning {

/// A plan that was found, and what it recomputes in the problem's costs.
struct Found {
  std::shared_ptr<const Splitter> splitter;
  int64_t recomputeCost;
  Exactness exactness;
};

/// No plan within the budget, and so none within a smaller one, recomputes for
/// less than this.
int64_t recomputeLowerBound(const Request &request);

/// The best plan that the methods for long sequences find, looking no further
/// once it is close to `bound`. The same request gives the same plan, but a
/// larger budget may give a slightly worse one. Fails when the cost exceeds 64
/// bits.
llvm::Expected<Found> findApproximately(const Request &request, int64_t bound);

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_APPROXIMATE_H
