//===- ChainSweep.cpp - One end of a chain, finely ------------------------===//

#include "ChainSweep.h"

#include <algorithm>

using namespace bptt::planning;

ChainSweep::ChainSweep(const Problem &problem, const ChainSums &sums,
                       const ChainTable &left, ChainInterval steps,
                       const ChainTableOptions &options)
    : problem(problem), sums(sums), left(left), steps(steps), options(options),
      rows(steps.size()) {
  int64_t most = options.mostBytes;
  std::vector<int64_t> later; // from where later rows answer, about
  for (int64_t step = steps.end; step-- > steps.begin;) {
    int64_t own = ownStateBytes(problem, step);
    std::vector<int64_t> numbers = {0};
    if (step + 1 < steps.end) {
      addShifted(numbers, later, own, most);
      for (const TapeMode &mode : problem.tapeModesAt(step))
        addShifted(numbers, rows[step + 1 - steps.begin].fromBytes,
                   own + mode.residualBytes, most);
      addShifted(numbers, left.rows(step), 0, most);
    }
    fill(step, numbers);
    addShifted(later, rows[step - steps.begin].fromBytes, 0, most);
    ChainTableOptions thinner = options;
    thinner.maxRows = 2 * options.maxRows;
    if (int64_t(later.size()) <= thinner.maxRows)
      continue;
    std::vector<ChainRow> thinned = chooseRows(later, 1, thinner);
    later.clear();
    for (const ChainRow &row : thinned)
      later.push_back(row.fromBytes);
  }
}

namespace {

/// A tape mode, or, below 0, minus the step whose state is kept.
int32_t keepInFrontOf(int64_t step) { return -int32_t(step); }

/// The rows of one step while they are filled.
struct Filling {
  explicit Filling(std::vector<ChainRow> chosen)
      : rows(std::move(chosen)), costs(rows.size(), kInfeasibleCost),
        choices(rows.size(), 0) {}

  size_t size() const { return rows.size(); }

  /// The first row with at least so many bytes.
  size_t firstWith(int64_t bytes) const {
    auto isBelow = [&](const ChainRow &row) { return row.atBytes < bytes; };
    return llvm::partition_point(rows, isBelow) - rows.begin();
  }

  /// The first row that costs no more; they never rise.
  size_t firstAtMost(int64_t cost) const {
    auto costsMore = [&](int64_t each) { return each > cost; };
    return llvm::partition_point(costs, costsMore) - costs.begin();
  }

  void lower(size_t row, int64_t cost, int32_t choice) {
    choices[row] = cost < costs[row] ? choice : choices[row];
    costs[row] = std::min(cost, costs[row]);
  }

  std::vector<ChainRow> rows;
  std::vector<int64_t> costs;
  std::vector<int32_t> choices;
};

/// What a table says for one interval, row by row of another table.
class LookedUp {
public:
  LookedUp(const ChainTable &table, int64_t begin, const Filling &filling)
      : table(table), begin(begin), costs(table.rows(begin).size()),
        rowFor(filling.size()) {
    llvm::ArrayRef<int64_t> bytes = table.rows(begin);
    for (size_t i = 0, at = 0; i < filling.size(); ++i) {
      while (at + 1 < bytes.size() && bytes[at + 1] <= filling.rows[i].atBytes)
        ++at;
      rowFor[i] = uint32_t(at);
    }
  }

  /// Turns to the interval that ends there.
  void setEnd(int64_t end) {
    for (size_t i = 0; i < costs.size(); ++i)
      costs[i] = table.costAt(begin, end, i);
  }

  int64_t operator[](size_t row) const { return costs[rowFor[row]]; }

private:
  const ChainTable &table;
  int64_t begin;
  std::vector<int64_t> costs;
  std::vector<uint32_t> rowFor;
};

} // namespace

