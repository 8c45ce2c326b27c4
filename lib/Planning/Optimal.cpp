//===- Optimal.cpp - The byte-exact optimum -------------------------------===//
//
// With S the bytes of a state and E_k, b_k the residual bytes and extra
// backward cost of tape mode k, a the cost of an advance:
//
//   F(1,m) = A(1,m) = b of the mode in progress
//   F(t,m) = min{ min over k  b_k + F(t-1, m-S-E_k),
//                 min over 1<=y<t  a y + F(t-y, m-S) + F(y, m) },  m >= S
//   A(t,m) = min{ min over k  b_k + F(t-1, m-E_k),
//                 min over 1<=y<t  a y + F(t-y, m) + A(y, m) }
//
// F keeps and counts the initial state of the run, A has it from the caller.
// The cost of the taped forward is left out: every step is taped exactly once.
// At equal cost, fewer checkpoints: costs are scaled, and a kept state adds 1.
//
//===----------------------------------------------------------------------===//

#include "Math.h"
#include "Solution.h"

#include "bptt/Planning/Solvers.h"

#include <algorithm>
#include <numeric>

using namespace bptt::planning;

namespace {

/// Inner iterations that a table may take: a few seconds.
constexpr int64_t kMaxWork = int64_t(1) << 34;
/// Bytes that a table may take.
constexpr int64_t kMaxTableBytes = int64_t(1) << 29;

/// The problem in units: bytes over a common divisor, costs over theirs.
struct Scaled {
  int64_t numSteps;
  int64_t allowance;              // units
  int64_t stateUnits;             // S
  std::vector<int64_t> tapeUnits; // E_k
  std::vector<int64_t> tapeCosts; // b_k
  int64_t advanceCost;            // a
  int64_t inProgressCost;         // b of the mode in progress
  int64_t checkpointCost;         // 1, or 0 where it would not fit
  bool initialIsHeld;
};

/// Least x[i] + y[i]; n >= 1.
template <typename Value>
Value minSum(const Value *x, const Value *y, int64_t n) {
  Value least = x[0] + y[0];
  for (int64_t i = 1; i < n; ++i)
    least = std::min<Value>(least, x[i] + y[i]);
  return least;
}

template <typename Value>
class Table final : public Splitter {
public:
  static constexpr Value kInfeasible = std::numeric_limits<Value>::max() / 4;

  explicit Table(Scaled scaled) : p(std::move(scaled)) {
    rows.resize(p.allowance + 1);
    markNeeded();
    for (int64_t m = 0; m <= p.allowance; ++m)
      if (isNeeded[m])
        fill(rows[m], m, p.stateUnits, rows);
    if (p.initialIsHeld)
      fill(held, p.allowance, 0, rows);
  }

  int64_t allowance() const override { return p.allowance; }

  Split split(const Run &run) const override {
    const std::vector<Value> &own =
        run.initialIsHeld ? held : rows[run.allowance];
    int64_t t = run.numSteps;
    int64_t left = run.allowance - (run.initialIsHeld ? 0 : p.stateUnits);
    for (size_t k = 0; k < p.tapeUnits.size(); ++k)
      if (left >= p.tapeUnits[k] &&
          asRight(left - p.tapeUnits[k], t - 1) + p.tapeCosts[k] == own[t])
        return {0, true, int32_t(k), left - p.tapeUnits[k]};
    for (int64_t y = 1; y < t; ++y)
      if (asLeft(own, y) + asRight(left, t - y) == own[t])
        return {y, false, 0, left};
    llvm_unreachable("a value of the table comes from one of its splits");
  }

private:
  /// A row is needed when a run can be left with that many units.
  void markNeeded() {
    isNeeded.assign(p.allowance + 1, false);
    auto mark = [&](int64_t units) {
      if (units >= 0)
        isNeeded[units] = true;
    };
    mark(p.allowance);
    if (p.initialIsHeld)
      for (int64_t tape : p.tapeUnits)
        mark(p.allowance - tape);
    for (int64_t m = p.allowance; m >= 0; --m) {
      if (!isNeeded[m])
        continue;
      mark(m - p.stateUnits);
      for (int64_t tape : p.tapeUnits)
        mark(m - p.stateUnits - tape);
    }
  }

  /// F as the right-hand run: with the copy that keeps its initial state.
  Value asRight(int64_t m, int64_t t) const {
    return rows[m][t] + (t > 1 ? p.checkpointCost : 0);
  }
  /// F or A as the left-hand run: with the advance over it.
  Value asLeft(const std::vector<Value> &own, int64_t y) const {
    return own[y] + Value(y * p.advanceCost);
  }

