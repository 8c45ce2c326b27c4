//===- EmulatedLaunch.cpp - Kernels on the CPU, for tests -----------------===//

#include "bptt/Runtime/EmulatedLaunch.h"

#include <cstdio>
#include <cstdlib>
#include <ucontext.h>

namespace {

constexpr int64_t kMaxThreads = 256;
constexpr size_t kStackBytes = 64 * 1024;

struct Block {
  bptt_emulated_thread kernel;
  void *arguments;
  int64_t place[3];
};

/// The threads of one block as coroutines: each runs to the next barrier.
class Coroutines {
public:
  void run(const Block &newBlock, int64_t threads, bool backwards) {
    if (threads > kMaxThreads)
      fail("a block has more than 256 threads");
    block = &newBlock;
    for (int64_t thread = 0; thread < threads; ++thread)
      start(thread);
    for (int64_t left = threads; left > 0;) {
      int64_t before = left;
      for (int64_t i = 0; i < threads; ++i) {
        current = backwards ? threads - 1 - i : i;
        if (ended[current])
          fail("a thread waits at a barrier that others have not reached");
        swapcontext(&caller, &contexts[current]);
        left -= ended[current];
      }
      if (left != 0 && left != before)
        fail("a barrier is not reached by all threads of a block");
    }
  }

  void wait() { swapcontext(&contexts[current], &caller); }

private:
  void start(int64_t thread) {
    ucontext_t &context = contexts[thread];
    ended[thread] = false;
    if (getcontext(&context) != 0)
      fail("getcontext failed");
    context.uc_stack.ss_sp = stacks[thread];
    context.uc_stack.ss_size = kStackBytes;
    context.uc_link = &caller;
    makecontext(&context, &runCurrent, 0);
  }

  static void runCurrent();

  [[noreturn]] static void fail(const char *what) {
    std::fprintf(stderr, "bptt: emulated kernel: %s\n", what);
    std::abort();
  }

  const Block *block = nullptr;
  int64_t current = 0;
  ucontext_t caller;
  ucontext_t contexts[kMaxThreads];
  bool ended[kMaxThreads];
  alignas(64) char stacks[kMaxThreads][kStackBytes];
};

// Not on the heap, which tests watch while a program runs.
Coroutines coroutines;
bool isBackwards = true;

void Coroutines::runCurrent() {
  Coroutines &all = coroutines;
  const Block &block = *all.block;
  block.kernel(block.arguments, block.place[0], block.place[1], block.place[2],
               all.current);
  all.ended[all.current] = true;
}

} // namespace

void bptt_emulated_launch(bptt_emulated_thread kernel, void *arguments,
                          int64_t gridX, int64_t gridY, int64_t gridZ,
                          int64_t threads, int64_t hasBarriers) {
  isBackwards = !isBackwards;
  int64_t numBlocks = gridX * gridY * gridZ;
  for (int64_t i = 0; i < numBlocks; ++i) {
    int64_t number = isBackwards ? numBlocks - 1 - i : i;
    Block block{
        kernel,
        arguments,
        {number % gridX, number / gridX % gridY, number / (gridX * gridY)}};
    if (hasBarriers) {
      coroutines.run(block, threads, isBackwards);
      continue;
    }
    for (int64_t j = 0; j < threads; ++j)
      kernel(arguments, block.place[0], block.place[1], block.place[2],
             isBackwards ? threads - 1 - j : j);
  }
}

void bptt_emulated_barrier() { coroutines.wait(); }
