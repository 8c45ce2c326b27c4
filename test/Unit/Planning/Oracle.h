//===- Oracle.h - Exhaustive search over all schedules ----------*- C++ -*-===//
//
// Shortest path over every state of the model's machine, for tiny problems. It
// knows neither stacks nor recurrences: items are kept anywhere and dropped at
// any time, as long as their bytes fit.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_TEST_UNIT_PLANNING_ORACLE_H
#define BPTT_TEST_UNIT_PLANNING_ORACLE_H

#include "bptt/Planning/Problem.h"

#include <optional>

namespace bptt::planning {

/// Least cost of advances, taped forwards and extra backward costs; nothing if
/// there is no schedule. At most 10 steps and 2 tape modes.
std::optional<int64_t> leastCost(const Problem &problem, int64_t keptBytes,
                                 int64_t inProgressMode);

/// The same with the fewest bytes copied into checkpoints at that cost.
struct LeastCost {
  int64_t cost, checkpointBytes;
};
std::optional<LeastCost> leastCostAndCopies(const Problem &problem,
                                            int64_t keptBytes,
                                            int64_t inProgressMode);

} // namespace bptt::planning

#endif // BPTT_TEST_UNIT_PLANNING_ORACLE_H
