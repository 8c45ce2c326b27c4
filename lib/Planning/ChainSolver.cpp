//===- ChainSolver.cpp - Unequal steps ------------------------------------===//

#include "ChainSolver.h"

#include "Math.h"

#include "bptt/Planning/Solvers.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace bptt::planning;

/// Leading binary digits of budgets that tables, and sweeps within sweeps, are
/// made for. In long chains each takes seconds, and there are few.
static ChainDigits digitsFor(int64_t numSteps) {
  if (numSteps < 400)
    return {3, 9};
  return numSteps < 600 ? ChainDigits{2, 9} : ChainDigits{1, 5};
}

/// What numbers of so many leading binary digits, as large as `bytes`, are
/// whole multiples of.
static int64_t lastDigit(int64_t bytes, unsigned numDigits) {
  unsigned digits = llvm::Log2_64(std::max<int64_t>(bytes, 1)) + 1;
  return int64_t(1) << (digits - std::min(digits, numDigits));
}

static int64_t roundDown(int64_t bytes, unsigned numDigits) {
  int64_t digit = lastDigit(bytes, numDigits);
  return bytes / digit * digit;
}

ChainSolver::ChainSolver(const Problem &problem, const ChainLimits &limits,
                         int64_t mostBytes)
    : problem(problem), limits(limits), mostBytes(mostBytes), sums(problem),
      numDigits(digitsFor(problem.numSteps)) {}

int64_t ChainSolver::rungAbove(int64_t keptBytes) const {
  int64_t digit = lastDigit(keptBytes, numDigits.ofTables);
  return saturatingMul(ceilDiv(keptBytes, digit), digit);
}

int64_t ChainSolver::rungBelow(int64_t rung) const {
  return roundDown(rung - 1, numDigits.ofTables);
}

const ChainPlans &ChainSolver::plansUpTo(int64_t rung) {
  if (plansRung != rung) {
    plans.reset(); // before there are others
    plans.emplace(problem, sums, limits, rung);
    plansRung = rung;
  }
  return *plans;
}

const ChainBounds &ChainSolver::bounds() {
  if (!lazyBounds)
    lazyBounds.emplace(problem, sums, limits, mostBytes);
  return *lazyBounds;
}

/// With budgets of at most `most` bytes that the plans are for.
void ChainSolver::improve(const ChainPlans &plans, int64_t most,
                          ChainPlan &best) {
  int64_t least =
      std::max(minKeptBytes(problem), rungBelow(rungAbove(most)) + 1);
  for (int64_t bytes = roundDown(most, numDigits.ofSweeps);
       bytes >= least && bounds().boundFor(bytes) < best.cost;
       bytes = roundDown(bytes - 1, numDigits.ofSweeps)) {
    std::optional<ChainPlan> plan =
        plans.refined(bytes, best.cost, bounds().optimistic());
    if (plan && plan->cost < best.cost)
      best = std::move(*plan);
  }
}

ChainPlan ChainSolver::bestPlan(int64_t keptBytes) {
  int64_t rung = rungAbove(keptBytes), next = rungBelow(rung);
  const ChainPlans &within = plansUpTo(rung);
  ChainPlan best = within.best(keptBytes);
  if (within.isExact())
    return best;
  improve(within, keptBytes, best);
  // Lower budgets, which may be luckier.
  if (next >= minKeptBytes(problem) && bounds().boundFor(next) < best.cost) {
    if (belowRung != next)
      below = bestPlan(next);
    belowRung = next;
    if (below.cost < best.cost)
      best = below;
  }
  return best;
}

Solution ChainSolver::solve(int64_t keptBytes) {
  bool isExact = plansUpTo(rungAbove(keptBytes)).isExact();
  ChainPlan best = bestPlan(keptBytes);
  Solution solution;
  solution.splitter = best.tree;
  solution.exactness = Exactness::Exact;
  if (!isExact) {
    int64_t bound = bounds().boundFor(keptBytes);
    solution.recomputeCostLowerBound = bound;
    if (bound < best.cost)
      solution.exactness = Exactness::Macro;
  }
  return solution;
}

llvm::Expected<Solution> bptt::planning::solveChain(const Request &request) {
  llvm::Expected<ChainLimits> limits = ChainLimits::get(request.problem);
  if (!limits)
    return limits.takeError();
  return ChainSolver(request.problem, *limits, request.keptBytes)
      .solve(request.keptBytes);
}
