//===- ExactTable.cpp - The recurrences F and A in full -------------------===//

#include "ExactTable.h"

#include "Math.h"
#include "MinSum.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/ErrorHandling.h"

#include <algorithm>
#include <cassert>

using namespace bptt::planning;

namespace {

/// F for every sum, and what asks for A.
template <typename Value>
class Rows final : public RunTable,
                   public std::enable_shared_from_this<Rows<Value>> {
public:
  /// Sums of two such values fit. What is dearer is cut to it.
  static constexpr Value kInfeasible = std::numeric_limits<Value>::max() / 2;

  Rows(Scaled scaled, std::shared_ptr<const Sums> sums)
      : p(std::move(scaled)), sums(std::move(sums)),
        values(this->sums->numRows() * (p.numSteps + 1)) {
    // Ascending: a row needs those of fewer units.
    for (int64_t row = 0; row < this->sums->numRows(); ++row)
      fill(&values[row * (p.numSteps + 1)], restsOf(row));
  }

  std::shared_ptr<const CostedSplitter>
  within(int64_t allowance) const override;

  int64_t longestRun() const override { return p.numSteps; }

  /// A for all lengths.
  std::vector<Value> heldRow(int64_t allowance) const {
    std::vector<Value> row(p.numSteps + 1);
    fill(row.data(), heldRests(allowance));
    return row;
  }

  const Value *rowAt(int64_t allowance) const {
    return at(sums->rowOf(allowance));
  }

  /// Decides a run whose costs are `own`.
  Split split(const Run &run, const Value *own) const {
    int64_t t = run.numSteps;
    int64_t left = run.allowance - (run.initialIsHeld ? 0 : p.stateUnits);
    Rests rests = run.initialIsHeld ? heldRests(run.allowance)
                                    : restsOf(sums->rowOf(run.allowance));
    for (auto [k, rest] : llvm::enumerate(rests.besideTape))
      if (rest && asRight(rest, t - 1) + p.tapeCosts[k] == own[t])
        return {0, true, int32_t(k), left - p.tapeUnits[k]};
    for (int64_t y = 1; y < t; ++y)
      if (asLeft(own, y) + asRight(rests.besideState, t - y) == own[t])
        return {y, false, 0, left};
    llvm_unreachable("a value of the table comes from one of its splits");
  }

private:
  /// Rows of what is left beside a run's own state, and beside a tape as well;
  /// null for nothing.
  struct Rests {
    const Value *besideState;
    llvm::SmallVector<const Value *, 4> besideTape;
  };

  const Value *at(int64_t row) const {
    return row < 0 ? nullptr : &values[row * (p.numSteps + 1)];
  }

  Rests restsOf(int64_t row) const {
    Rests rests = {at(sums->besideState()[row]), {}};
    for (size_t k = 0; k < p.tapeUnits.size(); ++k)
      rests.besideTape.push_back(at(sums->besideTape(k)[row]));
    return rests;
  }

  Rests heldRests(int64_t allowance) const {
    Rests rests = {rowAt(allowance), {}};
    for (int64_t tape : p.tapeUnits)
      rests.besideTape.push_back(rowAt(allowance - tape));
    return rests;
  }

  static Value cut(int64_t value) {
    return Value(std::min<int64_t>(value, kInfeasible));
  }

  /// F as the right-hand run: with the copy that keeps its initial state.
  Value asRight(const Value *row, int64_t t) const {
    return cut(int64_t(row[t]) + (t > 1 ? p.checkpointCost : 0));
  }
  /// F or A as the left-hand run: with the advance over it.
  Value asLeft(const Value *own, int64_t y) const {
    return cut(saturatingAdd(own[y], saturatingMul(y, p.advanceCost)));
  }

  void fill(Value *row, const Rests &rests) const {
    int64_t numSteps = p.numSteps;
    std::fill(row, row + numSteps + 1, kInfeasible);
    row[0] = 0;
    if (numSteps >= 1)
      row[1] = cut(p.inProgressCost);
    if (!rests.besideState)
      return;
    // lefts[y] = F(y, m) + a y; reversed[numSteps - t] = F(t, left), so that
    // both run forwards in the inner loop.
    std::vector<Value> lefts(numSteps + 1), reversed(numSteps + 1);
    for (int64_t t = 1; t <= numSteps; ++t)
      reversed[numSteps - t] = asRight(rests.besideState, t);
    for (int64_t t = 2; t <= numSteps; ++t) {
      lefts[t - 1] = asLeft(row, t - 1);
      Value least = minSum(&lefts[1], &reversed[numSteps - t + 1], t - 1);
      for (auto [k, rest] : llvm::enumerate(rests.besideTape))
        if (rest)
          least = std::min(
              least, cut(int64_t(asRight(rest, t - 1)) + cut(p.tapeCosts[k])));
      row[t] = std::min(least, kInfeasible);
    }
  }

  Scaled p;
  std::shared_ptr<const Sums> sums;
  std::vector<Value> values; ///< F, [row][steps]
};

template <typename Value>
class Table final : public CostedSplitter {
public:
  Table(std::shared_ptr<const Rows<Value>> rows, int64_t allowance,
        bool initialIsHeld)
      : rows(std::move(rows)), whole(allowance) {
    if (initialIsHeld)
      held = this->rows->heldRow(allowance);
  }

