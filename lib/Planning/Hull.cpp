//===- Hull.cpp - A lower bound for any length ----------------------------===//

#include "Hull.h"

#include "Math.h"

#include <algorithm>
#include <cmath>

using namespace bptt::planning;

/// Between parts of a that are looked at.
static constexpr double kMaxPartsRatio = 1.5;
/// What a slope takes beside its values, in values.
static constexpr int64_t kLevelEntries = 64;

//===----------------------------------------------------------------------===//
// One budget
//===----------------------------------------------------------------------===//

Hull::Hull(std::shared_ptr<const Conjugates> shared, int64_t allowance)
    : conjugates(std::move(shared)) {
  const Scaled &p = conjugates->problem();
  whole = {0, p.numSteps, allowance, p.initialIsHeld};
  wholeRow = conjugates->rowOf(allowance);
  for (int64_t tape : p.tapeUnits)
    tapeRows.push_back(conjugates->rowOf(allowance - tape));
  while (int64_t(heldLevels.size()) < conjugates->numLevels())
    addLevel();
}

void Hull::addLevel() {
  int64_t level = int64_t(heldLevels.size());
  const Conjugates &c = *conjugates;
  int64_t lower = level >= c.numParts() ? heldLevels[level - c.numParts()]
                                        : c.leafBelow(level);
  int64_t most = std::max(c.leaf(level), c.add(c.at(level, wholeRow), lower));
  for (size_t k = 0; k < tapeRows.size(); ++k)
    if (tapeRows[k] >= 0)
      most =
          std::max(most, c.add(c.tapeGain(level, k), c.at(level, tapeRows[k])));
  heldLevels.push_back(most);
}

Hull::Bounds Hull::boundsLike(const Run &run) const {
  Bounds bounds;
  bounds.hull = this;
  bounds.row = run.initialIsHeld ? -1 : conjugates->rowOf(run.allowance);
  bounds.isFeasible =
      run.initialIsHeld || run.allowance >= conjugates->problem().stateUnits;
  return bounds;
}

int64_t Hull::Bounds::operator()(int64_t numSteps) {
  const Conjugates &c = *hull->conjugates;
  if (numSteps == 0)
    return 0;
  if (numSteps == 1)
    return c.slope(0) - c.leaf(0);
  if (!isFeasible)
    return kInfeasible;
  auto at = [&](int64_t level) {
    return row < 0 ? hull->heldLevels[level] : c.at(level, row);
  };
  auto isPast = [&](int64_t level) {
    int64_t rise = (c.slope(level + 1) - c.slope(level)) * numSteps;
    return at(level + 1) >= kInfeasible || at(level + 1) - at(level) >= rise;
  };
  // The first level from which on the line through t falls; often the last one.
  int64_t low = 0, high = c.numLevels() - 1;
  if (level < high && isPast(level)) {
    high = level;
    if (level > 0 && !isPast(level - 1))
      low = level;
  }
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (isPast(middle))
      high = middle;
    else
      low = middle + 1;
  }
  level = low;
  return c.slope(low) * numSteps - at(low);
}

int64_t Hull::wholeBound() const {
  int64_t times = bound(whole);
  return times <= 0 ? 0 : ceilDiv(times, fraction());
}

std::shared_ptr<const Hull> Hull::make(const Scaled &scaled, int64_t maxEntries,
                                       int64_t maxParts) {
  auto sums = Sums::make(scaled, scaled.allowance, maxEntries);
  if (!sums)
    return nullptr;
  auto hulls =
      Hulls::make(scaled, sums, scaled.allowance, maxEntries, maxParts);
  return hulls ? hulls->within(scaled.allowance) : nullptr;
}

//===----------------------------------------------------------------------===//
// Several
//===----------------------------------------------------------------------===//

