//===- ClosedForms.cpp - HSM and ISM without a table ----------------------===//

#include "bptt/Planning/ClosedForms.h"

#include <algorithm>
#include <cassert>
#include <limits>

using namespace bptt::planning;

using Int128 = __int128;
static constexpr Int128 kHuge = Int128(1) << 62;

/// binom(n, k), or kHuge when it is larger.
static Int128 saturatedBinomial(int64_t n, int64_t k) {
  if (k < 0 || k > n)
    return 0;
  k = std::min(k, n - k);
  Int128 value = 1;
  for (int64_t i = 1; i <= k; ++i) {
    // binom(n-k+i, i) grows with i, so the first excess decides.
    value = value * (n - k + i) / i;
    if (value >= kHuge)
      return kHuge;
  }
  return value;
}

std::optional<int64_t> bptt::planning::binomial(int64_t n, int64_t k) {
  Int128 value = saturatedBinomial(n, k);
  if (value >= kHuge)
    return std::nullopt;
  return int64_t(value);
}

/// beta(m, r): how many steps m slots undo with at most r advances of each.
static Int128 beta(int64_t m, int64_t r) {
  return r < 0 || m < 0 ? 0 : saturatedBinomial(m + r, m);
}

/// r least with t <= beta(m, r); m >= 1. Then r <= t.
static int64_t repetitions(int64_t t, int64_t m) {
  Int128 value = 1;
  // beta(m, 64) exceeds 2^40 for every m >= 64, so only small m goes on below.
  for (int64_t r = 0; r <= 64; ++r) {
    if (t <= value)
      return r;
    value = std::min(value * (m + r + 1) / (r + 1), kHuge);
  }
  int64_t low = 64, high = t; // beta(m, low) < t <= beta(m, high)
  while (high - low > 1) {
    int64_t middle = low + (high - low) / 2;
    (t <= beta(m, middle) ? high : low) = middle;
  }
  return high;
}

static std::optional<int64_t> narrowed(Int128 value) {
  if (value > std::numeric_limits<int64_t>::max())
    return std::nullopt;
  return int64_t(value);
}

std::optional<int64_t> bptt::planning::hsmEvaluations(int64_t t, int64_t m) {
  assert(t >= 0 && m >= 1);
  if (t <= 1)
    return t;
  // More slots than steps change nothing.
  m = std::min(m, t);
  int64_t r = repetitions(t, m);
  // binom(m+r, r-1) < (r+1) t, which is what overflows first.
  Int128 shared = saturatedBinomial(m + r, r - 1);
  if (shared >= kHuge)
    return std::nullopt;
  return narrowed(Int128(r + 1) * t - shared);
}

std::optional<int64_t> bptt::planning::ismEvaluations(int64_t t, int64_t m) {
  std::optional<int64_t> hsm = hsmEvaluations(t + 1, std::min(m, t + 1));
  if (!hsm)
    return std::nullopt;
  return *hsm - (t + 1);
}

std::pair<int64_t, int64_t> bptt::planning::hsmSplits(int64_t t, int64_t m) {
  assert(t >= 2 && m >= 1);
  m = std::min(m, t);
  if (m == 1)
    return {t - 1, t - 1};
  int64_t r = repetitions(t, m);
  Int128 low = std::max({Int128(1), beta(m, r - 2), t - beta(m - 1, r)});
  Int128 high =
      std::min({Int128(t - 1), beta(m, r - 1), t - beta(m - 1, r - 1)});
  assert(low <= high && "the window holds every optimal split");
  return {int64_t(low), int64_t(high)};
}

std::pair<int64_t, int64_t> bptt::planning::ismSplits(int64_t t, int64_t m) {
  assert(t >= 1 && m >= 1);
  m = std::min(m, t + 1);
  if (m == 1)
    return {t, t};
  int64_t r = repetitions(t + 1, m); // t <= beta(m, r) - 1
  auto n = [](int64_t slots, int64_t reps) { return beta(slots, reps) - 1; };
  Int128 low = std::max({Int128(0), n(m, r - 2), t - 1 - n(m - 1, r)});
  Int128 high = std::min({Int128(t - 1), n(m, r - 1), t - 1 - n(m - 1, r - 1)});
  assert(low <= high && "the window holds every optimal split");
  return {int64_t(low) + 1, int64_t(high) + 1};
}
