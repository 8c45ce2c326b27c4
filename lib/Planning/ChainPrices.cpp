//===- ChainPrices.cpp - Bounds by a price for bytes ----------------------===//
//
// A price p for every byte and step of the first sweep over an interval, in
// place of a budget: with B(a,c) at most F(a,c,M), M the whole budget,
//
//   D(a,a+1) = cheapest b of step a
//   D(a,b) = min{ min over k      b_{a,k} + p (S_a + E_{a,k}) + D(a+1, b),
//                 min over a<c<b  w(a,c) + p S_a + D(c, b) + B(a, c) }
//
// is at most F(a,b,m) + p m for every m up to M, by induction over the
// recurrences of ChainTable.h, so that D(a,b) - p M is again such a B(a,b), for
// any price. The largest over some prices is taken. What is lost is that a left
// part may keep M rather than what is left to it.
//
//===----------------------------------------------------------------------===//

#include "ChainPrices.h"

#include "ChainTable.h"
#include "MinSum.h"

#include "bptt/Planning/Solvers.h"

#include <algorithm>
#include <cmath>

using namespace bptt::planning;

namespace {

/// Prices that are tried: from an eighth of what advances cost for each byte
/// that plain BPTT keeps, over so many octaves.
constexpr int kBelow = 3;
constexpr int64_t kOctaves = 8;
constexpr int64_t kMaxPrices = 32;
constexpr int64_t kMinPrices = 4;
/// More than sums of a few thousand terms are rounded by, in proportion.
constexpr double kSlack = 1e-12;

class PricedChain {
public:
  PricedChain(const Problem &problem, int64_t keptBytes, int64_t numPrices)
      : problem(problem), numSteps(problem.numSteps), keptBytes(keptBytes) {
    prefix.assign(numSteps + 1, 0);
    for (int64_t i = 0; i < numSteps; ++i)
      prefix[i + 1] = prefix[i] + double(problem.costsAt(i).advance);
    double full = double(std::max<int64_t>(1, fullKeptBytes(problem)));
    for (int64_t i = 0; i < numPrices; ++i) {
      double octave = double(kOctaves * i) / double(numPrices - 1);
      double whole = std::floor(octave);
      prices.push_back(prefix[numSteps] / full *
                       std::ldexp(1 + octave - whole, int(whole) - kBelow));
    }
    priced.resize(numPrices * numSteps * (numSteps + 1));
    bounds.resize(numSteps + 1);
    for (int64_t a = numSteps; a-- > 0;)
      fill(a);
  }

  double bound() const { return bounds[numSteps]; }

private:
  /// D(a, .) at the price.
  double *row(size_t price, int64_t a) {
    return &priced[(price * numSteps + a) * (numSteps + 1)];
  }

  void fill(int64_t a) {
    const std::vector<TapeMode> &modes = problem.tapeModesAt(a);
    double own = double(ownStateBytes(problem, a));
    auto least = double(modes[cheapestTapeMode(modes)].extraBackwardCost);
    for (size_t i = 0; i < prices.size(); ++i) {
      double *current = row(i, a);
      std::fill_n(current, numSteps + 1, std::numeric_limits<double>::max());
      current[a + 1] = least;
      for (const TapeMode &mode : modes) {
        double tape = prices[i] * (own + double(mode.residualBytes));
        if (a + 1 < numSteps)
          join(double(mode.extraBackwardCost) + tape, row(i, a + 1), a + 2,
               current);
      }
    }
    for (int64_t c = a + 1; c <= numSteps; ++c) {
      double bound = least;
      for (size_t i = 0; i < prices.size(); ++i) {
        double all = row(i, a)[c], budget = prices[i] * double(keptBytes);
        bound = std::max(bound, all - budget - kSlack * all);
      }
      bounds[c] = bound;
      for (size_t i = 0; c < numSteps && i < prices.size(); ++i) {
        double state = prices[i] * own;
        join(prefix[c] - prefix[a] + bound + state, row(i, c), c + 1,
             row(i, a));
      }
    }
  }

  /// For [., b), b from `first` up.
  void join(double cost, const double *right, int64_t first,
            double *current) const {
    lowerToSum(cost, right + first, numSteps + 1 - first, current + first);
  }

  const Problem &problem;
  int64_t numSteps, keptBytes;
  std::vector<double> prefix; ///< advance costs summed
  std::vector<double> prices;
  std::vector<double> priced; ///< D, [price][first step][end]
  std::vector<double> bounds; ///< B of the last first step, [end]
};

} // namespace

int64_t bptt::planning::pricedLowerBound(const Problem &problem,
                                         int64_t keptBytes, int64_t maxWork) {
  int64_t n = problem.numSteps;
  int64_t numPrices =
      std::clamp(maxWork / (n * n * n / 6 + 1), kMinPrices, kMaxPrices);
  double bound = PricedChain(problem, keptBytes, numPrices).bound();
  return int64_t(std::ceil(bound * (1 - kSlack)));
}
