//===- Chain.cpp - Unequal steps, by intervals ----------------------------===//
//
// The recurrences of ExactTable.h with the interval [a, b) of steps in place of
// their number: S_a and E_{a,k} are the sizes at step a, w(a, c) what advancing
// from a to c costs.
//
//   F(a,a+1,m) = cheapest b of step a
//   F(a,b,m) = min{ min over k      b_{a,k} + F(a+1, b, m-S_a-E_{a,k}),
//                   min over a<c<b  w(a,c) + F(c, b, m-S_a) + F(a, c, m) }
//
// and A for intervals from 0 at the whole budget, with S_0 = 0 where the caller
// holds the initial state. The optimum is over plans that keep the initial
// state of an interval until the interval is done.
//
//===----------------------------------------------------------------------===//

#include "Math.h"
#include "Solution.h"

#include "bptt/Planning/Solvers.h"

#include "llvm/Support/ErrorHandling.h"

#include <algorithm>
#include <numeric>

using namespace bptt::planning;

namespace {

/// Inner iterations of one table, some half a second, and its size. Chains of
/// up to about 890 steps leave enough for a few units.
constexpr int64_t kMaxWork = int64_t(1) << 30;
constexpr int64_t kMinUnits = 8;
constexpr int64_t kMaxTableBytes = int64_t(1) << 29;
/// Points of a curve.
constexpr int64_t kMaxCurveUnits = 1024;
constexpr int64_t kInfeasible = int64_t(1) << 61;

class ChainTable final : public Splitter {
public:
  /// Sizes are rounded up and the budget down, or the other way round for a
  /// lower bound.
  ChainTable(const Problem &problem, int64_t keptBytes, int64_t granule,
             bool isSafe)
      : problem(problem), granule(granule), isSafe(isSafe),
        numSteps(problem.numSteps), units(inBudget(keptBytes)) {
    prefix.assign(numSteps + 1, 0);
    for (int64_t i = 0; i < numSteps; ++i)
      prefix[i + 1] = saturatingAdd(prefix[i], problem.costsAt(i).advance);
    rows.assign((units + 1) * numSteps * numSteps, kInfeasible);
    for (int64_t length = 1; length <= numSteps; ++length)
      for (int64_t a = 0; a + length <= numSteps; ++a)
        fill(a, a + length);
    held = heldAt(units);
  }

  int64_t allowance() const override { return units; }
  Split split(const Run &run) const override { return best(run, held).second; }

  int64_t cost() const { return costAt(units); }

  /// Of the whole chain within fewer bytes.
  int64_t costWithin(int64_t keptBytes) const {
    return costAt(inBudget(keptBytes));
  }

private:
  int64_t inBudget(int64_t bytes) const {
    return isSafe ? bytes / granule : ceilDiv(bytes, granule);
  }

  int64_t costAt(int64_t m) const {
    if (problem.initialState == InitialState::Held)
      return heldAt(m)[numSteps];
    return value({0, numSteps, m, false}, held);
  }

  /// A(0, b, m) for every b.
  std::vector<int64_t> heldAt(int64_t m) const {
    std::vector<int64_t> costs(numSteps + 1, kInfeasible);
    for (int64_t b = 1; b <= numSteps; ++b)
      costs[b] = best({0, b, m, true}, costs).first;
    return costs;
  }

  const int64_t *rowOf(int64_t a, int64_t b) const {
    return &rows[((b - 1) * numSteps + a) * (units + 1)];
  }

  /// F(a, b, m) for every m: the same minimum as `best`, units innermost.
  void fill(int64_t a, int64_t b) {
    const std::vector<TapeMode> &modes = problem.tapeModesAt(a);
    int64_t *row = &rows[((b - 1) * numSteps + a) * (units + 1)];
    if (b == a + 1) {
      std::fill_n(row, units + 1,
                  modes[cheapestTapeMode(modes)].extraBackwardCost);
      return;
    }
    int64_t own = inUnits(problem.stateBytesAt(a));
    for (const TapeMode &mode : modes) {
      int64_t used = own + inUnits(mode.residualBytes);
      const int64_t *rest = rowOf(a + 1, b);
      for (int64_t m = used; m <= units; ++m)
        row[m] = std::min(row[m], mode.extraBackwardCost + rest[m - used]);
    }
    for (int64_t c = a + 1; c < b; ++c) {
      const int64_t *right = rowOf(c, b), *left = rowOf(a, c);
      int64_t cost = prefix[c] - prefix[a];
      for (int64_t m = own; m <= units; ++m)
        row[m] = std::min(row[m], cost + right[m - own] + left[m]);
    }
    for (int64_t m = own; m <= units; ++m)
      row[m] = std::min(row[m], kInfeasible);
  }

  int64_t value(const Run &run, const std::vector<int64_t> &heldCosts) const {
    int64_t b = run.beginStep + run.numSteps;
    if (run.initialIsHeld)
      return heldCosts[b];
    return rowOf(run.beginStep, b)[run.allowance];
  }
  int64_t inUnits(int64_t bytes) const {
    return isSafe ? ceilDiv(bytes, granule) : bytes / granule;
  }

