//===- ChainTree.cpp - The decisions of a chain's plan --------------------===//
//
// The parts of a cheapest plan are cheapest with what they may keep, so that
// the plan that copies least is found among the splits that meet the table's
// costs, from the whole chain down.
//
//===----------------------------------------------------------------------===//

#include "ChainTree.h"

#include "Math.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <algorithm>
#include <cassert>
#include <optional>

using namespace bptt::planning;

namespace {

class TreeSearch {
public:
  TreeSearch(const Problem &problem, const ChainSums &sums,
             const ChainTable &table, int64_t maxWork)
      : problem(problem), sums(sums), table(table), workLeft(maxWork) {}

  void addTo(ChainTree &tree, ChainInterval steps, int64_t keptBytes) {
    copiedBytes(steps.begin, steps.end, keptBytes);
    collect(tree, steps.begin, steps.end, keptBytes);
  }

private:
  struct Best {
    int64_t copiedBytes = 0;
    Split split;
  };
  using Key = std::tuple<int64_t, int64_t, int64_t>;

  /// A row that stands for several numbers of bytes has what can be done with
  /// the smallest.
  Key keyOf(int64_t begin, int64_t end, int64_t keptBytes) const {
    if (!table.isExact())
      keptBytes = table.rowBytes(begin, keptBytes);
    return {begin, end, keptBytes};
  }

  /// Calls `visit` with the splits that meet the table's cost until it says
  /// false.
  void forEachCheapest(Key key, llvm::function_ref<bool(Split)> visit) const {
    auto [a, b, keptBytes] = key;
    int64_t cost = table.costOf(a, b, keptBytes);
    int64_t left = keptBytes - ownStateBytes(problem, a);
    const std::vector<TapeMode> &modes = problem.tapeModesAt(a);
    for (size_t k = 0; k < modes.size(); ++k) {
      int64_t rest = left - modes[k].residualBytes;
      if (rest >= 0 &&
          modes[k].extraBackwardCost + table.costOf(a + 1, b, rest) == cost &&
          !visit({0, true, int32_t(k), rest}))
        return;
    }
    for (int64_t c = b - 1; c > a; --c) {
      int64_t first = sums.advanceCost({a, c}) + table.costOf(a, c, keptBytes);
      if (first <= cost && first + table.costOf(c, b, left) == cost &&
          !visit({c - a, false, 0, left}))
        return;
    }
  }

  /// Bytes copied inside [begin, end), its own state not included.
  int64_t copiedBytes(int64_t begin, int64_t end, int64_t keptBytes) {
    if (end - begin < 2)
      return 0;
    Key key = keyOf(begin, end, keptBytes);
    if (auto it = known.find(key); it != known.end())
      return it->second.copiedBytes;
    workLeft -= end - begin;
    std::optional<Best> best;
    forEachCheapest(key, [&](Split split) {
      int64_t middle = begin + split.numAdvances + split.tapes;
      int64_t bytes = copiedBytes(middle, end, split.rightAllowance);
      if (end - middle > 1)
        bytes = saturatingAdd(bytes, problem.stateBytesAt(middle));
      if (split.numAdvances > 0)
        bytes =
            saturatingAdd(bytes, copiedBytes(begin, middle, std::get<2>(key)));
      // Also where there are too many bytes to count.
      if (!best || bytes < best->copiedBytes)
        best = {bytes, split};
      return workLeft > 0;
    });
    assert(best && "no split meets the table's cost");
    known[key] = *best;
    return best->copiedBytes;
  }

  /// Takes the decisions over.
  void collect(ChainTree &tree, int64_t begin, int64_t end,
               int64_t keptBytes) const {
    if (end - begin < 2)
      return;
    Key key = keyOf(begin, end, keptBytes);
    Split split = known.find(key)->second.split;
    tree.splits[{begin, end - begin}] = split;
    int64_t middle = begin + split.numAdvances + split.tapes;
    collect(tree, middle, end, split.rightAllowance);
    if (!split.tapes)
      collect(tree, begin, middle, std::get<2>(key));
  }

  const Problem &problem;
  const ChainSums &sums;
  const ChainTable &table;
  int64_t workLeft;
  llvm::DenseMap<Key, Best> known;
};

} // namespace

void bptt::planning::addFromTable(ChainTree &tree, const Problem &problem,
                                  const ChainSums &sums,
                                  const ChainTable &table, ChainInterval steps,
                                  int64_t keptBytes, int64_t maxWork) {
  TreeSearch(problem, sums, table, maxWork).addTo(tree, steps, keptBytes);
}
