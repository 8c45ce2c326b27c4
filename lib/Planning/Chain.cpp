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

/// Inner iterations of a table: of the finest one, some three seconds, which
/// alone does where it is enough, and of others, some half a second. Chains of
/// up to about 890 steps leave enough for a few units.
constexpr int64_t kMaxExactWork = int64_t(1) << 32;
constexpr int64_t kMaxWork = int64_t(1) << 30;
constexpr int64_t kMinUnits = 8;
constexpr int64_t kMaxTableBytes = int64_t(1) << 29;
/// Ends of intervals that are looked at together.
constexpr int64_t kEnds = 8;
/// Points of a curve.
constexpr int64_t kMaxCurveUnits = 1024;
/// What costs saturate at. Three of them can be added.
constexpr int64_t kInfeasible = int64_t(1) << 61;
/// Whole numbers below this are exact in floating point, of which every
/// processor finds several minima at once.
constexpr int64_t kMaxDouble = int64_t(1) << 53;

/// `Cost` is double, or int64_t where costs are too large for that.
template <typename Cost>
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
      prefix[i + 1] = prefix[i] + problem.costsAt(i).advance;
    nothing.assign(units + 1, 0);
    rows.assign((units + 1) * countRuns(numSteps), kNever);
    for (int64_t first = 1; first <= numSteps; first += kEnds) {
      int64_t last = std::min(first + kEnds - 1, numSteps);
      for (int64_t a = last; a-- > 0;)
        fill(a, std::max(first, a + 1), last);
    }
    held = heldAt(units);
  }

  int64_t allowance() const override { return units; }
  Split split(const Run &run) const override { return best(run, held).second; }

  /// How many intervals of `n` steps there are.
  static int64_t countRuns(int64_t n) { return n * (n + 1) / 2; }

  int64_t cost() const { return asNumber(costAt(units)); }

  /// Of the whole chain within fewer bytes.
  int64_t costWithin(int64_t keptBytes) const {
    return asNumber(costAt(inBudget(keptBytes)));
  }

