//===- Rungs.cpp - Budgets that are planned for others --------------------===//

#include "Rungs.h"

#include "Segments.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace bptt::planning;

namespace {

/// Rungs have so many leading binary digits, in the smallest unit that loses
/// nothing: they lie less than 0.05 per cent apart. With several tape modes
/// bounds are less close, and more rungs would be looked at.
constexpr unsigned kRungDigits = 12;
constexpr unsigned kFewRungDigits = 10;
/// So many less where segments leave little to find.
constexpr unsigned kDroppedDigits = 4;
/// The least sums of states and tapes, so many, are rungs whatever their
/// digits; one of those whose bounds agree in so many.
constexpr int64_t kManySums = int64_t(1) << 15;
constexpr unsigned kBoundDigits = 16;

} // namespace

/// The memory from which on segments undo the whole sequence. It is a rung by
/// itself.
static int64_t segmentsRung(const Problem &problem) {
  const TapeMode &mode = problem.tapeModes[cheapestTapeMode(problem.tapeModes)];
  double bytes =
      std::sqrt(2.0 * double(problem.numSteps) * double(problem.stateBytes) *
                double(problem.stateBytes + mode.residualBytes));
  return bytes < double(kMaxBytes) ? int64_t(bytes) : kMaxBytes;
}

/// `value` with so many leading binary digits and zeros after them.
static int64_t leading(int64_t value, unsigned numDigits) {
  unsigned digits = llvm::Log2_64(std::max<int64_t>(value, 1)) + 1;
  unsigned dropped = digits > numDigits ? digits - numDigits : 0;
  return value >> dropped << dropped;
}

/// `keptBytes` with so many leading binary digits, in exact units.
static int64_t roundDown(const Problem &problem, int64_t keptBytes,
                         unsigned numDigits) {
  int64_t granule = exactGranule(problem);
  return leading(keptBytes / granule, numDigits) * granule;
}

/// The least that states and tapes can take together, one of them without its
/// state if the caller has that: costs fall there and nowhere between. They are
/// rungs; a number of few digits would be a sum or two less.
static std::vector<int64_t> leastSums(const Problem &problem) {
  Request all = {problem, fullKeptBytes(problem), -1};
  int64_t granule = exactGranule(problem);
  Scaled scaled = scale(all, granule, Rounding::Safe);
  std::vector<int64_t> sums;
  for (int64_t units : Sums::least(scaled, scaled.allowance, kManySums))
    sums.push_back(units * granule);
  size_t count = sums.size();
  if (scaled.initialIsHeld)
    for (const TapeMode &mode : problem.tapeModes)
      for (size_t i = 0; i < count; ++i)
        if (sums[i] + mode.residualBytes < sums[count - 1])
          sums.push_back(sums[i] + mode.residualBytes);
  llvm::sort(sums);
  return sums;
}

int64_t Rungs::rungOfDigits(int64_t keptBytes) const {
  unsigned digits = problem.tapeModes.size() > 1 ? kFewRungDigits : kRungDigits;
  int64_t coarse = segmentsRung(problem), least = minKeptBytes(problem);
  if (keptBytes < coarse)
    return std::max(roundDown(problem, keptBytes, digits), least);
  return std::max(
      {roundDown(problem, keptBytes, digits - kDroppedDigits), coarse, least});
}

Rungs::Rungs(const Problem &problem)
    : problem(problem), sums(leastSums(problem)) {}

int64_t Rungs::below(int64_t keptBytes, Stretches &stretches) const {
  if (sums.empty() || keptBytes >= sums.back())
    return std::max(sums.empty() ? 0 : sums.back(), rungOfDigits(keptBytes));
  auto next = llvm::upper_bound(sums, keptBytes);
  int64_t sum = leastLike(*std::prev(next), stretches);
  return std::max(sum, minKeptBytes(problem));
}

int64_t Rungs::leastLike(int64_t sum, Stretches &stretches) const {
  auto bound = [&](int64_t bytes) {
    return leading(stretches.lowerBoundInUnits(bytes), kBoundDigits);
  };
  auto end = llvm::upper_bound(sums, sum);
  auto begin = std::partition_point(sums.begin(), end, [&](int64_t other) {
    return other < minKeptBytes(problem) || !Stretch::areNear(other, sum);
  });
  return begin == end ? sum
                      : *std::partition_point(begin, end, [&](int64_t other) {
                          return bound(other) != bound(sum);
                        });
}
