//===- Hull.cpp - A lower bound for any length ----------------------------===//

#include "Hull.h"

#include "Math.h"

#include <algorithm>
#include <cassert>

using namespace bptt::planning;

bool Hull::fits(const Scaled &scaled, int64_t fraction) {
  // Slopes of at most 256 advances a step, beyond which nothing is looked at
  // unless the numbers are small.
  int64_t most = saturatingMul(scaled.numSteps + 1, scaled.advanceCost);
  for (int64_t cost : scaled.tapeCosts)
    most = saturatingAdd(most, saturatingMul(scaled.numSteps + 1, cost));
  return saturatingMul(saturatingMul(most, fraction), 256) < kInfeasible;
}

Hull::Hull(const Scaled &scaled, int64_t fraction, int64_t maxEntries)
    : p(scaled), frac(fraction) {
  assert(p.stateUnits > 0 && "states that take nothing need no bound");
  int64_t best = std::numeric_limits<int64_t>::min(), bestLevel = 0;
  Run whole = {0, p.numSteps, p.allowance, p.initialIsHeld};
  // The objective is concave in the slope: past its maximum it falls. One more
  // slope of each kind serves runs inside that are off the hull.
  for (int64_t level = 0; level <= bestLevel + fraction; ++level) {
    if (level > fraction && (level + 1) * (p.allowance + 1) > maxEntries)
      break;
    if (level > 0 && saturatingMul(slope(level), p.numSteps) >= kInfeasible)
      break;
    addLevel();
    int64_t conjugate =
        whole.initialIsHeld ? heldLevels[level] : levels[level][p.allowance];
    int64_t value = slope(level) * p.numSteps - conjugate;
    if (value > best) {
      best = value;
      bestLevel = level;
    }
  }
}

/// F* below slope 0 is taken at t = 1: F does not fall with t.
int64_t Hull::conjugateOf(int64_t level, int64_t m) const {
  return level < 0 ? slope(level) - frac * p.inProgressCost : levels[level][m];
}
int64_t Hull::heldConjugateOf(int64_t level) const {
  return level < 0 ? slope(level) - frac * p.inProgressCost : heldLevels[level];
}

void Hull::addLevel() {
  auto level = int64_t(levels.size());
  int64_t leaf = slope(level) - frac * p.inProgressCost;
  std::vector<int64_t> row(p.allowance + 1, leaf);
  auto add = [](int64_t a, int64_t b) { return std::min(a + b, kInfeasible); };
  for (int64_t m = p.stateUnits; m <= p.allowance; ++m) {
    int64_t left = m - p.stateUnits, most = leaf;
    for (size_t k = 0; k < p.tapeUnits.size(); ++k)
      if (left >= p.tapeUnits[k])
        most = std::max(most, add(slope(level) - frac * p.tapeCosts[k],
                                  row[left - p.tapeUnits[k]]));
    row[m] = std::max(most, add(row[left], conjugateOf(level - frac, m)));
  }
  levels.push_back(std::move(row));
  int64_t most = leaf;
  if (p.initialIsHeld) {
    for (size_t k = 0; k < p.tapeUnits.size(); ++k)
      if (p.allowance >= p.tapeUnits[k])
        most = std::max(most, add(slope(level) - frac * p.tapeCosts[k],
                                  levels.back()[p.allowance - p.tapeUnits[k]]));
    most = std::max(
        most, add(levels.back()[p.allowance], heldConjugateOf(level - frac)));
  }
  heldLevels.push_back(most);
}

int64_t Hull::bound(const Run &run) const {
  if (run.numSteps == 0)
    return 0;
  if (run.numSteps == 1)
    return frac * p.inProgressCost;
  if (!run.initialIsHeld && run.allowance < p.stateUnits)
    return kInfeasible;
  auto at = [&](int64_t level) {
    return run.initialIsHeld ? heldLevels[level] : levels[level][run.allowance];
  };
  // The first level from which on the line through t falls.
  int64_t low = 0, high = int64_t(levels.size()) - 1;
  int64_t rise = p.advanceCost * run.numSteps;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    bool isPast =
        at(middle + 1) >= kInfeasible || at(middle + 1) - at(middle) >= rise;
    (isPast ? high : low) = isPast ? middle : middle + 1;
  }
  return slope(low) * run.numSteps - at(low);
}

int64_t Hull::wholeBound() const {
  int64_t times = bound({0, p.numSteps, p.allowance, p.initialIsHeld});
  return times <= 0 ? 0 : ceilDiv(times, frac);
}
