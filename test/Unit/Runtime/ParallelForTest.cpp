//===- ParallelForTest.cpp - The threads of compiled code -----------------===//

#include "bptt/Runtime/ParallelFor.h"

#include "gtest/gtest.h"

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace {
/// Counts how often each iteration ran.
struct Visits {
  explicit Visits(int64_t count) : counts(count) {}

  static void body(void *context, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      ++static_cast<Visits *>(context)->counts[i];
  }

  void expectAll(int times) {
    for (size_t i = 0; i < counts.size(); ++i)
      ASSERT_EQ(counts[i], times) << "iteration " << i;
  }

  std::vector<std::atomic<int>> counts;
};
} // namespace

TEST(ParallelFor, RunsEveryIterationOnce) {
  for (int64_t threads : {1, 2, 3, 8})
    for (int64_t count : {0, 1, 2, 7, 64, 1000}) {
      Visits visits(count);
      for (int i = 0; i < 100; ++i)
        bptt_parallel_for(Visits::body, &visits, count, threads);
      visits.expectAll(100);
    }
}

TEST(ParallelFor, WakesSleepingWorkers) {
  Visits visits(64);
  for (int i = 0; i < 20; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    bptt_parallel_for(Visits::body, &visits, 64, 4);
  }
  visits.expectAll(20);
}

// A body may itself contain a parallel loop, which then runs alone.
TEST(ParallelFor, Nests) {
  static std::atomic<int64_t> total;
  total = 0;
  auto inner = [](void *, int64_t begin, int64_t end) { total += end - begin; };
  auto outer = [](void *context, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      bptt_parallel_for(reinterpret_cast<bptt_body>(context), nullptr, 10, 2);
  };
  bptt_parallel_for(outer, reinterpret_cast<void *>(+inner), 20, 2);
  EXPECT_EQ(total, 200);
}

TEST(ParallelFor, ServesSeveralCallers) {
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i)
    callers.emplace_back([] {
      Visits visits(100);
      for (int j = 0; j < 500; ++j)
        bptt_parallel_for(Visits::body, &visits, 100, 3);
      visits.expectAll(500);
    });
  for (std::thread &caller : callers)
    caller.join();
}
