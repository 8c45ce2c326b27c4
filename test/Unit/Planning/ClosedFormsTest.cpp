//===- ClosedFormsTest.cpp - HSM and ISM against their recurrences --------===//

#include "bptt/Planning/ClosedForms.h"

#include "gtest/gtest.h"

#include <vector>

using namespace bptt::planning;

namespace {

using Table = std::vector<std::vector<int64_t>>; // [m][t]

Table hsmTable(int64_t numSteps, int64_t numSlots) {
  Table c(numSlots + 1, std::vector<int64_t>(numSteps + 1, 0));
  for (int64_t m = 1; m <= numSlots; ++m)
    for (int64_t t = 1; t <= numSteps; ++t) {
      c[m][t] = m == 1 || t == 1 ? t * (t + 1) / 2 : INT64_MAX;
      for (int64_t y = 1; m > 1 && y < t; ++y)
        c[m][t] = std::min(c[m][t], y + c[m - 1][t - y] + c[m][y]);
    }
  return c;
}

Table ismTable(int64_t numSteps, int64_t numSlots) {
  Table c(numSlots + 1, std::vector<int64_t>(numSteps + 1, 0));
  for (int64_t m = 1; m <= numSlots; ++m)
    for (int64_t t = 1; t <= numSteps; ++t) {
      c[m][t] = m == 1 ? t * (t + 1) / 2 : INT64_MAX;
      for (int64_t y = 1; m > 1 && y <= t; ++y)
        c[m][t] = std::min(c[m][t], y + c[m - 1][t - y] + c[m][y - 1]);
    }
  return c;
}

TEST(ClosedForms, BinomialsAreExactAndBounded) {
  EXPECT_EQ(binomial(10, 3), 120);
  EXPECT_EQ(binomial(5, 7), 0);
  EXPECT_EQ(binomial(5, -1), 0);
  EXPECT_EQ(binomial(62, 31), 465428353255261088);
  EXPECT_EQ(binomial(100, 50), std::nullopt);
}

TEST(ClosedForms, HsmMatchesItsRecurrence) {
  Table c = hsmTable(200, 24);
  for (int64_t m = 1; m <= 24; ++m)
    for (int64_t t = 1; t <= 200; ++t)
      ASSERT_EQ(hsmEvaluations(t, m), c[m][t]) << t << ' ' << m;
}

TEST(ClosedForms, IsmMatchesItsRecurrence) {
  Table c = ismTable(200, 24);
  for (int64_t m = 1; m <= 24; ++m)
    for (int64_t t = 0; t <= 200; ++t)
      ASSERT_EQ(ismEvaluations(t, m), c[m][t]) << t << ' ' << m;
}

TEST(ClosedForms, HsmWindowIsExactlyTheOptimalSplits) {
  Table c = hsmTable(120, 16);
  for (int64_t m = 2; m <= 16; ++m)
    for (int64_t t = 2; t <= 120; ++t) {
      auto [low, high] = hsmSplits(t, m);
      for (int64_t y = 1; y < t; ++y)
        ASSERT_EQ(low <= y && y <= high,
                  y + c[m - 1][t - y] + c[m][y] == c[m][t])
            << t << ' ' << m << ' ' << y;
    }
}

TEST(ClosedForms, IsmWindowIsExactlyTheOptimalSplits) {
  Table c = ismTable(120, 16);
  for (int64_t m = 2; m <= 16; ++m)
    for (int64_t t = 2; t <= 120; ++t) {
      auto [low, high] = ismSplits(t, m);
      for (int64_t y = 1; y <= t; ++y)
        ASSERT_EQ(low <= y && y <= high,
                  y + c[m - 1][t - y] + c[m][y - 1] == c[m][t])
            << t << ' ' << m << ' ' << y;
    }
}

TEST(ClosedForms, PublishedValues) {
  const int64_t slots[] = {5, 10, 20, 50, 100};
  const int64_t hsm[] = {7284, 4636, 3747, 2948, 2898};
  const int64_t ism[] = {6292, 3640, 2750, 1950, 1900};
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(hsmEvaluations(1000, slots[i]), hsm[i]);
    EXPECT_EQ(ismEvaluations(1000, slots[i]), ism[i]);
  }
  EXPECT_EQ(hsmEvaluations(13465, 116), 46839);
}

TEST(ClosedForms, LongSequences) {
  int64_t t = int64_t(1) << 40;
  // One slot costs t(t+1)/2, which only fits up to 2^31 steps.
  EXPECT_EQ(hsmEvaluations(t, 1), std::nullopt);
  EXPECT_EQ(hsmEvaluations(int64_t(1) << 31, 1),
            (int64_t(1) << 30) * ((int64_t(1) << 31) + 1));
  EXPECT_EQ(hsmEvaluations(t, t), 2 * t - 1);
  EXPECT_EQ(ismEvaluations(t, t), t);
  for (int64_t m : {2, 3, 10, 63, 64, 65, 1000, 1000000}) {
    std::optional<int64_t> count = hsmEvaluations(t, m);
    ASSERT_TRUE(count);
    // A split of the window adds up to the whole.
    auto [low, high] = hsmSplits(t, m);
    for (int64_t y : {low, (low + high) / 2, high})
      EXPECT_EQ(*count,
                y + *hsmEvaluations(t - y, m - 1) + *hsmEvaluations(y, m))
          << m;
  }
}

} // namespace