  /// The row for m units, `ownUnits` of which are the run's initial state.
  void fill(std::vector<Value> &row, int64_t m, int64_t ownUnits,
            const std::vector<std::vector<Value>> &right) {
    int64_t numSteps = p.numSteps, left = m - ownUnits;
    row.assign(numSteps + 1, kInfeasible);
    row[0] = 0;
    if (numSteps >= 1)
      row[1] = p.inProgressCost;
    if (left < 0)
      return;
    // lefts[y] = F(y, m) + a y; reversed[numSteps - t] = F(t, left), so that
    // both run forwards in the inner loop.
    std::vector<Value> lefts(numSteps + 1), reversed(numSteps + 1);
    for (int64_t t = 1; t <= numSteps; ++t)
      reversed[numSteps - t] = right.empty() ? 0 : asRight(left, t);
    for (int64_t t = 2; t <= numSteps; ++t) {
      lefts[t - 1] = asLeft(row, t - 1);
      Value least = minSum(&lefts[1], &reversed[numSteps - t + 1], t - 1);
      for (size_t k = 0; k < p.tapeUnits.size(); ++k)
        if (left >= p.tapeUnits[k])
          least = std::min<Value>(least, asRight(left - p.tapeUnits[k], t - 1) +
                                             p.tapeCosts[k]);
      row[t] = std::min(least, kInfeasible);
    }
  }

  Scaled p;
  std::vector<bool> isNeeded;
  std::vector<std::vector<Value>> rows; ///< F, [units][steps]
  std::vector<Value> held;              ///< A at the whole allowance
};

} // namespace

static Scaled scale(const Request &request) {
  const Problem &problem = request.problem;
  int64_t granule = problem.stateBytes, costUnit = problem.costs.advance;
  for (const TapeMode &mode : problem.tapeModes) {
    granule = std::gcd(granule, mode.residualBytes);
    costUnit = std::gcd(costUnit, mode.extraBackwardCost);
  }
  Scaled scaled;
  scaled.numSteps = problem.numSteps;
  scaled.allowance =
      std::min(request.keptBytes, fullKeptBytes(problem)) / granule;
  scaled.stateUnits = problem.stateBytes / granule;
  for (const TapeMode &mode : problem.tapeModes) {
    scaled.tapeUnits.push_back(mode.residualBytes / granule);
    scaled.tapeCosts.push_back(mode.extraBackwardCost / costUnit);
  }
  scaled.advanceCost = problem.costs.advance / costUnit;
  int64_t mode = tapeModeInProgress(problem, 0, request.inProgressMode);
  scaled.inProgressCost = scaled.tapeCosts[mode];
  scaled.checkpointCost = 0;
  scaled.initialIsHeld = problem.initialState == InitialState::Held;
  return scaled;
}

/// Most that any entry of the table can be: keep nothing, recompute all.
static int64_t largestValue(const Scaled &scaled) {
  int64_t t = scaled.numSteps;
  return saturatingAdd(
      saturatingMul(saturatingMul(t, t) / 2 + 1, scaled.advanceCost),
      saturatingMul(t, scaled.inProgressCost));
}

/// Costs times numSteps leave room for the number of checkpoints, which is
/// less.
static Scaled withCheckpointCost(Scaled scaled) {
  int64_t factor = std::max<int64_t>(scaled.numSteps, 1);
  for (int64_t &cost : scaled.tapeCosts)
    cost = saturatingMul(cost, factor);
  scaled.advanceCost = saturatingMul(scaled.advanceCost, factor);
  scaled.inProgressCost = saturatingMul(scaled.inProgressCost, factor);
  scaled.checkpointCost = 1;
  return scaled;
}

llvm::Expected<Solution> bptt::planning::solveOptimal(const Request &request) {
  const Problem &problem = request.problem;
  if (problem.isChain())
    return llvm::createStringError(
        "chains are not planned by policy 'optimal'");
  if (request.keptBytes >= fullKeptBytes(problem))
    return solveFull(request);
  Scaled scaled = scale(request);
  int64_t t = problem.numSteps;
  if (saturatingMul(saturatingMul(t, t) / 2, scaled.allowance + 1) > kMaxWork ||
      saturatingMul(saturatingMul(t, 8), scaled.allowance + 1) > kMaxTableBytes)
    return llvm::createStringError(
        "an exact table for " + llvm::Twine(t) + " steps and " +
        llvm::Twine(scaled.allowance) + " units of memory is too large");
  Scaled fine = withCheckpointCost(scaled);
  auto fits = [](const Scaled &s, auto value) {
    return largestValue(s) < Table<decltype(value)>::kInfeasible;
  };
  Solution solution;
  solution.exactness = Exactness::Exact;
  if (fits(fine, int32_t()))
    solution.splitter = std::make_shared<Table<int32_t>>(fine);
  else if (fits(fine, int64_t()))
    solution.splitter = std::make_shared<Table<int64_t>>(fine);
  else if (fits(scaled, int64_t()))
    solution.splitter = std::make_shared<Table<int64_t>>(scaled);
  else
    return llvm::createStringError("the cost of " + llvm::Twine(t) +
                                   " steps exceeds 64 bits");
  return solution;
}
