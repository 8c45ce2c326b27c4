//===- Compare.cpp - Results side by side ---------------------------------===//

#include "bptt/Arrays/Compare.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <cstring>

using namespace bptt;

Comparison bptt::compareResults(llvm::ArrayRef<Array> a,
                                llvm::ArrayRef<Array> b) {
  Comparison comparison;
  double squares = 0, squaredDifferences = 0;
  for (const auto &[x, y] : llvm::zip_equal(a, b)) {
    if (x.type().element != y.type().element ||
        std::memcmp(x.data(), y.data(), x.type().numBytes()) != 0)
      comparison.bitIdentical = false;
    double largest = 0, difference = 0;
    for (int64_t i = 0, e = x.type().numElements(); i < e; ++i) {
      double delta = std::abs(x.get(i) - y.get(i));
      // NaN compares false with everything, and must not pass for small.
      difference = delta <= difference ? difference : delta;
      largest = std::max(largest, std::abs(y.get(i)));
      squaredDifferences += delta * delta;
      squares += y.get(i) * y.get(i);
    }
    double relative = difference == 0 ? 0 : difference / largest;
    comparison.maxRelativeDifference =
        relative <= comparison.maxRelativeDifference
            ? comparison.maxRelativeDifference
            : relative;
  }
  comparison.normRelativeDifference =
      squaredDifferences == 0 ? 0 : std::sqrt(squaredDifferences / squares);
  return comparison;
}
