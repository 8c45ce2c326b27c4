//===- Hull.cpp - A lower bound for any length ----------------------------===//

#include "Hull.h"

#include "Math.h"

#include <algorithm>
#include <cassert>
#include <cmath>

using namespace bptt::planning;

bool Hull::fits(const Scaled &scaled, int64_t fraction) {
  // Slopes of at most 256 advances a step, beyond which nothing is looked at
  // unless the numbers are small.
  int64_t most = saturatingMul(scaled.numSteps + 1, scaled.advanceCost);
  for (int64_t cost : scaled.tapeCosts)
    most = saturatingAdd(most, saturatingMul(scaled.numSteps + 1, cost));
  return saturatingMul(saturatingMul(most, fraction), 256) < kInfeasible;
}

Hull::Hull(const Scaled &scaled, int64_t fraction, std::vector<int64_t> parts,
           int64_t maxEntries)
    : p(scaled), frac(fraction), parts(std::move(parts)) {
  assert(p.stateUnits > 0 && "states that take nothing need no bound");
  int64_t best = std::numeric_limits<int64_t>::min(), bestLevel = 0;
  Run whole = {0, p.numSteps, p.allowance, p.initialIsHeld};
  // The objective is concave in the slope: past its maximum it falls. One more
  // slope of each kind serves runs inside that are off the hull.
  for (int64_t level = 0; level <= bestLevel + numParts(); ++level) {
    isCutShort =
        (level > numParts() && (level + 1) * (p.allowance + 1) > maxEntries) ||
        (level > 0 && saturatingMul(slope(level), p.numSteps) >= kInfeasible);
    if (isCutShort)
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

/// `count` parts of `fraction`: 0, and from half of S / m up in equal ratios. A
/// line that touches F(t, m) where it bends rises by S / m more than a multiple
/// of a at least: of m units, S go with every state that is kept.
static std::vector<int64_t> makeParts(const Scaled &scaled, int64_t fraction,
                                      int64_t count) {
  std::vector<int64_t> parts = {0};
  double units = double(std::max<int64_t>(scaled.allowance, 1));
  double least = double(fraction) * double(scaled.stateUnits) / units / 2;
  least = std::clamp(least, 1.0, double(fraction));
  for (int64_t i = 0; i + 1 < count; ++i) {
    double at = double(i) / double(count - 1);
    auto part = int64_t(
        std::llround(least * std::pow(double(fraction) / least, at)));
    if (part > parts.back() && part < fraction)
      parts.push_back(part);
  }
  return parts;
}

std::shared_ptr<const Hull> Hull::make(const Scaled &scaled, int64_t maxEntries,
                                       int64_t maxParts) {
  int64_t fraction = int64_t(1) << 24;
  while (fraction > 1 && !fits(scaled, fraction))
    fraction /= 16;
  if (scaled.stateUnits == 0 || !fits(scaled, fraction) ||
      scaled.allowance >= maxEntries / 2)
    return nullptr;
  // Few problems need slopes beyond four advances a step.
  int64_t affordable = maxEntries / (4 * (scaled.allowance + 1));
  for (int64_t count = std::clamp<int64_t>(affordable, 1, maxParts);;
       count /= 2) {
    auto hull = std::make_shared<Hull>(
        scaled, fraction, makeParts(scaled, fraction, count), maxEntries);
    if (!hull->isCutShort || count == 1)
      return hull;
  }
}

/// F* one advance lower. Below slope 0 it is taken at t = 1: F does not fall
/// with t.
int64_t Hull::lowerConjugate(int64_t level, int64_t m) const {
  if (level >= numParts())
    return levels[level - numParts()][m];
  return slope(level) - frac * (p.advanceCost + p.inProgressCost);
}
int64_t Hull::lowerHeldConjugate(int64_t level) const {
  if (level >= numParts())
    return heldLevels[level - numParts()];
  return slope(level) - frac * (p.advanceCost + p.inProgressCost);
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
    row[m] = std::max(most, add(row[left], lowerConjugate(level, m)));
  }
  levels.push_back(std::move(row));
  int64_t most = leaf;
  if (p.initialIsHeld) {
    for (size_t k = 0; k < p.tapeUnits.size(); ++k)
      if (p.allowance >= p.tapeUnits[k])
        most = std::max(most, add(slope(level) - frac * p.tapeCosts[k],
                                  levels.back()[p.allowance - p.tapeUnits[k]]));
    most = std::max(
        most, add(levels.back()[p.allowance], lowerHeldConjugate(level)));
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
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    int64_t rise = (slope(middle + 1) - slope(middle)) * run.numSteps;
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
