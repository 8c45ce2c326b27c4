//===- EmulatedLaunchTest.cpp - What threads do together ------------------===//

#include "bptt/Runtime/EmulatedLaunch.h"

#include "gtest/gtest.h"

#include <cstring>

namespace {

/// 16 bits of a small integer as a bf16.
uint16_t asBFloat(int number) {
  float value = number;
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits >> 16;
}

/// A and B in memory, row by row, and A B.
struct Matrices {
  uint16_t a[16][16], b[16][8];
  float c[16][8];
};

/// A warp multiplies two matrices in memory: the first by rows, so that its
/// fragments need no transposition, the second by rows as well, so that they
/// do.
void multiplyThread(void *arguments, int64_t, int64_t, int64_t, int64_t lane) {
  auto &m = *static_cast<Matrices *>(arguments);
  uint16_t a[8], b[8];
  float zeros[4] = {0, 0, 0, 0}, c[4];
  int64_t row = lane % 8 + 8 * (lane / 8 % 2), half = 8 * (lane / 16);
  bptt_emulated_load_matrices(&m.a[row][half], false, a);
  // Two matrices are enough for B; the other two are read again.
  bptt_emulated_load_matrices(&m.b[row][0], true, b);
  bptt_emulated_multiply(a, b, zeros, BPTT_EMULATED_BF16, c);
  for (int i = 0; i < 4; ++i)
    m.c[lane / 4 + 8 * (i / 2)][2 * (lane % 4) + i % 2] = c[i];
}

TEST(EmulatedLaunch, WarpsMultiply) {
  Matrices m;
  for (int i = 0; i < 16; ++i)
    for (int j = 0; j < 16; ++j) {
      m.a[i][j] = asBFloat((3 * i + 5 * j) % 11 - 4);
      if (j < 8)
        m.b[i][j] = asBFloat((7 * i + 2 * j) % 13 - 6);
    }
  for (int launch = 0; launch < 2; ++launch) {
    std::memset(m.c, 0, sizeof(m.c));
    bptt_emulated_launch(multiplyThread, &m, 1, 1, 1, 32, true);
    for (int i = 0; i < 16; ++i)
      for (int j = 0; j < 8; ++j) {
        int sum = 0;
        for (int k = 0; k < 16; ++k)
          sum += ((3 * i + 5 * k) % 11 - 4) * ((7 * k + 2 * j) % 13 - 6);
        EXPECT_EQ(m.c[i][j], sum) << "at " << i << ", " << j;
      }
  }
}

struct Copy {
  float from[4], to[4], early[4];
};

void copyThread(void *arguments, int64_t, int64_t, int64_t, int64_t) {
  auto &copy = *static_cast<Copy *>(arguments);
  bptt_emulated_copy(copy.to, copy.from, 16, 8);
  bptt_emulated_commit_copies();
  bptt_emulated_wait_for_copies(1);
  std::memcpy(copy.early, copy.to, sizeof(copy.to));
  bptt_emulated_wait_for_copies(0);
}

/// Who reads before the wait sees in one of two launches that nothing is there.
TEST(EmulatedLaunch, CopiesAreLate) {
  int late = 0;
  for (int launch = 0; launch < 2; ++launch) {
    Copy copy = {{1, 2, 3, 4}, {9, 9, 9, 9}, {}};
    bptt_emulated_launch(copyThread, &copy, 1, 1, 1, 1, true);
    EXPECT_EQ(copy.to[1], 2);
    EXPECT_EQ(copy.to[2], 0); // only eight bytes were read
    late += copy.early[0] == 9;
  }
  EXPECT_EQ(late, 1);
}

void leaveThread(void *arguments, int64_t, int64_t, int64_t, int64_t lane) {
  if (lane == 5)
    return;
  multiplyThread(arguments, 0, 0, 0, lane);
}

void forgetThread(void *arguments, int64_t, int64_t, int64_t, int64_t) {
  auto &copy = *static_cast<Copy *>(arguments);
  bptt_emulated_copy(copy.to, copy.from, 16, 16);
  bptt_emulated_commit_copies();
}

void divergeThread(void *arguments, int64_t, int64_t, int64_t, int64_t lane) {
  auto &m = *static_cast<Matrices *>(arguments);
  uint16_t result[8];
  bptt_emulated_load_matrices(&m.a[lane % 16][0], lane == 3, result);
}

TEST(EmulatedLaunchDeathTest, RefusesWhatAChipDoesNotDefine) {
  Matrices m = {};
  Copy copy = {};
  EXPECT_DEATH(bptt_emulated_launch(leaveThread, &m, 1, 1, 1, 32, true),
               "some of its threads do not");
  EXPECT_DEATH(bptt_emulated_launch(divergeThread, &m, 1, 1, 1, 32, true),
               "different things together");
  auto forget = [&] {
    for (int launch = 0; launch < 2; ++launch)
      bptt_emulated_launch(forgetThread, &copy, 1, 1, 1, 1, true);
  };
  EXPECT_DEATH(forget(), "copies that it did not wait for");
}

} // namespace
