//===- Hull.cpp - A lower bound for any length ----------------------------===//

#include "Hull.h"

#include "ExactTable.h"
#include "Math.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace bptt::planning;

/// Up to here every allowance has a row, whether or not a run is left with it.
static constexpr int64_t kMaxDenseUnits = int64_t(1) << 20;

bool Hull::fits(const Scaled &scaled, int64_t fraction) {
  // Slopes of at most 256 advances a step, beyond which nothing is looked at
  // unless the numbers are small.
  int64_t most = saturatingMul(scaled.numSteps + 1, scaled.advanceCost);
  for (int64_t cost : scaled.tapeCosts)
    most = saturatingAdd(most, saturatingMul(scaled.numSteps + 1, cost));
  return saturatingMul(saturatingMul(most, fraction), 256) < kInfeasible;
}

Hull::Hull(const Scaled &scaled, int64_t fraction, std::vector<int64_t> parts,
           const std::vector<int64_t> &allowances, int64_t maxEntries)
    : p(scaled), frac(fraction), parts(std::move(parts)),
      rowCount(allowances.empty() ? scaled.allowance + 1 : allowances.size()),
      allowances(allowances) {
  for (auto [row, m] : llvm::enumerate(allowances))
    rows[m] = row;
  int64_t best = std::numeric_limits<int64_t>::min(), bestLevel = 0;
  Run whole = {0, p.numSteps, p.allowance, p.initialIsHeld};
  // The objective is concave in the slope: past its maximum it falls. One more
  // slope of each kind serves runs inside that are off the hull.
  for (int64_t level = 0; level <= bestLevel + numParts(); ++level) {
    isCutShort =
        (level > numParts() && (level + 1) * rowCount > maxEntries) ||
        (level > 0 && saturatingMul(slope(level), p.numSteps) >= kInfeasible);
    if (isCutShort)
      break;
    addLevel();
    int64_t conjugate =
        whole.initialIsHeld ? heldLevels[level] : levels[level].back();
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
    auto part =
        int64_t(std::llround(least * std::pow(double(fraction) / least, at)));
    if (part > parts.back() && part < fraction)
      parts.push_back(part);
  }
  return parts;
}

/// What runs can be left with; empty for all up to the allowance, and nothing
/// where even a few slopes of either would be more than `maxEntries`.
static std::optional<std::vector<int64_t>>
sparseAllowances(const Scaled &scaled, int64_t maxEntries) {
  if (scaled.allowance <= kMaxDenseUnits)
    return std::vector<int64_t>();
  if (auto sparse = reachableAllowances(scaled, kMaxDenseUnits / 8))
    return sparse;
  if (scaled.allowance < maxEntries / 4)
    return std::vector<int64_t>();
  return std::nullopt;
}

bool Hull::hasFewRows(const Scaled &scaled, int64_t maxEntries) {
  return scaled.stateUnits > 0 &&
         sparseAllowances(scaled, maxEntries).has_value();
}

std::shared_ptr<const Hull> Hull::make(const Scaled &scaled, int64_t maxEntries,
                                       int64_t maxParts) {
  int64_t fraction = int64_t(1) << 24;
  while (fraction > 1 && !fits(scaled, fraction))
    fraction /= 16;
  if (scaled.stateUnits == 0 || !fits(scaled, fraction))
    return nullptr;
  std::optional<std::vector<int64_t>> sparse =
      sparseAllowances(scaled, maxEntries);
  if (!sparse)
    return nullptr;
  std::vector<int64_t> allowances = std::move(*sparse);
  int64_t numRows =
      allowances.empty() ? scaled.allowance + 1 : int64_t(allowances.size());
  // Few problems need slopes beyond four advances a step.
  int64_t affordable = maxEntries / (4 * numRows);
  for (int64_t count = std::clamp<int64_t>(affordable, 1, maxParts);;
       count /= 2) {
    std::shared_ptr<const Hull> hull(
        new Hull(scaled, fraction, makeParts(scaled, fraction, count),
                 allowances, maxEntries));
    if (!hull->isCutShort || count == 1)
      return hull;
  }
}

/// F* one advance lower. Below slope 0 it is taken at t = 1: F does not fall
/// with t.
int64_t Hull::lowerConjugate(int64_t level, int64_t row) const {
  if (level >= numParts())
    return levels[level - numParts()][row];
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
  std::vector<int64_t> values(rowCount, leaf);
  auto add = [](int64_t a, int64_t b) { return std::min(a + b, kInfeasible); };
  for (int64_t row = 0; row < rowCount; ++row) {
    int64_t left = (rows.empty() ? row : allowances[row]) - p.stateUnits;
    if (left < 0)
      continue;
    int64_t most = leaf;
    for (size_t k = 0; k < p.tapeUnits.size(); ++k)
      if (left >= p.tapeUnits[k])
        most = std::max(most, add(slope(level) - frac * p.tapeCosts[k],
                                  values[rowOf(left - p.tapeUnits[k])]));
    values[row] =
        std::max(most, add(values[rowOf(left)], lowerConjugate(level, row)));
  }
  levels.push_back(std::move(values));
  int64_t most = leaf;
  if (p.initialIsHeld) {
    for (size_t k = 0; k < p.tapeUnits.size(); ++k)
      if (p.allowance >= p.tapeUnits[k])
        most = std::max(
            most, add(slope(level) - frac * p.tapeCosts[k],
                      levels.back()[rowOf(p.allowance - p.tapeUnits[k])]));
    most = std::max(most, add(levels.back().back(), lowerHeldConjugate(level)));
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
  int64_t row = run.initialIsHeld ? 0 : rowOf(run.allowance);
  auto at = [&](int64_t level) {
    return run.initialIsHeld ? heldLevels[level] : levels[level][row];
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
