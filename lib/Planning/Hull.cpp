//===- Hull.cpp - A lower bound for any length ----------------------------===//

#include "Hull.h"

#include "Math.h"

#include <algorithm>
#include <cmath>
#include <set>

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

/// The parts of `fraction` above which slopes lie that a line has where F(t, m)
/// bends. A plain advance more makes it a multiple of a; a step more that two
/// ways to tape make room for, E_j > E_k,
///
///   b_j + (b_k - b_j) (S + E_j) / (E_j - E_k).
static std::vector<int64_t> makeStarts(const Scaled &p, int64_t fraction) {
  std::vector<int64_t> starts = {0};
  for (size_t j = 0; j < p.tapeUnits.size(); ++j)
    for (size_t k = 0; k < p.tapeUnits.size(); ++k) {
      if (p.tapeUnits[j] <= p.tapeUnits[k])
        continue;
      double rate = double(p.stateUnits + p.tapeUnits[j]) /
                    double(p.tapeUnits[j] - p.tapeUnits[k]);
      double slope = double(p.tapeCosts[j]) +
                     double(p.tapeCosts[k] - p.tapeCosts[j]) * rate;
      slope /= double(p.advanceCost);
      starts.push_back(int64_t((slope - std::floor(slope)) * double(fraction)));
    }
  return starts;
}

/// At most `count` parts of `fraction`: 0, and from S / m above each start in
/// equal ratios. Of m units, S go with every state that is kept. With few parts
/// the upper ones are left out: there are so many rows only where memory is
/// enough for about two evaluations, and most slopes are S / m to ten times as
/// much above a start.
static std::vector<int64_t> makeParts(const Scaled &scaled, int64_t fraction,
                                      int64_t count) {
  std::vector<int64_t> starts = makeStarts(scaled, fraction);
  int64_t each = ceilDiv(count - 1, int64_t(starts.size()));
  double units = double(std::max<int64_t>(scaled.allowance, 1));
  double least = double(fraction) * double(scaled.stateUnits) / units;
  least = std::clamp(least, 1.0, double(fraction));
  double ratio = std::min(std::pow(double(fraction) / least,
                                   1 / double(std::max<int64_t>(each, 1))),
                          kMaxPartsRatio);
  std::set<int64_t> parts = {0};
  for (int64_t i = 0; i < each; ++i, least *= ratio)
    for (int64_t start : starts)
      if (int64_t(parts.size()) < count)
        parts.insert((start + int64_t(std::llround(least))) % fraction);
  return {parts.begin(), parts.end()};
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
  // Whole slopes go further than parts of them, and say how far those go.
  auto make = [&](int64_t unit, int64_t count) {
    return std::make_shared<Conjugates>(scaled, sums, unit,
                                        makeParts(scaled, unit, count));
  };
  auto conjugates = make(1, 1);
  bool isComplete = addLevels(conjugates, leastAllowance, maxEntries);
  int64_t entries = conjugates->numLevels() * (sums->numRows() + kLevelEntries);
  for (int64_t count = isComplete ? std::min(maxEntries / entries, maxParts)
                                  : 1;
       count > 1; count /= 2) {
    auto finer = make(fraction, count);
    if (addLevels(finer, leastAllowance, maxEntries)) {
      conjugates = std::move(finer);
      break;
    }
  }
  return std::unique_ptr<Hulls>(new Hulls(std::move(conjugates)));
}

std::shared_ptr<const Hull> Hulls::within(int64_t allowance) const {
  return std::shared_ptr<const Hull>(new Hull(conjugates, allowance));
}