/// Whether all values that matter fit.
static bool fits(const Scaled &scaled, int64_t fraction) {
  // Slopes of at most 256 advances a step, beyond which nothing is looked at
  // unless the numbers are small.
  int64_t most = saturatingMul(scaled.numSteps + 1, scaled.advanceCost);
  for (int64_t cost : scaled.tapeCosts)
    most = saturatingAdd(most, saturatingMul(scaled.numSteps + 1, cost));
  return saturatingMul(saturatingMul(most, fraction), 256) <
         Conjugates::kInfeasible;
}

/// `count` parts of `fraction`: 0, and from S / m up in equal ratios. A line
/// that touches F(t, m) where it bends rises by S / m more than a multiple of a
/// at least: of m units, S go with every state that is kept. With few parts the
/// upper ones are left out: there are so many rows only where memory is enough
/// for about two evaluations, and most slopes are S / m to ten times as much.
static std::vector<int64_t> makeParts(const Scaled &scaled, int64_t fraction,
                                      int64_t count) {
  std::vector<int64_t> parts = {0};
  double units = double(std::max<int64_t>(scaled.allowance, 1));
  double least = double(fraction) * double(scaled.stateUnits) / units;
  least = std::clamp(least, 1.0, double(fraction));
  double ratio = std::pow(double(fraction) / least,
                          1 / double(std::max<int64_t>(count - 1, 1)));
  for (int64_t i = 0; i + 1 < count; ++i) {
    auto part = int64_t(std::llround(
        least * std::pow(std::min(ratio, kMaxPartsRatio), double(i))));
    if (part > parts.back() && part < fraction)
      parts.push_back(part);
  }
  return parts;
}

bool Hulls::addLevels(const std::shared_ptr<Conjugates> &conjugates,
                      int64_t allowance, int64_t maxEntries) {
  Hull hull(conjugates, allowance);
  int64_t numSteps = hull.whole.numSteps, numParts = conjugates->numParts();
  int64_t best = std::numeric_limits<int64_t>::min(), bestLevel = 0;
  // The objective is concave in the slope: past its maximum it falls. One more
  // slope of each kind serves runs inside that are off the hull.
  for (int64_t level = 0; level <= bestLevel + numParts; ++level) {
    int64_t slope = conjugates->slope(level);
    if ((level > numParts &&
         (level + 1) * (conjugates->numRows() + kLevelEntries) > maxEntries) ||
        (level > 0 && saturatingMul(slope, numSteps) >= Hull::kInfeasible))
      return false;
    conjugates->addLevel();
    hull.addLevel();
    int64_t value = slope * numSteps - hull.wholeAt(level);
    if (value > best) {
      best = value;
      bestLevel = level;
    }
  }
  return true;
}

std::unique_ptr<const Hulls> Hulls::make(const Scaled &scaled,
                                         std::shared_ptr<const Sums> sums,
                                         int64_t leastAllowance,
                                         int64_t maxEntries, int64_t maxParts) {
  int64_t fraction = int64_t(1) << 24;
  while (fraction > 1 && !fits(scaled, fraction))
    fraction /= 16;
  if (!fits(scaled, fraction))
    return nullptr;
  // Few problems need slopes beyond four advances a step.
  int64_t affordable = maxEntries / (4 * sums->numRows());
  for (int64_t count = std::clamp<int64_t>(affordable, 1, maxParts);;
       count = std::max<int64_t>(count / 8, 1)) {
    // Whole slopes go further.
    int64_t unit = count > 1 ? fraction : 1;
    auto conjugates = std::make_shared<Conjugates>(
        scaled, sums, unit, makeParts(scaled, unit, count));
    if (addLevels(conjugates, leastAllowance, maxEntries) || count == 1)
      return std::unique_ptr<Hulls>(new Hulls(std::move(conjugates)));
  }
}

std::shared_ptr<const Hull> Hulls::within(int64_t allowance) const {
  return std::shared_ptr<const Hull>(new Hull(conjugates, allowance));
}
