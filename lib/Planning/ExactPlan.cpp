//===- ExactPlan.cpp - The best of all plans ------------------------------===//

#include "ExactPlan.h"

#include "ExactTable.h"
#include "Math.h"

#include "bptt/Planning/Solvers.h"

using namespace bptt::planning;

namespace {

/// About a second on one core; so much less where rows of 64 bits are longer
/// than caches.
constexpr int64_t kMaxTableWork = int64_t(13) << 30;
constexpr int64_t kMaxCachedSteps = int64_t(1) << 15;
constexpr int64_t kUncachedPart = 16;
constexpr int64_t kMaxTableBytes = int64_t(1) << 29;

} // namespace

static bool isWide(const Scaled &scaled) {
  return upperBound(scaled) >= int64_t(1) << 30;
}

static int64_t maxTableWork(const Scaled &scaled) {
  bool isCached = !isWide(scaled) || scaled.numSteps <= kMaxCachedSteps;
  return isCached ? kMaxTableWork : kMaxTableWork / kUncachedPart;
}

bool bptt::planning::holdsNoTape(const Request &request) {
  const Problem &problem = request.problem;
  bool isHeld = problem.initialState == InitialState::Held;
  return llvm::all_of(problem.tapeModes, [&](const TapeMode &mode) {
    return (isHeld ? 0 : problem.stateBytes) + mode.residualBytes >
           request.keptBytes;
  });
}

bool bptt::planning::holdsOneState(const Request &request) {
  bool isHeld = request.problem.initialState == InitialState::Held;
  int64_t first = isHeld ? 0 : request.problem.stateBytes;
  return request.keptBytes < first + request.problem.stateBytes;
}

std::optional<Found> bptt::planning::keepingStatesOnly(const Request &request,
                                                       Exactness exactness) {
  llvm::Expected<Solution> states = solveHsm(request);
  if (states)
    return Found{states->splitter, recomputeCost(*states->formula), exactness,
                 states->formula};
  llvm::consumeError(states.takeError());
  return std::nullopt;
}

std::optional<Found> bptt::planning::findExactly(const Request &request) {
  Scaled scaled = scale(request, exactGranule(request.problem), Rounding::Safe);
  Scaled fine = withCheckpointCost(scaled);
  auto found = [&](const CostedSplitter &table, int64_t unit) {
    int64_t cost = table.costOf(
        {0, scaled.numSteps, scaled.allowance, scaled.initialIsHeld});
    return saturatingMul(cost / unit, scaled.costUnit);
  };
  // Wide numbers take longer.
  int64_t maxWork =
      std::min(maxTableWork(fine), kMaxTableWork / (isWide(fine) ? 4 : 1));
  if (auto table = makeExactTable(fine, maxWork, kMaxTableBytes)) {
    // A plan keeps fewer states than it has steps.
    int64_t unit = std::max<int64_t>(scaled.numSteps, 1);
    return Found{table, found(*table, unit), Exactness::Exact, std::nullopt};
  }
  if (holdsNoTape(request))
    if (auto states = keepingStatesOnly(request, Exactness::Exact))
      return states;
  if (auto table = makeExactTable(scaled, maxTableWork(scaled), kMaxTableBytes))
    return Found{table, found(*table, 1), Exactness::Exact, std::nullopt};
  return std::nullopt;
}

bool bptt::planning::isExact(const Request &request) {
  Scaled scaled = scale(request, exactGranule(request.problem), Rounding::Safe);
  return fitsExactTable(scaled, maxTableWork(scaled), kMaxTableBytes);
}

int64_t bptt::planning::largestExactBudget(const Request &request, int64_t low,
                                           int64_t high) {
  int64_t granule = exactGranule(request.problem);
  low /= granule;
  high = ceilDiv(high, granule);
  while (high - low > 1) {
    int64_t middle = low + (high - low) / 2;
    bool isLow =
        isExact({request.problem, middle * granule, request.inProgressMode});
    (isLow ? low : high) = middle;
  }
  return low * granule;
}
