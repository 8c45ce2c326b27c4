//===- ChainSums.cpp - Sums over the steps of a chain ---------------------===//

#include "ChainSums.h"

#include "Math.h"

using namespace bptt::planning;

ChainSums::ChainSums(const Problem &problem)
    : advances(1), tapes(1), extras(1) {
  for (int64_t i = 0; i < problem.numSteps; ++i) {
    const std::vector<TapeMode> &modes = problem.tapeModesAt(i);
    const TapeMode &cheapest = modes[cheapestTapeMode(modes)];
    int64_t bytes = ownStateBytes(problem, i) + cheapest.residualBytes;
    advances.push_back(advances.back() + problem.costsAt(i).advance);
    tapes.push_back(saturatingAdd(tapes.back(), bytes));
    extras.push_back(extras.back() + cheapest.extraBackwardCost);
  }
}
