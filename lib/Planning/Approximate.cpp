//===- Approximate.cpp - Plans where no exact table can be filled ---------===//

#include "Approximate.h"

#include "Guided.h"
#include "Math.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cmath>

using namespace bptt::planning;

namespace {

/// The exact table under guided plans, and the values of the hulls above them:
/// a tenth of a second and less on one core each, and at most half a gigabyte.
constexpr int64_t kMaxTableWork = int64_t(1) << 28;
constexpr int64_t kMaxTableRows = int64_t(1) << 19;
constexpr int64_t kMaxTableSteps = 4096;
constexpr int64_t kMaxHullEntries = int64_t(1) << 26;
/// Rows of an octave in exact units, and units of one that is rounded.
constexpr int64_t kMaxRows = int64_t(1) << 21;
constexpr int64_t kMaxUnits = int64_t(1) << 20;
/// Stretches of an octave; fewer would have more rows than their budgets need.
constexpr int64_t kStretches = 4;

} // namespace

/// At most `kMaxBytes` twice, so that it never overflows.
static int64_t octaveTop(int64_t keptBytes) {
  return int64_t(llvm::PowerOf2Ceil(uint64_t(std::max<int64_t>(keptBytes, 1))));
}

static std::shared_ptr<const Sums> sumsOf(const Scaled &scaled) {
  return Sums::make(scaled, scaled.allowance, kMaxRows);
}

static Octave octaveOf(const Request &request) {
  Request top = {request.problem, octaveTop(request.keptBytes),
                 request.inProgressMode};
  int64_t granule = exactGranule(request.problem);
  bool isExact = sumsOf(scale(top, granule, Rounding::Safe)) != nullptr;
  if (!isExact)
    granule = coarseGranule(top, kMaxUnits, Rounding::Safe);
  return {top.keptBytes / 2, granule, isExact};
}

/// How many budgets a stretch has.
static int64_t lengthOfStretch(int64_t keptBytes) {
  return std::max<int64_t>(octaveTop(keptBytes) / (2 * kStretches), 1);
}

int64_t Stretch::mostFor(int64_t keptBytes) {
  int64_t step = lengthOfStretch(keptBytes);
  return ceilDiv(std::max<int64_t>(keptBytes, 1), step) * step;
}

Stretch::Stretch(const Request &request, const Octave &octave)
    : problem(request.problem), mode(request.inProgressMode), units(octave),
      mostBytes(mostFor(request.keptBytes)) {
  int64_t leastBytes = mostBytes - lengthOfStretch(request.keptBytes);
  Scaled most = scaledTo(mostBytes);
  sums = sumsOf(most);
  int64_t least = std::max(leastBytes + 1, minKeptBytes(problem));
  if (sums)
    hulls = Hulls::make(most, sums, scaledTo(least).allowance, kMaxHullEntries);
}

int64_t Stretch::lowerBound(int64_t keptBytes) const {
  if (!hulls)
    return 0;
  Scaled scaled = scaledTo(keptBytes);
  return saturatingMul(hulls->within(scaled.allowance)->wholeBound(),
                       scaled.costUnit);
}

/// Exact plans for short runs, with any allowance up to the most; null where
/// that is too much.
std::shared_ptr<const RunTable> Stretch::shortRuns() const {
  Scaled scaled = scaledTo(mostBytes);
  int64_t numRows = sums->numRows();
  if (numRows > kMaxTableRows)
    return nullptr;
  scaled.numSteps = std::min<int64_t>(
      {scaled.numSteps, kMaxTableSteps,
       int64_t(std::sqrt(2.0 * double(kMaxTableWork) / double(numRows)))});
  return makeRunTable(scaled, sums);
}

std::optional<Found> Stretch::find(int64_t keptBytes) {
  if (!hulls)
    return std::nullopt;
  if (!table)
    table = shortRuns();
  Scaled scaled = scaledTo(keptBytes);
  auto guided = makeGuided(scaled, hulls->within(scaled.allowance),
                           table ? table->within(scaled.allowance) : nullptr,
                           table ? table->longestRun() : 1);
  if (!guided)
    return std::nullopt;
  int64_t cost = guided->costOf(
      {0, scaled.numSteps, scaled.allowance, scaled.initialIsHeld});
  return Found{guided, saturatingMul(cost, scaled.costUnit),
               units.isExact ? Exactness::Window : Exactness::Macro,
               std::nullopt};
}

//===----------------------------------------------------------------------===//
// All stretches
//===----------------------------------------------------------------------===//

/// With sizes that are rounded down.
static int64_t optimisticLowerBound(const Request &request) {
  Scaled scaled =
      scale(request, coarseGranule(request, kMaxUnits, Rounding::Optimistic),
            Rounding::Optimistic);
  int64_t bound = saturatingMul(
      *std::min_element(scaled.tapeCosts.begin(), scaled.tapeCosts.end()),
      request.problem.numSteps);
  if (auto hull = Hull::make(scaled, kMaxHullEntries))
    bound = std::max(bound, hull->wholeBound());
  return saturatingMul(bound, scaled.costUnit);
}

Octave Stretches::octaveOf(int64_t keptBytes) {
  auto [entry, isNew] = octaves.try_emplace(octaveTop(keptBytes));
  if (isNew)
    entry->second = ::octaveOf(at(keptBytes));
  return entry->second;
}

Stretch &Stretches::stretchOf(int64_t keptBytes) {
  if (!last || !last->contains(keptBytes)) {
    last.reset(); // before there is another one
    last.emplace(at(keptBytes), octaveOf(keptBytes));
  }
  return *last;
}

int64_t Stretches::lowerBoundInUnits(int64_t keptBytes) {
  auto [entry, isNew] = boundsInUnits.try_emplace(keptBytes);
  if (isNew)
    entry->second = stretchOf(keptBytes).lowerBound(keptBytes);
  return entry->second;
}

std::optional<Found> Stretches::find(int64_t keptBytes) {
  auto [entry, isNew] = plans.try_emplace(keptBytes);
  if (isNew)
    entry->second = stretchOf(keptBytes).find(keptBytes);
  return entry->second;
}

int64_t Stretches::lowerBound(int64_t keptBytes) {
  // Nothing is lost in exact units.
  if (octaveOf(keptBytes).isExact)
    return lowerBoundInUnits(keptBytes);
  auto [entry, isNew] = bounds.try_emplace(keptBytes);
  if (isNew) {
    last.reset(); // makes room
    entry->second = optimisticLowerBound(at(keptBytes));
  }
  return entry->second;
}
