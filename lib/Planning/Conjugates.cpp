//===- Conjugates.cpp - Costs of all lengths at once ----------------------===//

#include "Conjugates.h"

#include "llvm/ADT/SmallVector.h"

#include <algorithm>

using namespace bptt::planning;

Conjugates::Conjugates(const Scaled &scaled, std::shared_ptr<const Sums> sums,
                       int64_t fraction, std::vector<int64_t> parts)
    : p(scaled), sums(std::move(sums)), frac(fraction),
      parts(std::move(parts)) {
  slopes.push_back(makeSlope(0));
}

void Conjugates::addLevel() {
  int64_t level = numLevels(), numRows = sums->numRows();
  const int64_t *lower =
      level >= numParts() ? levels[level - numParts()].data() : nullptr;
  const int32_t *besideState = sums->besideState().data();
  llvm::SmallVector<std::pair<int64_t, const int32_t *>, 4> tapes;
  for (size_t k = 0; k < p.tapeUnits.size(); ++k)
    tapes.push_back({tapeGain(level, k), sums->besideTape(k).data()});
  // Nothing but the first row is less than a state.
  std::vector<int64_t> values(numRows, leaf(level));
  for (int64_t row = 1; row < numRows; ++row) {
    int64_t most =
        std::max(values[row], add(values[besideState[row]],
                                  lower ? lower[row] : leafBelow(level)));
    for (auto [gain, beside] : tapes)
      if (beside[row] >= 0)
        most = std::max(most, add(gain, values[beside[row]]));
    values[row] = most;
  }
  levels.push_back(std::move(values));
  slopes.push_back(makeSlope(level + 1));
}
