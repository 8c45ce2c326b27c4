//===- Mixed.cpp - Mixed memorisation as published ------------------------===//
//
// MSM of Gruslys et al. 2016. The unit is one state, an internal state takes
// alpha = ceil((2S + E) / S) of them:
//
//   C(t,1) = t(t+1)/2
//   C(t,m) = min of  y + C(t-y, m-1)     + C(y,   m)   1 <= y <  t
//                    y + C(t-y, m-alpha) + C(y-1, m)   1 <= y <= t, alpha < m
//
// The table counts advances, C - t: every step is taped exactly once.
//
//===----------------------------------------------------------------------===//

#include "Math.h"
#include "MinSum.h"
#include "Solution.h"

#include "bptt/Planning/Solvers.h"

#include <algorithm>

using namespace bptt::planning;

namespace {

/// Inner iterations that a table may take: a few seconds. And numbers in it.
constexpr int64_t kMaxWork = int64_t(1) << 34;
constexpr int64_t kMaxEntries = int64_t(1) << 26;

class MsmSplitter final : public Splitter {
public:
  MsmSplitter(int64_t numSteps, int64_t slots, int64_t alpha, int32_t tapeMode)
      : numSteps(numSteps), slots(slots), alpha(alpha), tapeMode(tapeMode) {
    table.resize(slots + 1);
    for (int64_t m = 1; m <= slots; ++m)
      fillRow(m);
  }

  int64_t allowance() const override { return slots; }

  Split split(const Run &run) const override {
    auto [cost, split] = best(run.numSteps, run.allowance);
    return split;
  }

private:
  std::pair<int64_t, Split> best(int64_t t, int64_t m) const {
    // One slot: straight to the last step, which stays in progress.
    Split split = {t - 1, true, tapeMode, 0};
    int64_t least = t - 1 + table[m][t - 1];
    if (m > alpha) {
      for (int64_t y = 1; y <= t; ++y) {
        int64_t cost = y - 1 + table[m - alpha][t - y] + table[m][y - 1];
        if (cost < least) {
          least = cost;
          split = {y - 1, true, tapeMode, m - alpha};
        }
      }
    }
    for (int64_t y = 1; m > 1 && y < t; ++y) {
      int64_t cost = y + table[m - 1][t - y] + table[m][y];
      if (cost < least) {
        least = cost;
        split = {y, false, 0, m - 1};
      }
    }
    return {least, split};
  }

  void fillRow(int64_t m) {
    std::vector<int64_t> &row = table[m];
    row.assign(numSteps + 1, 0);
    // What stands on the left of a split, with the advance over it, and what on
    // the right, backwards: a split moves through both in one direction.
    std::vector<int64_t> lefts(numSteps + 1, 0), states, tapes;
    if (m > 1)
      states.assign(table[m - 1].rbegin(), table[m - 1].rend());
    if (m > alpha)
      tapes.assign(table[m - alpha].rbegin(), table[m - alpha].rend());
    for (int64_t t = 2; t <= numSteps; ++t) {
      lefts[t - 1] = row[t - 1] + t - 1;
      int64_t least = lefts[t - 1];
      if (!tapes.empty())
        least = std::min(least, minSum(&lefts[0], &tapes[numSteps - t + 1], t));
      if (!states.empty())
        least = std::min(least,
                         minSum(&lefts[1], &states[numSteps - t + 1], t - 1));
      row[t] = least;
    }
  }

  int64_t numSteps, slots, alpha;
  int32_t tapeMode;
  std::vector<std::vector<int64_t>> table; ///< [slots][steps], advances
};

} // namespace

llvm::Expected<Solution> bptt::planning::solveMsm(const Request &request) {
  const Problem &problem = request.problem;
  if (problem.isChain())
    return llvm::createStringError(
        "policy 'msm' counts slots and needs equal steps");
  int64_t slots = slotsForBytes(problem, Policy::Msm, request.keptBytes);
  int64_t alpha = ceilDiv(internalStateBytes(problem), problem.stateBytes);
  int64_t t = problem.numSteps;
  if (saturatingMul(saturatingMul(t, t), slots) > kMaxWork ||
      saturatingMul(t, slots) > kMaxEntries)
    return llvm::createStringError(
        "policy 'msm' has no closed form, and a table for " + llvm::Twine(t) +
        " steps and " + llvm::Twine(slots) + " slots is too large");
  Solution solution;
  solution.exactness = Exactness::Exact;
  solution.splitter = std::make_shared<MsmSplitter>(
      t, slots, alpha, cheapestTapeMode(problem.tapeModes));
  return solution;
}
