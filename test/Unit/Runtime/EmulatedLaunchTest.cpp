//===- EmulatedLaunchTest.cpp - What threads do together ------------------===//

#include "bptt/Runtime/EmulatedLaunch.h"

#include "bptt-c/program.h"

#include "gtest/gtest.h"

#include <cstring>
#include <vector>

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

/// Four warps multiply 64 rows and 8 columns, 16 terms, which they have copied
/// to shared memory. Neighbours in memory are terms, or lines.
struct Group {
  alignas(64) char leftMap[128], rightMap[128];
  uint16_t left[64 * 64], right[64 * 16];
  float c[64][8];
  bool isTurned;
  // What a kernel may do wrong.
  bool forgetsFence = false, forgetsWait = false, overwrites = false;
  int64_t bytes = 64 * 128 + 64 * 64, awaited = 0;

  explicit Group(bool isTurned) : isTurned(isTurned) {
    for (int line = 0; line < 64; ++line)
      for (int term = 0; term < 16; ++term) {
        left[isTurned ? 64 * term + line : 64 * line + term] =
            asBFloat((3 * line + 5 * term) % 11 - 4);
        if (line < 8)
          right[isTurned ? 16 * term + line : 16 * line + term] =
              asBFloat((7 * term + 2 * line) % 13 - 6);
      }
    auto number = [](void *address) {
      return reinterpret_cast<int64_t>(address);
    };
    // Boxes of 64 by 64 and of 32 by 64 are larger than the second matrix.
    bptt_emulated_tensor_map(leftMap, number(left), 64, 64, 128, 64, 64, 128,
                             BPTT_BF16);
    bptt_emulated_tensor_map(rightMap, number(right), isTurned ? 8 : 16, 64, 32,
                             32, 64, 64, BPTT_BF16);
  }
  void launch(bptt_emulated_thread kernel) {
    std::memset(c, 0, sizeof(c));
    bptt_emulated_reserve(16384);
    bptt_emulated_launch(kernel, this, 1, 1, 1, 128, true);
  }
};

int64_t describe(int64_t address, int64_t rowBytes) {
  // The leading offset is not read: eight columns, or 64 rows, fit a row.
  return (address & 0x3ffff) >> 4 | 8 * rowBytes >> 4 << 32 |
         (rowBytes == 128 ? int64_t(1) : int64_t(2)) << 62;
}

void groupThread(void *arguments, int64_t, int64_t, int64_t, int64_t thread) {
  auto &group = *static_cast<Group *>(arguments);
  int64_t base = (bptt_emulated_shared() + 1023) / 1024 * 1024;
  int64_t right = base + 8192, barrier = right + 4096;
  if (thread == 0)
    bptt_emulated_init_barrier(barrier, 1);
  bptt_emulated_barrier();
  auto copy = [&] {
    bptt_emulated_copy_box(base, group.leftMap, barrier, 0, 0);
    bptt_emulated_copy_box(right, group.rightMap, barrier, 0, 0);
  };
  if (thread == 0) {
    bptt_emulated_arrive(barrier, group.bytes);
    copy();
  }
  bptt_emulated_wait_for_phase(barrier, group.awaited);
  float sums[4] = {0, 0, 0, 0};
  if (!group.forgetsFence)
    bptt_emulated_fence_products();
  bptt_emulated_multiply_group(
      sums, describe(base, 128), describe(right, 64), 8, BPTT_EMULATED_BF16,
      group.isTurned ? BPTT_EMULATED_TURNED_LEFT | BPTT_EMULATED_TURNED_RIGHT
                     : 0,
      sums);
  bptt_emulated_commit_products();
  if (group.overwrites)
    *reinterpret_cast<char *>(base + 16 * thread) ^= 1;
  if (!group.forgetsWait)
    bptt_emulated_wait_for_products(0);
  for (int i = 0; i < 4; ++i)
    group.c[thread / 32 * 16 + thread % 32 / 4 + 8 * (i / 2)]
           [2 * (thread % 4) + i % 2] = sums[i];
}

TEST(EmulatedLaunch, GroupsOfWarpsMultiply) {
  for (bool isTurned : {false, true})
    for (int launch = 0; launch < 2; ++launch) {
      Group group(isTurned);
      group.launch(groupThread);
      for (int i = 0; i < 64; ++i)
        for (int j = 0; j < 8; ++j) {
          int sum = 0;
          for (int k = 0; k < 16; ++k)
            sum += ((3 * i + 5 * k) % 11 - 4) * ((7 * k + 2 * j) % 13 - 6);
          EXPECT_EQ(group.c[i][j], sum) << "at " << i << ", " << j;
        }
    }
}

/// Half of the threads meet at a barrier of their own, while the others do not.
void meetThread(void *arguments, int64_t, int64_t, int64_t, int64_t thread) {
  auto &order = *static_cast<std::vector<int64_t> *>(arguments);
  if (thread >= 64)
    return order.push_back(thread);
  order.push_back(thread);
  bptt_emulated_barrier_of(1, 64);
  order.push_back(100 + thread);
}

TEST(EmulatedLaunch, SomeThreadsMeet) {
  for (int launch = 0; launch < 2; ++launch) {
    std::vector<int64_t> order;
    bptt_emulated_launch(meetThread, &order, 1, 1, 1, 96, true);
    ASSERT_EQ(order.size(), 64u + 32 + 64);
    for (size_t i = 0; i < order.size(); ++i)
      EXPECT_EQ(order[i] >= 100, i >= 96);
  }
}

TEST(EmulatedLaunchDeathTest, RefusesWhatGroupsOfWarpsMayNotDo) {
  auto launch = [](auto spoil) {
    for (int launch = 0; launch < 2; ++launch) {
      Group group(false);
      spoil(group);
      group.launch(groupThread);
    }
  };
  EXPECT_DEATH(launch([](Group &group) { group.forgetsFence = true; }),
               "multiplies without a fence");
  EXPECT_DEATH(launch([](Group &group) { group.forgetsWait = true; }),
               "products that it did not wait for");
  EXPECT_DEATH(launch([](Group &group) { group.overwrites = true; }),
               "shared memory changes while tensor cores read it");
  EXPECT_DEATH(launch([](Group &group) { group.bytes += 16; }),
               "wait for what does not happen");
  EXPECT_DEATH(launch([](Group &group) { group.awaited = 1; }),
               "a block ends with copies");
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