  int64_t allowance() const override { return whole; }
  int64_t infeasible() const override { return Rows<Value>::kInfeasible; }
  int64_t longestRun() const override { return rows->longestRun(); }
  int64_t costOf(const Run &run) const override {
    return rowOf(run)[run.numSteps];
  }
  Split split(const Run &run) const override {
    return rows->split(run, rowOf(run));
  }

private:
  const Value *rowOf(const Run &run) const {
    assert(!run.initialIsHeld || run.allowance == whole);
    return run.initialIsHeld ? held.data() : rows->rowAt(run.allowance);
  }

  std::shared_ptr<const Rows<Value>> rows;
  int64_t whole;
  std::vector<Value> held; ///< A at the whole allowance
};

} // namespace

template <typename Value>
std::shared_ptr<const CostedSplitter>
Rows<Value>::within(int64_t allowance) const {
  return std::make_shared<Table<Value>>(this->shared_from_this(), allowance,
                                        p.initialIsHeld);
}

/// The rows of an exact table; null where it would be too large.
static std::shared_ptr<const Sums>
affordableSums(const Scaled &scaled, int64_t maxWork, int64_t maxBytes) {
  int64_t t = scaled.numSteps;
  int64_t maxRows =
      std::min(maxWork / std::max<int64_t>(saturatingMul(t, t) / 2, 1),
               maxBytes / saturatingMul(t + 1, sizeof(int64_t)));
  return Sums::make(scaled, scaled.allowance, maxRows);
}

bool bptt::planning::fitsExactTable(const Scaled &scaled, int64_t maxWork,
                                    int64_t maxBytes) {
  return upperBound(scaled) < Rows<int64_t>::kInfeasible &&
         affordableSums(scaled, maxWork, maxBytes);
}

/// In 32 bits where no cost is above `bound`; null where 64 do not do.
static std::shared_ptr<const RunTable>
makeRows(const Scaled &scaled, std::shared_ptr<const Sums> sums,
         int64_t bound) {
  if (bound < Rows<int32_t>::kInfeasible)
    return std::make_shared<Rows<int32_t>>(scaled, std::move(sums));
  if (bound < Rows<int64_t>::kInfeasible)
    return std::make_shared<Rows<int64_t>>(scaled, std::move(sums));
  return nullptr;
}

/// The dearest of all plans within the allowance or less.
static int64_t dearestPlan(Scaled scaled) {
  scaled.allowance = scaled.initialIsHeld ? 0 : scaled.stateUnits;
  return upperBound(scaled);
}

std::shared_ptr<const RunTable>
bptt::planning::makeRunTable(const Scaled &scaled,
                             std::shared_ptr<const Sums> sums) {
  return makeRows(scaled, std::move(sums), dearestPlan(scaled));
}

std::shared_ptr<const CostedSplitter>
bptt::planning::makeExactTable(const Scaled &scaled, int64_t maxWork,
                               int64_t maxBytes) {
  // What is dearer than the upper bound is cut: no part of an optimal plan is.
  int64_t bound = upperBound(scaled);
  if (bound >= Rows<int64_t>::kInfeasible)
    return nullptr;
  auto sums = affordableSums(scaled, maxWork, maxBytes);
  if (!sums)
    return nullptr;
  return makeRows(scaled, std::move(sums), bound)->within(scaled.allowance);
}

std::optional<std::vector<int64_t>>
bptt::planning::makeExactCurve(const Scaled &scaled, int64_t maxWork,
                               int64_t maxBytes) {
  int64_t t = scaled.numSteps, numRows = scaled.allowance + 1;
  // Each allowance has a row for a state that is held, at least.
  if (saturatingMul(saturatingMul(t, t), numRows) > maxWork ||
      saturatingMul(t + 1, numRows) > maxBytes / int64_t(sizeof(int64_t)))
    return std::nullopt;
  auto table =
      makeRunTable(scaled, Sums::make(scaled, scaled.allowance, numRows));
  if (!table)
    return std::nullopt;
  std::vector<int64_t> costs;
  for (int64_t m = 0; m <= scaled.allowance; ++m) {
    auto whole = table->within(m);
    int64_t cost = whole->costOf({0, t, m, scaled.initialIsHeld});
    costs.push_back(cost < whole->infeasible() ? cost : -1);
  }
  return costs;
}