void ChainSweep::fill(int64_t step, const std::vector<int64_t> &numbers) {
  int64_t own = ownStateBytes(problem, step);
  Filling filling(chooseRows(numbers, own > 0 ? 2 : 1, options));
  if (step + 1 == steps.end) {
    filling.costs.assign(filling.size(), sums.tapedCost({step, steps.end}));
  } else {
    for (auto [k, mode] : llvm::enumerate(problem.tapeModesAt(step))) {
      int64_t tape = own + mode.residualBytes;
      for (size_t i = filling.firstWith(tape); i < filling.size(); ++i) {
        int64_t rest = costOf(step + 1, filling.rows[i].atBytes - tape);
        filling.lower(i, mode.extraBackwardCost + rest, int32_t(k));
      }
    }
  }

  LookedUp before(left, step, filling);
  size_t firstKept = filling.firstWith(own);
  for (int64_t c = steps.end; --c > step;) {
    int64_t advances = sums.advanceCost({step, c});
    int64_t taped = advances + sums.tapedCost({step, c});
    if (filling.firstAtMost(taped) <= firstKept)
      continue;
    const Rows &right = rows[c - steps.begin];
    size_t at = 0;
    auto rightCost = [&](size_t i) {
      int64_t rest = filling.rows[i].atBytes - own;
      while (at + 1 < right.fromBytes.size() && right.fromBytes[at + 1] <= rest)
        ++at;
      return right.costs[at];
    };
    size_t firstTaped =
        std::max(firstKept, filling.firstWith(sums.tapedBytes({step, c})));
    if (firstKept < firstTaped) {
      before.setEnd(c);
      int64_t least = advances + before[firstTaped - 1];
      size_t last = std::min(firstTaped, filling.firstAtMost(least));
      for (size_t i = firstKept; i < last; ++i)
        filling.lower(i, advances + before[i] + rightCost(i), keepInFrontOf(c));
    }
    size_t last = filling.firstAtMost(taped);
    for (size_t i = firstTaped; i < last; ++i)
      filling.lower(i, taped + rightCost(i), keepInFrontOf(c));
  }

  Rows &result = rows[step - steps.begin];
  for (auto [row, cost, choice] :
       llvm::zip(filling.rows, filling.costs, filling.choices)) {
    if (!result.costs.empty() && result.costs.back() <= cost)
      continue;
    result.fromBytes.push_back(row.fromBytes);
    result.costs.push_back(cost);
    result.choices.push_back(choice);
  }
}

size_t ChainSweep::rowAt(int64_t begin, int64_t keptBytes) const {
  const std::vector<int64_t> &bytes = rows[begin - steps.begin].fromBytes;
  return std::upper_bound(bytes.begin(), bytes.end(), keptBytes) -
         bytes.begin() - 1;
}

std::vector<CostPoint> ChainSweep::points() const {
  std::vector<CostPoint> points;
  for (auto [bytes, cost] : llvm::zip(rows[0].fromBytes, rows[0].costs))
    if (cost < kInfeasibleCost)
      points.push_back({bytes, cost});
  return points;
}

Split ChainSweep::splitOf(int64_t begin, int64_t keptBytes) const {
  size_t row = rowAt(begin, keptBytes);
  const Rows &here = rows[begin - steps.begin];
  int32_t choice = here.choices[row];
  int64_t rest = here.fromBytes[row] - ownStateBytes(problem, begin);
  if (choice < 0)
    return {-choice - begin, false, 0, rest};
  return {0, true, choice,
          rest - problem.tapeModesAt(begin)[choice].residualBytes};
}

int64_t ChainSweep::peakOf(int64_t keptBytes) const {
  int64_t kept = 0, peak = 0;
  for (int64_t step = steps.begin; step + 1 < steps.end;) {
    Split split = splitOf(step, keptBytes);
    int64_t middle = step + split.numAdvances + split.tapes;
    if (split.numAdvances > 1) {
      int64_t most = rows[step - steps.begin].fromBytes[rowAt(step, keptBytes)];
      int64_t taped = sums.tapedBytes({step, middle});
      peak = std::max(
          peak, kept + (taped <= most ? taped : left.rowBytes(step, most)));
    }
    kept += ownStateBytes(problem, step);
    if (split.tapes)
      kept += problem.tapeModesAt(step)[split.tapeMode].residualBytes;
    peak = std::max(peak, kept);
    keptBytes = split.rightAllowance;
    step = middle;
  }
  return peak;
}