private:
  static constexpr Cost kNever = Cost(kInfeasible);

  static int64_t asNumber(Cost cost) {
    return cost < kNever ? int64_t(cost) : kInfeasible;
  }

  int64_t inBudget(int64_t bytes) const {
    return isSafe ? bytes / granule : ceilDiv(bytes, granule);
  }

  Cost costAt(int64_t m) const {
    if (problem.initialState == InitialState::Held)
      return heldAt(m)[numSteps];
    return value({0, numSteps, m, false}, held);
  }

  /// A(0, b, m) for every b.
  std::vector<Cost> heldAt(int64_t m) const {
    std::vector<Cost> costs(numSteps + 1, kNever);
    for (int64_t b = 1; b <= numSteps; ++b)
      costs[b] = best({0, b, m, true}, costs).first;
    return costs;
  }

  Cost *rowOf(int64_t a, int64_t b) {
    return &rows[(countRuns(b - 1) + a) * (units + 1)];
  }
  const Cost *rowOf(int64_t a, int64_t b) const {
    return const_cast<ChainTable *>(this)->rowOf(a, b);
  }

  /// The right part in `used` units less, the left one in all of them.
  void join(int64_t used, Cost cost, const Cost *right, const Cost *left,
            Cost *__restrict row) const {
    for (int64_t m = used; m <= units; ++m) {
      Cost sum = cost + right[m - used] + left[m];
      row[m] = sum < row[m] ? sum : row[m];
    }
  }

  /// F(a, b, m) for every m and b from `first` to `last`: the same minimum as
  /// `best`, units innermost. Ends in turn, so that a left part that was
  /// fetched from memory serves all of them.
  void fill(int64_t a, int64_t first, int64_t last) {
    const std::vector<TapeMode> &modes = problem.tapeModesAt(a);
    for (int64_t b = first; b <= last; ++b) {
      if (b == a + 1)
        std::fill_n(rowOf(a, b), units + 1,
                    modes[cheapestTapeMode(modes)].extraBackwardCost);
      else
        for (const TapeMode &mode : modes)
          join(tapeUnits(a, mode), mode.extraBackwardCost, rowOf(a + 1, b),
               nothing.data(), rowOf(a, b));
    }
    int64_t own = inUnits(problem.stateBytesAt(a));
    for (int64_t c = a + 1; c < last; ++c)
      for (int64_t b = std::max(first, c + 1); b <= last; ++b)
        join(own, prefix[c] - prefix[a], rowOf(c, b), rowOf(a, c), rowOf(a, b));
  }

  Cost value(const Run &run, const std::vector<Cost> &heldCosts) const {
    int64_t b = run.beginStep + run.numSteps;
    if (run.initialIsHeld)
      return heldCosts[b];
    return rowOf(run.beginStep, b)[run.allowance];
  }
  int64_t inUnits(int64_t bytes) const {
    return isSafe ? ceilDiv(bytes, granule) : bytes / granule;
  }
  /// A tape and the state before it are one piece, rounded once.
  int64_t tapeUnits(int64_t step, const TapeMode &mode,
                    bool isHeld = false) const {
    int64_t state = isHeld ? 0 : problem.stateBytesAt(step);
    return inUnits(saturatingAdd(state, mode.residualBytes));
  }

  std::pair<Cost, Split> best(const Run &run,
                              const std::vector<Cost> &heldCosts) const {
    int64_t a = run.beginStep, b = a + run.numSteps;
    const std::vector<TapeMode> &modes = problem.tapeModesAt(a);
    Split split;
    if (run.numSteps == 1)
      return {Cost(modes[cheapestTapeMode(modes)].extraBackwardCost), split};
    Cost least = kNever;
    for (size_t k = 0; k < modes.size(); ++k) {
      int64_t rest = run.allowance - tapeUnits(a, modes[k], run.initialIsHeld);
      if (rest < 0)
        continue;
      Cost cost = modes[k].extraBackwardCost +
                  value({a + 1, run.numSteps - 1, rest, false}, heldCosts);
      if (cost < least) {
        least = cost;
        split = {0, true, int32_t(k), rest};
      }
    }
    int64_t left = run.allowance -
                   (run.initialIsHeld ? 0 : inUnits(problem.stateBytesAt(a)));
    for (int64_t c = a + 1; left >= 0 && c < b; ++c) {
      Run first = run;
      first.numSteps = c - a;
      Cost cost = prefix[c] - prefix[a] +
                  value({c, b - c, left, false}, heldCosts) +
                  value(first, heldCosts);
      if (cost < least) {
        least = cost;
        split = {c - a, false, 0, left};
      }
    }
    return {std::min(least, kNever), split};
  }

  Problem problem;
  int64_t granule;
  bool isSafe;
  int64_t numSteps, units;
  std::vector<Cost> prefix;  ///< advance costs summed
  std::vector<Cost> nothing; ///< what no steps cost, [units]
  std::vector<Cost> rows;    ///< F, [last step][first step][units]
  std::vector<Cost> held;    ///< A at the whole budget, [end]
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

/// Units for which tables can be filled.
struct TableLimits {
  int64_t finest, others;
  /// Whether costs are exact in floating point.
  bool isDouble;

  static llvm::Expected<TableLimits> get(const Problem &problem);
};

