//===- OptimalSolver.cpp - The byte-exact optimum, and near it ------------===//
//
// Exact where the table of ExactTable.h can be filled, or no tape can be kept.
// Beyond that, the best plan over a ladder of budgets: the rungs at or below
// the one that is given.
//
// More budget then never costs more: the rungs for a budget are among those for
// a larger one. Few of them are looked at, without losing that: what a rung has
// to offer is known to cost at least its lower bound, and so does everything
// below it, so the descent ends at the first rung whose bound is no less than
// what was found above it. Where it reaches budgets with an exact table, the
// largest of these is the last that matters. It starts from a plan of
// Segments.h, which is monotone by itself: at large budgets that leaves nothing
// to find. (Where the search gives up, at sequences of far more than a million
// steps, rungs are skipped.)
//
//===----------------------------------------------------------------------===//

#include "OptimalSolver.h"

#include "Math.h"
#include "Segments.h"

#include "bptt/Planning/Solvers.h"

using namespace bptt::planning;

namespace {

/// A bound within this part of what is bounded is close enough.
constexpr int64_t kClosePart = int64_t(1) << 13;
/// What is skipped after a search that gave up: this part of the budget.
constexpr int64_t kSkippedPart = 8;

/// The descent for one request.
class Ladder {
public:
  Ladder(const Request &request, const Rungs &rungs, Stretches &stretches)
      : problem(request.problem), mode(request.inProgressMode),
        above(std::min(request.keptBytes, fullKeptBytes(problem))),
        rungs(rungs), stretches(stretches) {}

  /// Where the descent starts from.
  llvm::Error considerSegments() {
    llvm::Expected<Solution> segments = solveSegments(at(above));
    if (!segments)
      return segments.takeError();
    consider({segments->splitter, recomputeCost(*segments->formula),
              Exactness::Window, segments->formula});
    return llvm::Error::success();
  }

  /// On every plan within the budget; not as close as could be where it says
  /// already that nothing better is left to find.
  int64_t lowerBound() {
    int64_t bound = firstSweepLowerBound(at(above)).value_or(0);
    if (holdsOneState(at(above)))
      if (auto states = keepingStatesOnly(at(above), Exactness::Window))
        return std::max(bound, states->recomputeCost - costOfTwoSteps());
    return improvesNot(bound) ? bound
                              : std::max(bound, stretches.lowerBound(above));
  }

  /// The best plan over the rungs at or below the budget, if there is one.
  std::optional<Found> climbDown() {
    while (step())
      ;
    return best;
  }

private:
  Request at(int64_t keptBytes) const { return {problem, keptBytes, mode}; }

  /// Of an advance and a step in progress.
  int64_t costOfTwoSteps() const {
    int64_t inProgress = tapeModeInProgress(problem, 0, mode);
    return problem.costs.advance +
           problem.tapeModes[inProgress].extraBackwardCost;
  }

  bool improvesNot(int64_t lowerBound) const {
    return best && lowerBound >= best->recomputeCost;
  }

  void consider(const Found &found) {
    if (!best || found.recomputeCost < best->recomputeCost)
      best = found;
  }

  /// Looks at the next rung; returns whether those below it may be better.
  bool step() {
    int64_t rung = rungs.below(above, stretches);
    if (improvesNot(firstSweepLowerBound(at(rung)).value_or(0)))
      return false;
    if (isExact(at(rung))) {
      Request largest = at(largestExactBudget(at(rung), rung, above + 1));
      if (!improvesNot(stretches.lowerBound(largest.keptBytes)))
        consider(*findExactly(largest));
      return false;
    }
    if (holdsNoTape(at(rung)) || holdsOneState(at(rung))) {
      if (auto states = keepingStatesOnly(at(rung), Exactness::Window))
        consider(*states);
      return false;
    }
    if (improvesNot(stretches.lowerBoundInUnits(rung))) {
      // In coarser units this bound says nothing of smaller octaves.
      Octave octave = stretches.octaveOf(rung);
      above = octave.leastBytes;
      return !octave.isExact && above >= minKeptBytes(problem) &&
             !improvesNot(stretches.lowerBound(above));
    }
    std::optional<Found> found = stretches.find(rung);
    if (found)
      consider(*found);
    above = rung - 1 - (found ? 0 : rung / kSkippedPart);
    return rung > minKeptBytes(problem) && above >= minKeptBytes(problem);
  }

