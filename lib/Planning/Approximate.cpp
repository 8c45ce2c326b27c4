//===- Approximate.cpp - Plans where no exact table can be filled ---------===//

#include "Approximate.h"

#include "ExactTable.h"
#include "Guided.h"
#include "Math.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cmath>

using namespace bptt::planning;

namespace {

/// The exact table under a guided plan, and the hull's entries: a few
/// hundredths of a second on one core each, and together two thirds of a
/// gigabyte.
constexpr int64_t kMaxTableWork = int64_t(1) << 26;
constexpr int64_t kMaxTableRows = int64_t(1) << 19;
constexpr int64_t kMaxTableSteps = 4096;
constexpr int64_t kMaxHullEntries = int64_t(1) << 26;
/// Units of a budget that is rounded.
constexpr int64_t kMaxUnits = int64_t(1) << 19;

} // namespace

/// At most `kMaxBytes` twice, so that it never overflows.
static int64_t octaveTop(int64_t keptBytes) {
  return int64_t(llvm::PowerOf2Ceil(uint64_t(std::max<int64_t>(keptBytes, 1))));
}

Octave bptt::planning::octaveOf(const Request &request) {
  Request top = {request.problem, octaveTop(request.keptBytes),
                 request.inProgressMode};
  int64_t granule = exactGranule(request.problem);
  bool isExact =
      Hull::hasFewRows(scale(top, granule, Rounding::Safe), kMaxHullEntries);
  if (!isExact)
    granule = coarseGranule(top, kMaxUnits, Rounding::Safe);
  return {top.keptBytes / 2, granule, isExact};
}

int64_t bptt::planning::recomputeLowerBound(const Request &request) {
  Octave octave = octaveOf(request);
  // Nothing is lost in exact units, so safe is as good as optimistic.
  Scaled scaled =
      octave.isExact
          ? scale(request, octave.granuleBytes, Rounding::Safe)
          : scale(request,
                  coarseGranule(request, kMaxUnits, Rounding::Optimistic),
                  Rounding::Optimistic);
  int64_t bound = saturatingMul(
      *std::min_element(scaled.tapeCosts.begin(), scaled.tapeCosts.end()),
      request.problem.numSteps);
  if (auto hull = Hull::make(scaled, kMaxHullEntries))
    bound = std::max(bound, hull->wholeBound());
  return saturatingMul(bound, scaled.costUnit);
}

Approximation::Approximation(const Request &request, const Octave &octave)
    : octave(octave),
      scaled(scale(request, octave.granuleBytes, Rounding::Safe)),
      hull(Hull::make(scaled, kMaxHullEntries)) {}

int64_t Approximation::lowerBound() const {
  return hull ? saturatingMul(hull->wholeBound(), scaled.costUnit) : 0;
}

/// Exact plans for short runs, with any allowance up to the whole; null where
/// that is too much.
static std::shared_ptr<const CostedSplitter> fillShortTable(Scaled scaled,
                                                            int64_t numRows) {
  if (numRows > kMaxTableRows)
    return nullptr;
  scaled.numSteps = std::min<int64_t>(
      {scaled.numSteps, kMaxTableSteps,
       int64_t(std::sqrt(2.0 * double(kMaxTableWork) / double(numRows)))});
  return makeExactTable(scaled);
}

static int64_t tableSteps(const CostedSplitter *table) {
  return table ? table->longestRun() : 1;
}

std::optional<Found> Approximation::find() const {
  if (!hull)
    return std::nullopt;
  auto table = fillShortTable(scaled, hull->numRows());
  auto guided = makeGuided(scaled, hull, table, tableSteps(table.get()));
  if (!guided)
    return std::nullopt;
  int64_t cost = guided->costOf(
      {0, scaled.numSteps, scaled.allowance, scaled.initialIsHeld});
  return Found{guided, saturatingMul(cost, scaled.costUnit),
               octave.isExact ? Exactness::Window : Exactness::Macro,
               std::nullopt};
}