/// Fails where there are too few units, or costs are too large.
llvm::Expected<TableLimits> TableLimits::get(const Problem &problem) {
  int64_t n = problem.numSteps, costs = 0;
  for (const ChainStep &step : problem.chain) {
    costs = saturatingAdd(costs, step.costs.advance);
    for (const TapeMode &mode : step.tapeModes)
      costs = saturatingAdd(costs, mode.extraBackwardCost);
  }
  costs = saturatingMul(costs, n);
  if (costs >= kInfeasible / 4)
    return llvm::createStringError("the cost of " + llvm::Twine(n) +
                                   " steps exceeds 64 bits");
  int64_t cube = saturatingMul(saturatingMul(n, n), n) / 6 + 1;
  int64_t inMemory = kMaxTableBytes / (4 * n * (n + 1));
  TableLimits limits{std::min(kMaxExactWork / cube, inMemory) - 1,
                     std::min(kMaxWork / cube, inMemory) - 1,
                     costs < kMaxDouble};
  if (limits.others < kMinUnits)
    return llvm::createStringError("a chain of " + llvm::Twine(n) +
                                   " unequal steps is too long for a table");
  return limits;
}

/// The best plan over granules that are twice the finest again and again, each
/// with the largest budget for which it is fine enough; the coarsest with the
/// whole. A granule's plans never get worse with more budget, and a coarser
/// granule is only asked beside the finer ones, so the best of them does not
/// either. What the budget of a finer granule cannot improve on is not asked.
template <typename Cost>
static Solution climbDown(const Problem &problem, int64_t keptBytes,
                          const TableLimits &limits) {
  int64_t finest = chainGranule(problem), granule = finest;
  if (keptBytes / finest > limits.finest)
    do
      granule *= 2;
    while (keptBytes / granule > limits.others);
  Solution solution;
  auto table =
      std::make_shared<ChainTable<Cost>>(problem, keptBytes, granule, true);
  solution.exactness = Exactness::Exact;
  solution.splitter = table;
  if (granule == finest)
    return solution;
  solution.exactness = Exactness::Macro;
  ChainTable<Cost> below(problem, keptBytes, granule, false);
  solution.recomputeCostLowerBound = below.cost();
  int64_t cost = table->cost();
  while (granule > finest) {
    granule /= 2;
    int64_t units = granule == finest ? limits.finest : limits.others;
    int64_t finerBytes = units * granule + granule - 1;
    if (below.costWithin(finerBytes) >= cost)
      break;
    auto finer =
        std::make_shared<ChainTable<Cost>>(problem, finerBytes, granule, true);
    if (finer->cost() >= cost)
      continue;
    cost = finer->cost();
    solution.splitter = finer;
  }
  return solution;
}

llvm::Expected<Solution> bptt::planning::solveChain(const Request &request) {
  llvm::Expected<TableLimits> limits = TableLimits::get(request.problem);
  if (!limits)
    return limits.takeError();
  auto climb = limits->isDouble ? climbDown<double> : climbDown<int64_t>;
  return climb(request.problem, request.keptBytes, *limits);
}

/// What recomputation costs, for every budget of whole granules from `least` to
/// below `full` for which there is a plan.
template <typename Cost>
static std::vector<CostPoint> tabulate(const Problem &problem, int64_t least,
                                       int64_t full, int64_t granule) {
  ChainTable<Cost> table(problem, full, granule, /*isSafe=*/true);
  std::vector<CostPoint> costs;
  for (int64_t bytes = ceilDiv(least, granule) * granule; bytes < full;
       bytes += granule)
    if (int64_t cost = table.costWithin(bytes); cost < kInfeasible)
      costs.push_back({bytes, cost});
  return costs;
}

std::vector<CostPoint> bptt::planning::chainCurve(const Problem &problem) {
  llvm::Expected<TableLimits> limits = TableLimits::get(problem);
  if (!limits) {
    llvm::consumeError(limits.takeError());
    return {};
  }
  int64_t full = fullKeptBytes(problem), granule = chainGranule(problem);
  while (full / granule > std::min(limits->others, kMaxCurveUnits))
    granule *= 2;
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
  auto costs = limits->isDouble ? tabulate<double> : tabulate<int64_t>;
  for (CostPoint point : costs(problem, least, full, granule))
    add(point.keptBytes, saturatingAdd(fixed, point.cost));
  add(full, plainCost(problem));
  return curve;
}
