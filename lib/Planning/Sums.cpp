//===- Sums.cpp - What states and tapes add up to -------------------------===//

#include "Sums.h"

#include <algorithm>

using namespace bptt::planning;

Sums::Sums(const Scaled &scaled, int64_t mostUnits, int64_t maxRows) {
  std::vector<int64_t> items = {scaled.stateUnits};
  for (int64_t tape : scaled.tapeUnits)
    items.push_back(scaled.stateUnits + tape);
  rests.resize(items.size());
  // For each item the first row that gives a sum beyond the last one with it.
  std::vector<size_t> next(items.size(), 0);
  for (int64_t sum = 0; sum <= mostUnits;) {
    if (int64_t(sums.size()) == maxRows) {
      isCut = true;
      return;
    }
    sums.push_back(sum);
    int64_t least = std::numeric_limits<int64_t>::max();
    for (size_t i = 0; i < items.size(); ++i) {
      while (sums[next[i]] + items[i] <= sum)
        ++next[i];
      rests[i].push_back(int32_t(next[i]) - 1);
      least = std::min(least, sums[next[i]] + items[i]);
    }
    sum = least;
  }
}

std::shared_ptr<const Sums> Sums::make(const Scaled &scaled, int64_t mostUnits,
                                       int64_t maxRows) {
  if (scaled.stateUnits == 0 || maxRows < 1)
    return nullptr;
  std::shared_ptr<const Sums> sums(new Sums(scaled, mostUnits, maxRows));
  return sums->isCut ? nullptr : sums;
}

std::vector<int64_t> Sums::least(const Scaled &scaled, int64_t mostUnits,
                                 int64_t count) {
  if (scaled.stateUnits == 0)
    return {};
  return Sums(scaled, mostUnits, count).sums;
}

int64_t Sums::rowOf(int64_t units) const {
  return std::upper_bound(sums.begin(), sums.end(), units) - sums.begin() - 1;
}
