//===- ChainBounds.cpp - What a chain costs at least ----------------------===//

#include "ChainBounds.h"

#include "ChainPrices.h"

using namespace bptt::planning;

/// Inner iterations of the bound that needs no table.
static constexpr int64_t kMaxPriceWork = int64_t(1) << 27;

ChainBounds::ChainBounds(const Problem &problem, const ChainSums &sums,
                         const ChainLimits &limits, int64_t mostBytes,
                         bool isGraded)
    : table(makeChainTable(
          problem,
          {mostBytes, limits.maxBoundRows, Rounding::Optimistic, isGraded},
          limits.sumOfCosts)),
      sweep(problem, sums, *table, {0, problem.numSteps},
            {mostBytes, limits.maxSweepRows, Rounding::Optimistic, isGraded}),
      forAll(pricedLowerBound(problem, mostBytes, kMaxPriceWork)) {}
