//===- Sums.cpp - What states and tapes add up to -------------------------===//

#include "Sums.h"

#include <algorithm>

using namespace bptt::planning;

std::shared_ptr<const Sums> Sums::make(const Scaled &scaled, int64_t mostUnits,
                                       int64_t maxRows) {
  if (scaled.stateUnits == 0 || maxRows < 1)
    return nullptr;
  auto result = std::make_shared<Sums>();
  std::vector<int64_t> &sums = result->sums;
  std::vector<int64_t> items = {scaled.stateUnits};
  for (int64_t tape : scaled.tapeUnits)
    items.push_back(scaled.stateUnits + tape);
  result->rests.resize(items.size());
  // For each item the first row that gives a sum beyond the last one with it.
  std::vector<size_t> next(items.size(), 0);
  for (int64_t sum = 0; sum <= mostUnits;) {
    if (int64_t(sums.size()) == maxRows)
      return nullptr;
    sums.push_back(sum);
    int64_t least = std::numeric_limits<int64_t>::max();
    for (size_t i = 0; i < items.size(); ++i) {
      while (sums[next[i]] + items[i] <= sum)
        ++next[i];
      result->rests[i].push_back(int32_t(next[i]) - 1);
      least = std::min(least, sums[next[i]] + items[i]);
    }
    sum = least;
  }
  return result;
}

int64_t Sums::rowOf(int64_t units) const {
  return std::upper_bound(sums.begin(), sums.end(), units) - sums.begin() - 1;
}
