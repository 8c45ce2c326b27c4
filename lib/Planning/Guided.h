//===- Guided.h - Plans for long sequences ----------------------*- C++ -*-===//

#ifndef BPTT_LIB_PLANNING_GUIDED_H
#define BPTT_LIB_PLANNING_GUIDED_H

#include "ExactTable.h"
#include "Hull.h"

namespace bptt::planning {

/// A plan whose every decision is the best, or one of the best few, by the
/// lower bound of what it leaves to be done; runs of at most `tableSteps` steps
/// are exact, from `table` (null for tableSteps = 1). Takes time in the number
/// of different runs, not of steps. Null when the costs overflow.
std::shared_ptr<const CostedSplitter>
makeGuided(const Scaled &scaled, std::shared_ptr<const Hull> hull,
           std::shared_ptr<const CostedSplitter> table, int64_t tableSteps);

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_GUIDED_H
