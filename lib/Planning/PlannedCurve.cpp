//===- PlannedCurve.cpp - Cost against bytes, as plans have it ------------===//

#include "bptt/Planning/PlannedCurve.h"

#include "BytesGrid.h"
#include "ChainSolver.h"
#include "Math.h"
#include "OptimalSolver.h"

#include "bptt/Planning/Solvers.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace bptt::planning;

/// How close numbers of bytes are: half as close in a chain, whose plans take
/// longer.
static constexpr int64_t kNumParts = 64, kNumPartsOfChain = 32;
/// Of what plain BPTT keeps, the finest distance in a chain.
static constexpr int64_t kFinestPart = 4096;
/// Of a chain, where its table is exact.
static constexpr size_t kMaxExactPoints = 2048;

PlannedCurve::PlannedCurve(Problem given) : problem(std::move(given)) {
  if (problem.isChain()) {
    makeChainEntries();
  } else if (auto curve = exactCostCurve(problem)) {
    isWhole = true;
    for (const CostPoint &point : *curve)
      entries.push_back({point.keptBytes, point.cost, State::Planned});
  } else {
    addEntries(makeBytesGrid(minKeptBytes(problem), fullKeptBytes(problem),
                             exactGranule(problem), kNumParts));
  }
}

/// The last has plain BPTT, and no other costs less.
void PlannedCurve::addEntries(llvm::ArrayRef<int64_t> grid) {
  for (int64_t keptBytes : grid)
    entries.push_back({keptBytes, plainCost(problem), State::Unknown});
  entries.back().state = State::Planned;
}

/// With bounds, if no table is exact. Where there can be no plan but plain
/// BPTT, what everything else costs is beyond 64 bits.
void PlannedCurve::makeChainEntries() {
  int64_t least = minKeptBytes(problem), full = fullKeptBytes(problem);
  llvm::Expected<ChainLimits> limits = ChainLimits::get(problem);
  if (!limits) {
    llvm::consumeError(limits.takeError());
    addEntries(
        makeBytesGrid(least, full, std::max<int64_t>(1, full - least), 1));
    if (entries.size() > 1)
      settle(0, std::numeric_limits<int64_t>::max(), State::Planned);
    return;
  }
  // Such a table is exact where those of the plans are.
  limits->maxBoundRows = limits->maxTableRows;
  ChainSums sums(problem);
  ChainBounds bounds(problem, sums, *limits, full, /*isGraded=*/true);
  int64_t fixed = fixedCost(problem);
  if (bounds.optimistic().isExact()) {
    std::vector<CostPoint> points = bounds.optimistic().points();
    if (points.size() <= kMaxExactPoints) {
      isWhole = true;
      for (const CostPoint &point : points)
        entries.push_back({point.keptBytes, saturatingAdd(fixed, point.cost),
                           State::Planned});
      return;
    }
  }
  int64_t step = std::max<int64_t>(1, (full - least) / kFinestPart);
  addEntries(makeBytesGrid(least, full, step, kNumPartsOfChain));
  for (size_t i = entries.size() - 1; i-- > 0;)
    settle(i, saturatingAdd(fixed, bounds.boundFor(entries[i].keptBytes)),
           State::Bounded);
}

size_t PlannedCurve::indexOf(int64_t keptBytes) const {
  auto found = llvm::partition_point(
      entries, [&](const Entry &entry) { return entry.keptBytes < keptBytes; });
  assert(found != entries.end() && found->keptBytes == keptBytes &&
         "not a point");
  return found - entries.begin();
}

std::vector<CostPoint> PlannedCurve::points() const {
  std::vector<CostPoint> points;
  for (const Entry &entry : entries)
    if (points.empty() || entry.cost < points.back().cost)
      points.push_back({entry.keptBytes, entry.cost});
  return points;
}

/// No plan that keeps less costs less, either.
void PlannedCurve::settle(size_t index, int64_t cost, State state) {
  entries[index].state = state;
  entries[index].cost = std::max(entries[index].cost, cost);
  while (index-- > 0 && entries[index].state != State::Planned &&
         entries[index].cost < cost)
    entries[index].cost = cost;
}

void PlannedCurve::refine(int64_t keptBytes) {
  size_t index = indexOf(keptBytes);
  State state = entries[index].state;
  if (state == State::Planned)
    return;
  if (problem.isChain())
    return planChain(keptBytes);
  if (state == State::Unknown) {
    // A number halfway to the next one with a bound says more.
    size_t next = index;
    while (entries[next].state == State::Unknown)
      ++next;
    index += (next - index) / 2;
  }
  // Tables serve all that lies nearby.
  OptimalSolver solver(problem, -1);
  int64_t fixed = fixedCost(problem), middle = entries[index].keptBytes;
  for (size_t i = entries.size(); i-- > 0;) {
    int64_t bytes = entries[i].keptBytes;
    if (entries[i].state != state || !Stretch::areNear(bytes, middle))
      continue;
    if (state == State::Unknown)
      settle(i, saturatingAdd(fixed, solver.lowerBound(bytes)), State::Bounded);
    else
      settle(i, saturatingAdd(fixed, solver.plannedCost(bytes)),
             State::Planned);
  }
}

/// A table serves all that lies nearby, and bounds serve even more.
void PlannedCurve::planChain(int64_t keptBytes) {
  ChainLimits limits = llvm::cantFail(ChainLimits::get(problem));
  int64_t octave =
      int64_t(llvm::PowerOf2Ceil(uint64_t(std::max<int64_t>(keptBytes, 1))));
  ChainSolver solver(problem, limits, octave);
  int64_t rung = solver.rungAbove(keptBytes), fixed = fixedCost(problem);
  for (size_t i = entries.size(); i-- > 0;) {
    int64_t bytes = entries[i].keptBytes;
    if (entries[i].state == State::Planned || bytes > octave)
      continue;
    if (solver.rungAbove(bytes) == rung)
      settle(i, saturatingAdd(fixed, solver.bestPlan(bytes).cost),
             State::Planned);
    else
      settle(i, saturatingAdd(fixed, solver.bounds().boundFor(bytes)),
             State::Bounded);
  }
}
