//===- ExactTable.cpp - The recurrences F and A in full -------------------===//

#include "ExactTable.h"

#include "Math.h"
#include "MinSum.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <numeric>
#include <set>

using namespace bptt::planning;

namespace {

template <typename Value>
class Table final : public CostedSplitter {
public:
  /// Sums of two such values fit. What is dearer than the upper bound is cut to
  /// it: no part of an optimal plan is.
  static constexpr Value kInfeasible = std::numeric_limits<Value>::max() / 2;

  Table(Scaled scaled, llvm::ArrayRef<int64_t> allowances)
      : p(std::move(scaled)), rows(allowances.size()) {
    for (auto [i, m] : llvm::enumerate(allowances))
      indexOf[m] = i;
    // Ascending: a row needs those of fewer units.
    for (auto [i, m] : llvm::enumerate(allowances))
      fill(rows[i], m, p.stateUnits);
    if (p.initialIsHeld)
      fill(held, p.allowance, 0);
  }

  int64_t allowance() const override { return p.allowance; }
  int64_t infeasible() const override { return kInfeasible; }
  int64_t longestRun() const override { return p.numSteps; }
  int64_t costOf(const Run &run) const override {
    return rowOf(run)[run.numSteps];
  }

  Split split(const Run &run) const override {
    const std::vector<Value> &own = rowOf(run);
    int64_t t = run.numSteps;
    int64_t left = run.allowance - (run.initialIsHeld ? 0 : p.stateUnits);
    for (size_t k = 0; k < p.tapeUnits.size(); ++k)
      if (left >= p.tapeUnits[k] &&
          asRight(rowAt(left - p.tapeUnits[k]), t - 1) + p.tapeCosts[k] ==
              own[t])
        return {0, true, int32_t(k), left - p.tapeUnits[k]};
    for (int64_t y = 1; y < t; ++y)
      if (asLeft(own, y) + asRight(rowAt(left), t - y) == own[t])
        return {y, false, 0, left};
    llvm_unreachable("a value of the table comes from one of its splits");
  }

  /// Of the whole problem for each allowance, all of which have rows.
  std::vector<int64_t> curve() {
    std::vector<int64_t> costs;
    for (int64_t m = 0; m <= p.allowance; ++m) {
      if (p.initialIsHeld)
        fill(held, m, 0);
      Value cost = p.initialIsHeld ? held[p.numSteps] : rowAt(m)[p.numSteps];
      costs.push_back(cost < kInfeasible ? int64_t(cost) : -1);
    }
    return costs;
  }

private:
  const std::vector<Value> &rowOf(const Run &run) const {
    assert(!run.initialIsHeld || run.allowance == p.allowance);
    return run.initialIsHeld ? held : rowAt(run.allowance);
  }

  const std::vector<Value> &rowAt(int64_t m) const {
    return rows[indexOf.find(m)->second];
  }

  static Value cut(int64_t value) {
    return Value(std::min<int64_t>(value, kInfeasible));
  }

  /// F as the right-hand run: with the copy that keeps its initial state.
  Value asRight(const std::vector<Value> &row, int64_t t) const {
    return cut(int64_t(row[t]) + (t > 1 ? p.checkpointCost : 0));
  }
  /// F or A as the left-hand run: with the advance over it.
  Value asLeft(const std::vector<Value> &own, int64_t y) const {
    return cut(saturatingAdd(own[y], saturatingMul(y, p.advanceCost)));
  }

  /// The row for m units, `ownUnits` of which are the run's initial state.
  void fill(std::vector<Value> &row, int64_t m, int64_t ownUnits) {
    int64_t numSteps = p.numSteps, left = m - ownUnits;
    row.assign(numSteps + 1, kInfeasible);
    row[0] = 0;
    if (numSteps >= 1)
      row[1] = cut(p.inProgressCost);
    if (left < 0)
      return;
    // lefts[y] = F(y, m) + a y; reversed[numSteps - t] = F(t, left), so that
    // both run forwards in the inner loop.
    std::vector<Value> lefts(numSteps + 1), reversed(numSteps + 1);
    const std::vector<Value> &right = rowAt(left);
    for (int64_t t = 1; t <= numSteps; ++t)
      reversed[numSteps - t] = asRight(right, t);
    std::vector<std::pair<const std::vector<Value> *, Value>> tapes;
    for (size_t k = 0; k < p.tapeUnits.size(); ++k)
      if (left >= p.tapeUnits[k])
        tapes.push_back({&rowAt(left - p.tapeUnits[k]), cut(p.tapeCosts[k])});
    for (int64_t t = 2; t <= numSteps; ++t) {
      lefts[t - 1] = asLeft(row, t - 1);
      Value least = minSum(&lefts[1], &reversed[numSteps - t + 1], t - 1);
      for (auto [rest, cost] : tapes)
        least = std::min(least, cut(int64_t(asRight(*rest, t - 1)) + cost));
      row[t] = std::min(least, kInfeasible);
    }
  }

