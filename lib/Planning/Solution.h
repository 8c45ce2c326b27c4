//===- Solution.h - What a policy hands to `solve` --------------*- C++ -*-===//

#ifndef BPTT_LIB_PLANNING_SOLUTION_H
#define BPTT_LIB_PLANNING_SOLUTION_H

#include "bptt/Planning/Plan.h"
#include "bptt/Planning/SharedBudget.h"
#include "bptt/Planning/Splitter.h"

namespace bptt::planning {

/// A question that was found well posed: 0 <= keptBytes, feasible for the
/// policy.
struct Request {
  const Problem &problem;
  int64_t keptBytes;
  int64_t inProgressMode;
};

struct Solution {
  std::shared_ptr<const Splitter> splitter;
  Exactness exactness = Exactness::ClosedForm;
  /// What the tree amounts to where a formula says it; used when summing up
  /// would take too long. checkpointBytes may be -1 for unknown.
  std::optional<TreeSummary> formula;
  /// Lower bound on advance cost + extra backward cost, where it is not what
  /// the plan costs.
  std::optional<int64_t> recomputeCostLowerBound;
};

/// Cost that every plan has: each step is taped and undone exactly once.
/// Saturates.
int64_t fixedCost(const Problem &problem);

/// What the plan amounts to; nothing where that is beyond 64 bits.
std::optional<TreeSummary>
sumUp(const Solution &solution, const Problem &problem, int64_t inProgressMode);

/// What a tree computes again, in the problem's costs. Saturates.
int64_t recomputeCost(const TreeSummary &sum);

// One for each policy; a failure says what is too long, too large, or not
// supported.
llvm::Expected<Solution> solveFull(const Request &request);
llvm::Expected<Solution> solveNone(const Request &request);
llvm::Expected<Solution> solveHsm(const Request &request);
llvm::Expected<Solution> solveIsm(const Request &request);
llvm::Expected<Solution> solveMsm(const Request &request);
llvm::Expected<Solution> solveChenSqrt(const Request &request);
llvm::Expected<Solution> solveChenRecursive(const Request &request);
llvm::Expected<Solution> solveOptimal(const Request &request);
llvm::Expected<Solution> solveChain(const Request &request);

/// What the fixed schemes keep, whatever the budget; equal steps or a chain.
int64_t chenSqrtKeptBytes(const Problem &problem);
int64_t chenRecursiveKeptBytes(const Problem &problem);

/// Slots that `keptBytes` pay for, at least 1 and no more than are of use.
int64_t slotsForBytes(const Problem &problem, Policy policy, int64_t keptBytes);

/// Bytes of one internal state as the paper counts it: residuals and the two
/// states around the step, in the cheapest mode. Equal steps only.
int64_t internalStateBytes(const Problem &problem);

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_SOLUTION_H