  const Problem &problem;
  int64_t mode;
  int64_t above; ///< rungs beyond this are done
  std::optional<Found> best;
  const Rungs &rungs;
  Stretches &stretches;
};

} // namespace

/// Whether plain BPTT is possible and the best: not where the last step is to
/// be taped in a way that makes its backward dearer.
static bool keepsAllAtNoCost(const Request &request) {
  const Problem &problem = request.problem;
  if (request.keptBytes < fullKeptBytes(problem))
    return false;
  const std::vector<TapeMode> &modes = problem.tapeModes;
  int64_t mode = tapeModeInProgress(problem, 0, request.inProgressMode);
  return modes[mode].extraBackwardCost ==
         modes[cheapestTapeMode(modes)].extraBackwardCost;
}

llvm::Expected<Solution> OptimalSolver::solve(int64_t keptBytes) {
  Request request = at(keptBytes);
  if (keepsAllAtNoCost(request)) {
    llvm::Expected<Solution> full = solveFull(request);
    if (full)
      full->exactness = Exactness::Exact;
    return full;
  }
  Solution solution;
  if (std::optional<Found> exact = findExactly(request)) {
    solution.exactness = exact->exactness;
    solution.splitter = exact->splitter;
    solution.formula = exact->formula;
    return solution;
  }
  if (!rungs)
    rungs.emplace(problem);
  Ladder ladder(request, *rungs, stretches);
  llvm::Error failure = ladder.considerSegments();
  int64_t bound = ladder.lowerBound();
  std::optional<Found> best = ladder.climbDown();
  if (!best)
    return failure;
  llvm::consumeError(std::move(failure));
  solution.splitter = best->splitter;
  solution.formula = best->formula;
  solution.recomputeCostLowerBound = bound;
  solution.exactness =
      best->recomputeCost <= bound ? Exactness::Exact : best->exactness;
  if (best->exactness == Exactness::Exact && best->recomputeCost > bound)
    solution.exactness = Exactness::Window;
  return solution;
}

int64_t OptimalSolver::plannedCost(int64_t keptBytes) {
  constexpr int64_t none = std::numeric_limits<int64_t>::max();
  Request request = at(keptBytes);
  if (!keepsAllAtNoCost(request) && isExact(request)) {
    Scaled scaled = scale(request, exactGranule(problem), Rounding::Safe);
    if (scaled.allowance > mostUnits) {
      wholeRuns = makeRunTable(
          scaled, Sums::make(scaled, scaled.allowance, scaled.allowance + 1));
      mostUnits = scaled.allowance;
    }
    if (wholeRuns) {
      auto table = wholeRuns->within(scaled.allowance);
      int64_t cost = table->costOf(
          {0, scaled.numSteps, scaled.allowance, scaled.initialIsHeld});
      return saturatingMul(cost, scaled.costUnit);
    }
  }
  llvm::Expected<Solution> solution = solve(keptBytes);
  if (!solution) {
    llvm::consumeError(solution.takeError());
    return none;
  }
  std::optional<TreeSummary> sum = sumUp(*solution, problem, mode);
  return sum ? recomputeCost(*sum) : none;
}

int64_t OptimalSolver::lowerBound(int64_t keptBytes) {
  Request request = at(keptBytes);
  int64_t bound = firstSweepLowerBound(request).value_or(0);
  llvm::Expected<Solution> segments = solveSegments(request);
  if (!segments)
    llvm::consumeError(segments.takeError());
  else if (recomputeCost(*segments->formula) - bound <= bound / kClosePart)
    return bound;
  return std::max(bound, stretches.lowerBound(keptBytes));
}

llvm::Expected<Solution> bptt::planning::solveOptimal(const Request &request) {
  if (!request.problem.isChain())
    return OptimalSolver(request.problem, request.inProgressMode)
        .solve(request.keptBytes);
  if (request.keptBytes < fullKeptBytes(request.problem))
    return solveChain(request);
  llvm::Expected<Solution> full = solveFull(request);
  if (full)
    full->exactness = Exactness::Exact;
  return full;
}