  Scaled p;
  llvm::DenseMap<int64_t, size_t> indexOf; ///< of an allowance's row
  std::vector<std::vector<Value>> rows;    ///< F, [row][steps]
  std::vector<Value> held;                 ///< A at the whole allowance
};

} // namespace

namespace {

/// Numbers 0..most, taken out from the largest down: a bit for each where that
/// is cheap.
class Agenda {
public:
  explicit Agenda(int64_t most) {
    if (most < kMaxBits)
      bits.resize(most + 1);
    next = most;
  }

  void add(int64_t number) {
    if (number < 0)
      return;
    if (bits.empty()) {
      numbers.insert(number);
    } else if (!bits[number]) {
      bits[number] = true;
      ++numBits;
    }
  }

  int64_t size() const {
    return bits.empty() ? int64_t(numbers.size()) : numBits;
  }

  int64_t takeLargest() {
    if (bits.empty()) {
      int64_t largest = *numbers.begin();
      numbers.erase(numbers.begin());
      return largest;
    }
    while (!bits[next])
      --next;
    --numBits;
    return next--;
  }

private:
  static constexpr int64_t kMaxBits = int64_t(1) << 23;
  std::vector<bool> bits;
  int64_t numBits = 0;
  int64_t next; ///< nothing above it
  std::set<int64_t, std::greater<int64_t>> numbers;
};

} // namespace

std::optional<std::vector<int64_t>>
bptt::planning::reachableAllowances(const Scaled &scaled, int64_t maxRows) {
  // Descending, so that each is looked at once all that lead to it are.
  Agenda open(scaled.allowance);
  std::vector<int64_t> done;
  open.add(scaled.allowance);
  if (scaled.initialIsHeld)
    for (int64_t tape : scaled.tapeUnits)
      open.add(scaled.allowance - tape);
  while (open.size() > 0) {
    int64_t m = open.takeLargest();
    done.push_back(m);
    if (int64_t(done.size()) + open.size() > maxRows)
      return std::nullopt;
    open.add(m - scaled.stateUnits);
    for (int64_t tape : scaled.tapeUnits)
      open.add(m - scaled.stateUnits - tape);
  }
  std::reverse(done.begin(), done.end());
  return done;
}

static std::optional<std::vector<int64_t>>
affordableAllowances(const Scaled &scaled, int64_t maxWork, int64_t maxBytes) {
  assert(scaled.stateUnits > 0 && "runs must use up what they are given");
  int64_t t = scaled.numSteps;
  int64_t maxRows =
      std::min(maxWork / std::max<int64_t>(saturatingMul(t, t) / 2, 1),
               maxBytes / saturatingMul(t + 1, sizeof(int64_t)));
  return reachableAllowances(scaled, maxRows);
}

bool bptt::planning::fitsExactTable(const Scaled &scaled, int64_t maxWork,
                                    int64_t maxBytes) {
  return upperBound(scaled) < Table<int64_t>::kInfeasible &&
         affordableAllowances(scaled, maxWork, maxBytes);
}

std::shared_ptr<const CostedSplitter>
bptt::planning::makeExactTable(const Scaled &scaled, int64_t maxWork,
                               int64_t maxBytes) {
  int64_t bound = upperBound(scaled);
  if (bound >= Table<int64_t>::kInfeasible)
    return nullptr;
  std::optional<std::vector<int64_t>> allowances =
      affordableAllowances(scaled, maxWork, maxBytes);
  if (!allowances)
    return nullptr;
  if (bound < Table<int32_t>::kInfeasible)
    return std::make_shared<Table<int32_t>>(scaled, *allowances);
  return std::make_shared<Table<int64_t>>(scaled, *allowances);
}

std::optional<std::vector<int64_t>>
bptt::planning::makeExactCurve(const Scaled &scaled, int64_t maxWork,
                               int64_t maxBytes) {
  int64_t t = scaled.numSteps, numRows = scaled.allowance + 1;
  // Each allowance has a row of its own, and one for a state that is held.
  if (saturatingMul(saturatingMul(t, t), numRows) > maxWork ||
      saturatingMul(t + 1, numRows) > maxBytes / int64_t(sizeof(int64_t)))
    return std::nullopt;
  // The dearest of the plans that the table is to hold.
  Scaled least = scaled;
  least.allowance = scaled.initialIsHeld ? 0 : scaled.stateUnits;
  int64_t bound = upperBound(least);
  std::vector<int64_t> all(numRows);
  std::iota(all.begin(), all.end(), 0);
  if (bound < Table<int32_t>::kInfeasible)
    return Table<int32_t>(scaled, all).curve();
  if (bound < Table<int64_t>::kInfeasible)
    return Table<int64_t>(scaled, all).curve();
  return std::nullopt;
}
