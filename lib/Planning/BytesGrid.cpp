//===- BytesGrid.cpp - Where a curve is looked at -------------------------===//

#include "BytesGrid.h"

#include "Math.h"

using namespace bptt::planning;

std::vector<int64_t> bptt::planning::makeBytesGrid(int64_t least, int64_t most,
                                                   int64_t step,
                                                   int64_t numParts) {
  std::vector<int64_t> grid = {least};
  for (int64_t extra = step; extra < most - least;
       extra =
           saturatingAdd(extra, ceilDiv(extra / numParts, step) * step + step))
    grid.push_back(least + extra);
  if (most > least)
    grid.push_back(most);
  return grid;
}
