//===- Scaled.cpp - A problem in small units ------------------------------===//

#include "Scaled.h"

#include "Math.h"

#include "bptt/Planning/ClosedForms.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace bptt::planning;

int64_t bptt::planning::exactGranule(const Problem &problem) {
  int64_t granule = problem.stateBytes;
  for (const TapeMode &mode : problem.tapeModes)
    granule = std::gcd(granule, mode.residualBytes);
  return granule;
}

Scaled bptt::planning::scale(const Request &request, int64_t granuleBytes,
                             Rounding rounding) {
  const Problem &problem = request.problem;
  bool isSafe = rounding == Rounding::Safe;
  auto sizeInUnits = [&](int64_t bytes) {
    return isSafe ? ceilDiv(bytes, granuleBytes) : bytes / granuleBytes;
  };
  Scaled scaled;
  scaled.costUnit = problem.costs.advance;
  for (const TapeMode &mode : problem.tapeModes)
    scaled.costUnit = std::gcd(scaled.costUnit, mode.extraBackwardCost);
  scaled.numSteps = problem.numSteps;
  int64_t budget = std::min(request.keptBytes, fullKeptBytes(problem));
  scaled.allowance =
      isSafe ? budget / granuleBytes : ceilDiv(budget, granuleBytes);
  scaled.stateUnits = sizeInUnits(problem.stateBytes);
  for (const TapeMode &mode : problem.tapeModes) {
    scaled.tapeUnits.push_back(sizeInUnits(mode.residualBytes));
    scaled.tapeCosts.push_back(mode.extraBackwardCost / scaled.costUnit);
  }
  scaled.advanceCost = problem.costs.advance / scaled.costUnit;
  int64_t mode = tapeModeInProgress(problem, 0, request.inProgressMode);
  scaled.inProgressCost = scaled.tapeCosts[mode];
  scaled.initialIsHeld = problem.initialState == InitialState::Held;
  return scaled;
}

static int64_t divided(int64_t bytes, int64_t by, Rounding rounding) {
  return rounding == Rounding::Safe ? ceilDiv(bytes, by) : bytes / by;
}

/// Bytes by which rounding changes a state and a tape, as a fraction, at worst.
static double changeOf(const Problem &problem, int64_t granule,
                       Rounding rounding) {
  double worst = 0;
  for (const TapeMode &mode : problem.tapeModes) {
    int64_t exact = problem.stateBytes + mode.residualBytes;
    int64_t rounded = (divided(problem.stateBytes, granule, rounding) +
                       divided(mode.residualBytes, granule, rounding)) *
                      granule;
    worst = std::max(worst, std::abs(double(rounded - exact)) / double(exact));
  }
  return worst;
}

int64_t bptt::planning::coarseGranule(const Request &request, int64_t maxUnits,
                                      Rounding rounding) {
  const Problem &problem = request.problem;
  int64_t budget = std::min(request.keptBytes, fullKeptBytes(problem));
  int64_t least = ceilDiv(budget, maxUnits), best = 0;
  std::vector<int64_t> sizes = {problem.stateBytes};
  for (const TapeMode &mode : problem.tapeModes)
    if (mode.residualBytes > 0)
      sizes.push_back(mode.residualBytes);
  // Finer than a thousandth of a size is never needed.
  for (int64_t size : sizes)
    for (int64_t parts = 1; parts <= 1000; ++parts) {
      int64_t granule = divided(size, parts, rounding);
      if (granule < std::max<int64_t>(least, 1))
        break;
      if (!best || changeOf(problem, granule, rounding) <
                       changeOf(problem, best, rounding))
        best = granule;
    }
  return best ? best : std::max<int64_t>(least, 1);
}

int64_t bptt::planning::upperBound(const Scaled &scaled) {
  int64_t slots = scaled.initialIsHeld;
  if (scaled.stateUnits > 0)
    slots += scaled.allowance / scaled.stateUnits;
  if (slots == 0)
    return std::numeric_limits<int64_t>::max();
  std::optional<int64_t> count = hsmEvaluations(scaled.numSteps, slots);
  if (!count)
    return std::numeric_limits<int64_t>::max();
  int64_t advances = *count - scaled.numSteps;
  int64_t each = saturatingAdd(scaled.inProgressCost, scaled.checkpointCost);
  return saturatingAdd(saturatingMul(advances, scaled.advanceCost),
                       saturatingMul(scaled.numSteps, each));
}

Scaled bptt::planning::withCheckpointCost(Scaled scaled) {
  int64_t factor = std::max<int64_t>(scaled.numSteps, 1);
  for (int64_t &cost : scaled.tapeCosts)
    cost = saturatingMul(cost, factor);
  scaled.advanceCost = saturatingMul(scaled.advanceCost, factor);
  scaled.inProgressCost = saturatingMul(scaled.inProgressCost, factor);
  scaled.checkpointCost = 1;
  return scaled;
}
