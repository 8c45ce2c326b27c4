//===- ChainLimits.cpp - How much work is done for a chain ----------------===//

#include "ChainLimits.h"

#include "ChainRows.h"
#include "Math.h"

#include <algorithm>

using namespace bptt::planning;

namespace {

/// Inner iterations of a table, which take less than half a second, its size,
/// and numbers that are looked at to choose its rows.
constexpr int64_t kMaxTableWork = int64_t(1) << 29;
constexpr int64_t kMaxTableBytes = int64_t(3) << 27;
constexpr int64_t kMaxNumbers = int64_t(1) << 26;
/// Long chains get so many rows even so.
constexpr int64_t kMinTableRows = 64;
/// A sixth of the cube of the number of steps: of 930 at most, for which a
/// table takes some four seconds.
constexpr int64_t kMaxCube = int64_t(1) << 27;
/// Inner iterations of a sweep over the whole chain, which take two seconds at
/// most.
constexpr int64_t kMaxSweepWork = int64_t(1) << 30;
constexpr int64_t kMaxSweepRows = 3072;
constexpr int64_t kMinSweepRows = 256;

} // namespace

llvm::Expected<ChainLimits> ChainLimits::get(const Problem &problem) {
  int64_t n = problem.numSteps, costs = 0;
  for (const ChainStep &step : problem.chain) {
    costs = saturatingAdd(costs, step.costs.advance);
    for (const TapeMode &mode : step.tapeModes)
      costs = saturatingAdd(costs, mode.extraBackwardCost);
  }
  costs = saturatingMul(costs, n);
  if (costs >= kInfeasibleCost / 4)
    return llvm::createStringError("the cost of " + llvm::Twine(n) +
                                   " steps exceeds 64 bits");
  int64_t square = saturatingMul(n, n);
  int64_t cube = saturatingMul(square, n);
  if (cube / 6 >= kMaxCube)
    return llvm::createStringError("a chain of " + llvm::Twine(n) +
                                   " unequal steps is too long for a table");
  int64_t rowWork = cube / 6 + 1;
  int64_t tableRows = std::max(kMaxTableWork / rowWork, kMinTableRows);
  int64_t mostRows = std::min(kMaxTableBytes / (4 * (square + n + 1)),
                              kMaxNumbers / (square + 1));
  return ChainLimits{
      std::min(tableRows, mostRows), std::min(2 * tableRows, mostRows),
      std::min(kMaxSweepWork / (square / 2 + 1), kMaxSweepRows), costs};
}

int64_t ChainLimits::sweepRows(int64_t numSteps, int64_t allSteps) const {
  return std::max(kMinSweepRows, maxSweepRows * numSteps / allSteps);
}
