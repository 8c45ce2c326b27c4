//===- ChainTable.cpp - Every interval of unequal steps -------------------===//

#include "ChainTable.h"

#include "MinSum.h"

#include <algorithm>

using namespace bptt::planning;

/// Whole numbers below this are exact in floating point, of which every
/// processor finds several minima at once.
static constexpr int64_t kMaxDouble = int64_t(1) << 53;

size_t ChainTable::rowAt(int64_t begin, int64_t keptBytes) const {
  const std::vector<int64_t> &bytes = bytesOfRows[begin];
  return std::upper_bound(bytes.begin(), bytes.end(), keptBytes) -
         bytes.begin() - 1;
}

std::vector<CostPoint> ChainTable::points() const {
  std::vector<CostPoint> points;
  for (int64_t bytes : bytesOfRows[0]) {
    int64_t cost = costOf(0, numSteps, bytes);
    int64_t least = points.empty() ? kInfeasibleCost : points.back().cost;
    if (cost < least)
      points.push_back({bytes, cost});
  }
  return points;
}

//===----------------------------------------------------------------------===//
// What they cost
//===----------------------------------------------------------------------===//

namespace {

/// `Cost` is double, or int64_t where costs are too large for that.
template <typename Cost>
class FilledTable final : public ChainTable {
public:
  FilledTable(const Problem &problem, const ChainTableOptions &options)
      : problem(problem), options(options) {
    numSteps = problem.numSteps;
    prefix.assign(numSteps + 1, 0);
    for (int64_t i = 0; i < numSteps; ++i)
      prefix[i + 1] = prefix[i] + problem.costsAt(i).advance;
    bytesOfRows.resize(numSteps);
    costs.resize(numSteps);
    std::vector<int64_t> later; // bytes of all rows of later steps
    for (int64_t a = numSteps; a-- > 0;) {
      fill(a, later);
      addShifted(later, bytesOfRows[a], 0, options.mostBytes);
    }
  }

  int64_t costAt(int64_t begin, int64_t end, size_t index) const override {
    return int64_t(row(begin, index)[end - begin - 1]);
  }

private:
  static constexpr Cost kNever = Cost(kInfeasibleCost);

  /// F(a, a+1, .), F(a, a+2, .) and so on.
  const Cost *row(int64_t a, size_t index) const {
    return &costs[a][index * (numSteps - a)];
  }

  void fill(int64_t a, const std::vector<int64_t> &later) {
    int64_t own = ownStateBytes(problem, a), most = options.mostBytes;
    std::vector<int64_t> numbers = {0};
    if (a + 1 < numSteps) {
      addShifted(numbers, later, own, most);
      for (const TapeMode &mode : problem.tapeModesAt(a))
        addShifted(numbers, bytesOfRows[a + 1], own + mode.residualBytes, most);
    }
    // What is feasible stays so: nothing at all, and an own state alone.
    size_t numAlone = own > 0 ? 2 : 1;
    std::vector<size_t> rightRows(numSteps, 0);
    std::vector<Cost> current(numSteps - a);
    for (const ChainRow &row : chooseRows(numbers, numAlone, options)) {
      numShared += row.isShared;
      fillRow(a, row.atBytes, rightRows, current);
      std::vector<Cost> &rows = costs[a];
      // What is no cheaper than with fewer bytes needs no row.
      if (!rows.empty() &&
          std::equal(current.begin(), current.end(), rows.end() - numSteps + a))
        continue;
      bytesOfRows[a].push_back(row.fromBytes);
      rows.insert(rows.end(), current.begin(), current.end());
    }
    costs[a].shrink_to_fit();
  }

  /// Every F(a, b, bytes). `rightRows` has the rows for fewer bytes.
  void fillRow(int64_t a, int64_t bytes, std::vector<size_t> &rightRows,
               std::vector<Cost> &current) const {
    const std::vector<TapeMode> &modes = problem.tapeModesAt(a);
    std::fill(current.begin(), current.end(), kNever);
    current[0] = modes[cheapestTapeMode(modes)].extraBackwardCost;
    int64_t left = bytes - ownStateBytes(problem, a);
    if (left < 0 || a + 1 == numSteps)
      return;
    for (const TapeMode &mode : modes)
      if (mode.residualBytes <= left)
        lowerToSum(Cost(mode.extraBackwardCost),
                   row(a + 1, rowAt(a + 1, left - mode.residualBytes)),
                   numSteps - a - 1, &current[1]);
    for (int64_t c = a + 1; c < numSteps; ++c) {
      const std::vector<int64_t> &bytesOfRight = bytesOfRows[c];
      size_t &at = rightRows[c];
      while (at + 1 < bytesOfRight.size() && bytesOfRight[at + 1] <= left)
        ++at;
      // Every F(a, c, .) is there: its parts end before c. Costs grow with the
      // end, so this lowers none up to some one, and none at all from some c
      // on.
      Cost first = prefix[c] - prefix[a] + current[c - a - 1];
      auto lowered =
          std::upper_bound(current.begin() + c - a, current.end(), first);
      if (lowered == current.end())
        return;
      int64_t skipped = lowered - current.begin() - (c - a);
      lowerToSum(first, row(c, at) + skipped, numSteps - c - skipped,
                 &*lowered);
    }
  }

  const Problem &problem;
  ChainTableOptions options;
  std::vector<Cost> prefix;             ///< advance costs summed
  std::vector<std::vector<Cost>> costs; ///< rows of each step
};

} // namespace

std::shared_ptr<const ChainTable>
bptt::planning::makeChainTable(const Problem &problem,
                               const ChainTableOptions &options,
                               int64_t sumOfCosts) {
  if (sumOfCosts < kMaxDouble)
    return std::make_shared<FilledTable<double>>(problem, options);
  return std::make_shared<FilledTable<int64_t>>(problem, options);
}
