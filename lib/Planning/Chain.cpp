//===- Chain.cpp - Unequal steps ------------------------------------------===//
//
// The plans of ChainPlans.h, of which the best is taken, and what no plan is
// better than.
//
// More budget never costs more: a table serves all budgets up to a rung, which
// has few leading digits, and has more plans with every byte. Sweeps within
// sweeps are made for every budget of somewhat more digits, and serve all above
// it. What lies below is asked too, unless bounds say that it cannot be better.
//
//===----------------------------------------------------------------------===//

#include "ChainBounds.h"
#include "ChainPlans.h"
#include "Math.h"
#include "Solution.h"

#include "bptt/Planning/Solvers.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace bptt::planning;

/// From here on a table takes seconds, and few are made.
static constexpr int64_t kManySteps = 600;

namespace {

/// Numbers of bytes with few leading binary digits.
class Ladder {
public:
  explicit Ladder(unsigned numDigits) : numDigits(numDigits) {}

  /// The least rung that is at least `bytes`.
  int64_t above(int64_t bytes) const {
    int64_t digit = digitOf(bytes);
    return saturatingMul(ceilDiv(bytes, digit), digit);
  }

  /// The largest rung that is at most `bytes`.
  int64_t below(int64_t bytes) const {
    int64_t digit = digitOf(bytes);
    return bytes / digit * digit;
  }

private:
  /// What rungs there are whole multiples of.
  int64_t digitOf(int64_t bytes) const {
    unsigned digits = llvm::Log2_64(std::max<int64_t>(bytes, 1)) + 1;
    return int64_t(1) << (digits - std::min(digits, numDigits));
  }

  unsigned numDigits;
};

class ChainSolver {
public:
  ChainSolver(const Request &request, const ChainLimits &limits)
      : problem(request.problem), keptBytes(request.keptBytes), limits(limits),
        sums(request.problem) {
    if (problem.numSteps >= kManySteps) {
      tableLadder = Ladder(1);
      sweepLadder = Ladder(5);
    }
  }

  Solution solve() {
    Solution solution;
    solution.exactness = Exactness::Exact;
    int64_t rung = tableLadder.above(keptBytes);
    ChainPlans plans(problem, sums, limits, rung);
    best = plans.best(keptBytes);
    if (!plans.isExact()) {
      ChainBounds bounds(problem, sums, limits, keptBytes);
      improve(plans, keptBytes, bounds);
      // Lower budgets, which may be luckier.
      int64_t least = minKeptBytes(problem);
      while ((rung = tableLadder.below(rung - 1)) >= least &&
             bounds.boundFor(rung) < best.cost) {
        ChainPlans below(problem, sums, limits, rung);
        take(below.best(rung));
        improve(below, rung, bounds);
      }
      int64_t bound = bounds.boundFor(keptBytes);
      solution.recomputeCostLowerBound = bound;
      if (bound < best.cost)
        solution.exactness = Exactness::Macro;
    }
    solution.splitter = best.tree;
    return solution;
  }

private:
  void take(ChainPlan plan) {
    if (plan.cost < best.cost)
      best = std::move(plan);
  }

  /// With budgets of at most `most` bytes that the plans are for.
  void improve(const ChainPlans &plans, int64_t most, const ChainBounds &bounds) {
    int64_t least =
        std::max(minKeptBytes(problem),
                 tableLadder.below(tableLadder.above(most) - 1) + 1);
    for (int64_t bytes = sweepLadder.below(most);
         bytes >= least && bounds.boundFor(bytes) < best.cost;
         bytes = sweepLadder.below(bytes - 1))
      if (std::optional<ChainPlan> plan =
              plans.refined(bytes, best.cost, bounds.optimistic()))
        take(std::move(*plan));
  }

  const Problem &problem;
  int64_t keptBytes;
  const ChainLimits &limits;
  ChainSums sums;
  /// Budgets that tables are made for, and sweeps within sweeps.
  Ladder tableLadder{3}, sweepLadder{9};
  ChainPlan best;
};

} // namespace

llvm::Expected<Solution> bptt::planning::solveChain(const Request &request) {
  llvm::Expected<ChainLimits> limits = ChainLimits::get(request.problem);
  if (!limits)
    return limits.takeError();
  return ChainSolver(request, *limits).solve();
}
