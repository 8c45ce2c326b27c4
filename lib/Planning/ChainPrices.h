//===- ChainPrices.h - Bounds by a price for bytes --------------*- C++ -*-===//

#ifndef BPTT_LIB_PLANNING_CHAINPRICES_H
#define BPTT_LIB_PLANNING_CHAINPRICES_H

#include "bptt/Planning/Problem.h"

namespace bptt::planning {

/// Lower bound on the recomputation of a chain that keeps at most `keptBytes`.
/// Close to the optimum where much is kept; takes some `maxWork` operations.
int64_t pricedLowerBound(const Problem &problem, int64_t keptBytes,
                         int64_t maxWork);

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_CHAINPRICES_H
