//===- SharedBound.cpp - What a shared budget saves at most ---------------===//

#include "bptt/Planning/SharedBound.h"

#include "Math.h"

#include "llvm/ADT/STLExtras.h"

#include <limits>

using namespace bptt::planning;

/// Inner iterations for a curve: a fifth of a second. Where there are several
/// tape modes, curves depend on what their backwards cost beyond the first.
static constexpr int64_t kMaxWork = int64_t(1) << 31,
                         kMaxWorkWithModes = int64_t(1) << 28;

/// Into so many parts an advance is divided where what a tape mode costs more
/// is rounded down, so that few curves do.
static constexpr int64_t kPartsOfAdvance = 64;

/// Takes from `problem` what does not decide what is best, and says what it
/// costs; of a chain, what it costs at least.
static int64_t takeFixedCost(Problem &problem) {
  if (problem.isChain())
    return plainCost(problem);
  int64_t fixed = saturatingMul(problem.numSteps, problem.costs.backward - 1);
  problem.costs.backward = 1;
  int64_t part = std::max<int64_t>(1, problem.costs.advance / kPartsOfAdvance);
  for (TapeMode &mode : problem.tapeModes)
    mode.extraBackwardCost -= mode.extraBackwardCost % part;
  return fixed;
}

static bool haveSameCosts(const Problem &a, const Problem &b) {
  auto isSame = [](const TapeMode &x, const TapeMode &y) {
    return x.residualBytes == y.residualBytes &&
           x.extraBackwardCost == y.extraBackwardCost;
  };
  // What a chain costs is fixed.
  return a.isChain() || (a.costs.advance == b.costs.advance &&
                         a.costs.taped == b.costs.taped &&
                         llvm::equal(a.tapeModes, b.tapeModes, isSame));
}

void SharedBound::makeCurves(const std::vector<Problem> &problems) {
  known = problems;
  areClose = true;
  curves = std::nullopt;
  std::vector<std::vector<CostPoint>> made;
  for (const Problem &problem : problems) {
    if (auto curve = exactCostCurve(problem, problem.tapeModes.size() > 1
                                                 ? kMaxWorkWithModes
                                                 : kMaxWork)) {
      made.push_back(*curve);
      continue;
    }
    if (problems.size() == 1 && !problem.isChain())
      return;
    // Nothing costs less than plain BPTT.
    areClose = false;
    made.push_back(
        {{minKeptBytes(problem), problem.isChain() ? 0 : plainCost(problem)}});
  }
  curves.emplace(std::move(made), mostKeptBytes);
}

int64_t SharedBound::costWithin(std::vector<Problem> problems,
                                int64_t keptBytes) {
  int64_t fixed = 0;
  for (Problem &problem : problems)
    fixed = saturatingAdd(fixed, takeFixedCost(problem));
  if (known.size() != problems.size() ||
      !std::equal(known.begin(), known.end(), problems.begin(), haveSameCosts))
    makeCurves(problems);
  if (curves)
    return saturatingAdd(fixed, curves->costWithin(keptBytes));
  if (keptBytes < minKeptBytes(problems.front()))
    return std::numeric_limits<int64_t>::max();
  return saturatingAdd(fixed, costLowerBound(problems.front(), keptBytes));
}
