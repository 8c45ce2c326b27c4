//===- Statistics.h - Numbers out of several runs ---------------*- C++ -*-===//

#ifndef BPTT_TOOLS_SHARED_STATISTICS_H
#define BPTT_TOOLS_SHARED_STATISTICS_H

#include <algorithm>
#include <vector>

namespace bptt {

/// The middle of at least one value, or the mean of the two in the middle.
inline double getMedian(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  size_t half = values.size() / 2;
  return values.size() % 2 ? values[half]
                           : (values[half - 1] + values[half]) / 2;
}

} // namespace bptt

#endif