  std::pair<int64_t, Split> best(const Run &run,
                                 const std::vector<int64_t> &heldCosts) const {
    int64_t a = run.beginStep, b = a + run.numSteps;
    const std::vector<TapeMode> &modes = problem.tapeModesAt(a);
    Split split;
    if (run.numSteps == 1)
      return {modes[cheapestTapeMode(modes)].extraBackwardCost, split};
    int64_t least = kInfeasible;
    int64_t left = run.allowance -
                   (run.initialIsHeld ? 0 : inUnits(problem.stateBytesAt(a)));
    if (left < 0)
      return {least, split};
    for (size_t k = 0; k < modes.size(); ++k) {
      int64_t rest = left - inUnits(modes[k].residualBytes);
      if (rest < 0)
        continue;
      int64_t cost = modes[k].extraBackwardCost +
                     value({a + 1, run.numSteps - 1, rest, false}, heldCosts);
      if (cost < least) {
        least = cost;
        split = {0, true, int32_t(k), rest};
      }
    }
    for (int64_t c = a + 1; c < b; ++c) {
      Run first = run;
      first.numSteps = c - a;
      int64_t cost = prefix[c] - prefix[a] +
                     value({c, b - c, left, false}, heldCosts) +
                     value(first, heldCosts);
      if (cost < least) {
        least = cost;
        split = {c - a, false, 0, left};
      }
    }
    return {std::min(least, kInfeasible), split};
  }

  Problem problem;
  int64_t granule;
  bool isSafe;
  int64_t numSteps, units;
  std::vector<int64_t> prefix; ///< advance costs summed
  std::vector<int64_t> rows;   ///< F, [last step][first step][units]
  std::vector<int64_t> held;   ///< A at the whole budget, [end]
};

} // namespace

static int64_t chainGranule(const Problem &problem) {
  int64_t granule = 0;
  for (const ChainStep &step : problem.chain) {
    granule = std::gcd(granule, step.stateBytes);
    for (const TapeMode &mode : step.tapeModes)
      granule = std::gcd(granule, mode.residualBytes);
  }
  return granule;
}

/// The best plan over granules that are twice the finest again and again, each
/// with the largest budget for which it is fine enough; the coarsest with the
/// whole. A granule's plans never get worse with more budget, and a coarser
/// granule is only asked beside the finer ones, so the best of them does not
/// either. What the budget of a finer granule cannot improve on is not asked.
static Solution climbDown(const Problem &problem, int64_t keptBytes,
                          int64_t maxUnits) {
  int64_t finest = chainGranule(problem), granule = finest;
  while (keptBytes / granule > maxUnits)
    granule *= 2;
  Solution solution;
  auto table = std::make_shared<ChainTable>(problem, keptBytes, granule, true);
  solution.exactness = Exactness::Exact;
  solution.splitter = table;
  if (granule == finest)
    return solution;
  solution.exactness = Exactness::Macro;
  ChainTable below(problem, keptBytes, granule, false);
  solution.recomputeCostLowerBound = below.cost();
  int64_t cost = table->cost();
  while (granule > finest) {
    granule /= 2;
    int64_t finerBytes = maxUnits * granule + granule - 1;
    if (below.costWithin(finerBytes) >= cost)
      break;
    auto finer =
        std::make_shared<ChainTable>(problem, finerBytes, granule, true);
    if (finer->cost() >= cost)
      continue;
    cost = finer->cost();
    solution.splitter = finer;
  }
  return solution;
}

/// Units for which a table can be filled; fails where there are too few, or
/// costs are too large.
static llvm::Expected<int64_t> maxChainUnits(const Problem &problem) {
  int64_t n = problem.numSteps, costs = 0;
  for (const ChainStep &step : problem.chain) {
    costs = saturatingAdd(costs, step.costs.advance);
    for (const TapeMode &mode : step.tapeModes)
      costs = saturatingAdd(costs, mode.extraBackwardCost);
  }
  if (saturatingMul(costs, n) >= kInfeasible / 4)
    return llvm::createStringError("the cost of " + llvm::Twine(n) +
                                   " steps exceeds 64 bits");
  int64_t cube = saturatingMul(saturatingMul(n, n), n) / 6 + 1;
  int64_t maxUnits =
      std::min(kMaxWork / cube, kMaxTableBytes / (8 * n * n)) - 1;
  if (maxUnits < kMinUnits)
    return llvm::createStringError("a chain of " + llvm::Twine(n) +
                                   " unequal steps is too long for a table");
  return maxUnits;
}

llvm::Expected<Solution> bptt::planning::solveChain(const Request &request) {
  llvm::Expected<int64_t> maxUnits = maxChainUnits(request.problem);
  if (!maxUnits)
    return maxUnits.takeError();
  return climbDown(request.problem,
                   std::min(request.keptBytes, fullKeptBytes(request.problem)),
                   *maxUnits);
}

std::vector<CostPoint> bptt::planning::chainCurve(const Problem &problem) {
  llvm::Expected<int64_t> maxUnits = maxChainUnits(problem);
  if (!maxUnits) {
    llvm::consumeError(maxUnits.takeError());
    return {};
  }
  int64_t full = fullKeptBytes(problem), granule = chainGranule(problem);
  while (full / granule > std::min(*maxUnits, kMaxCurveUnits))
    granule *= 2;
  ChainTable table(problem, full, granule, /*isSafe=*/true);
  int64_t fixed = 0;
  for (const ChainStep &step : problem.chain)
    fixed = saturatingAdd(fixed, step.costs.taped + step.costs.backward);
  std::vector<CostPoint> curve;
  auto add = [&](int64_t bytes, int64_t cost) {
    if (curve.empty() || cost < curve.back().cost)
      curve.push_back({bytes, cost});
  };
  // The floor is a point, whatever sizes are rounded to.
  int64_t least = minKeptBytes(problem);
  if (llvm::Expected<Plan> plan = solve(problem, Policy::Optimal, least))
    add(least, plan->cost);
  else
    llvm::consumeError(plan.takeError());
  for (int64_t bytes = ceilDiv(least, granule) * granule; bytes < full;
       bytes += granule)
    if (int64_t cost = table.costWithin(bytes); cost < kInfeasible)
      add(bytes, saturatingAdd(fixed, cost));
  add(full, plainCost(problem));
  return curve;
}
