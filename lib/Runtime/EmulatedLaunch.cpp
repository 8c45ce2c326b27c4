//===- EmulatedLaunch.cpp - Kernels on the CPU, for tests -----------------===//

#include "bptt/Runtime/EmulatedLaunch.h"

#include "EmulatedWarp.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ucontext.h>

using namespace bptt;

namespace {

constexpr int64_t kMaxThreads = 512;
constexpr size_t kStackBytes = 64 * 1024;

[[noreturn]] void fail(const char *what) {
  std::fprintf(stderr, "bptt: emulated kernel: %s\n", what);
  std::abort();
}

struct Block {
  bptt_emulated_thread kernel;
  void *arguments;
  int64_t place[3];
};

/// The asynchronous copies of one thread, oldest first.
class CopyQueue {
public:
  void add(void *to, const void *from, int64_t bytes, int64_t readBytes) {
    if (size == kMaxCopies)
      fail("more copies are in flight than are emulated");
    copies[size++] = {to, from, bytes, readBytes, group};
  }
  void commit() { ++group; }
  void wait(int64_t pending) {
    int64_t done = 0;
    for (; done < size && copies[done].group < group - pending; ++done)
      perform(copies[done]);
    size -= done;
    std::memmove(copies, copies + done, size * sizeof(Copy));
  }
  bool empty() const { return size == 0; }

  static void perform(void *to, const void *from, int64_t bytes,
                      int64_t readBytes) {
    std::memcpy(to, from, readBytes);
    std::memset(static_cast<char *>(to) + readBytes, 0, bytes - readBytes);
  }

private:
  struct Copy {
    void *to;
    const void *from;
    int64_t bytes, readBytes, group;
  };
  static void perform(const Copy &copy) {
    perform(copy.to, copy.from, copy.bytes, copy.readBytes);
  }

  static constexpr int64_t kMaxCopies = 64;
  Copy copies[kMaxCopies];
  int64_t size = 0, group = 0;
};

/// Where a thread stands when it does not run.
enum class Stop { Barrier, Together, End };

/// The threads of one block as coroutines: each runs to the next barrier, or
/// to what its warp does together.
class Coroutines {
public:
  void run(const Block &newBlock, int64_t newThreads, bool newBackwards) {
    if (newThreads > kMaxThreads)
      fail("a block has more than 512 threads");
    block = &newBlock;
    threads = newThreads;
    backwards = newBackwards;
    for (int64_t thread = 0; thread < threads; ++thread)
      start(thread);
    int64_t warps = (threads + kLanes - 1) / kLanes, ended;
    do {
      ended = 0;
      for (int64_t i = 0; i < warps; ++i)
        ended += runWarp(backwards ? warps - 1 - i : i);
      if (ended != 0 && ended != threads)
        fail("a barrier is not reached by all threads of a block");
    } while (ended == 0);
  }

  void stop(Stop where) {
    stops[current] = where;
    swapcontext(&contexts[current], &caller);
  }
  void together(const LaneRequest &request) {
    requests[current] = request;
    stop(Stop::Together);
  }
  CopyQueue &getCopies() { return copies[current]; }
  bool isBackwards() const { return backwards; }

private:
  /// Runs a warp to the next barrier, and returns how many threads ended.
  int64_t runWarp(int64_t warp) {
    int64_t first = warp * kLanes;
    int64_t lanes = threads - first < kLanes ? threads - first : kLanes;
    while (true) {
      int64_t ended = 0, together = 0;
      for (int64_t i = 0; i < lanes; ++i) {
        current = first + (backwards ? lanes - 1 - i : i);
        swapcontext(&caller, &contexts[current]);
        ended += stops[current] == Stop::End;
        together += stops[current] == Stop::Together;
      }
      if (together == 0)
        return ended;
      checkTogether(first, together);
      performTogether(requests + first);
    }
  }

  void checkTogether(int64_t first, int64_t together) {
    if (together != kLanes)
      fail("a warp does something together, and some of its threads do not");
    for (int64_t i = 1; i < kLanes; ++i)
      if (!requests[first + i].agreesWith(requests[first]))
        fail("the threads of a warp do different things together");
  }

  void start(int64_t thread) {
    ucontext_t &context = contexts[thread];
    copies[thread] = CopyQueue();
    if (getcontext(&context) != 0)
      fail("getcontext failed");
    context.uc_stack.ss_sp = stacks[thread];
    context.uc_stack.ss_size = kStackBytes;
    context.uc_link = &caller;
    makecontext(&context, &runCurrent, 0);
  }

  static void runCurrent();

  const Block *block = nullptr;
  int64_t current = 0, threads = 0;
  bool backwards = false;
  ucontext_t caller;
  ucontext_t contexts[kMaxThreads];
  Stop stops[kMaxThreads];
  LaneRequest requests[kMaxThreads];
  CopyQueue copies[kMaxThreads];
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
  if (!all.getCopies().empty())
    fail("a thread ends with copies that it did not wait for");
  all.stops[all.current] = Stop::End;
}

} // namespace

void bptt_emulated_launch(bptt_emulated_thread kernel, void *arguments,
                          int64_t gridX, int64_t gridY, int64_t gridZ,
                          int64_t threads, int64_t isCooperative) {
  isBackwards = !isBackwards;
  int64_t numBlocks = gridX * gridY * gridZ;
  for (int64_t i = 0; i < numBlocks; ++i) {
    int64_t number = isBackwards ? numBlocks - 1 - i : i;
    Block block{
        kernel,
        arguments,
        {number % gridX, number / gridX % gridY, number / (gridX * gridY)}};
    if (isCooperative) {
      coroutines.run(block, threads, isBackwards);
      continue;
    }
    for (int64_t j = 0; j < threads; ++j)
      kernel(arguments, block.place[0], block.place[1], block.place[2],
             isBackwards ? threads - 1 - j : j);
  }
}

void bptt_emulated_barrier() { coroutines.stop(Stop::Barrier); }

void bptt_emulated_exchange(const void *value, int64_t distance, void *result) {
  coroutines.together(
      {LaneRequest::Kind::Exchange, distance, value, nullptr, nullptr, result});
}

void bptt_emulated_load_matrices(const void *row, int64_t isTransposed,
                                 void *result) {
  coroutines.together({LaneRequest::Kind::LoadMatrices, isTransposed, row,
                       nullptr, nullptr, result});
}

void bptt_emulated_multiply(const void *a, const void *b, const void *c,
                            int64_t type, void *result) {
  coroutines.together({LaneRequest::Kind::Multiply, type, a, b, c, result});
}

void bptt_emulated_copy(void *to, const void *from, int64_t bytes,
                        int64_t readBytes) {
  if (coroutines.isBackwards())
    CopyQueue::perform(to, from, bytes, readBytes);
  else
    coroutines.getCopies().add(to, from, bytes, readBytes);
}

void bptt_emulated_commit_copies() { coroutines.getCopies().commit(); }

void bptt_emulated_wait_for_copies(int64_t pending) {
  coroutines.getCopies().wait(pending);
}

const EmulatedSymbol *bptt::getEmulatedSymbols() {
#define SYMBOL(NAME)                                                           \
  { #NAME, reinterpret_cast < void *>(&NAME) }
  static const EmulatedSymbol symbols[] = {
      SYMBOL(bptt_emulated_launch),
      SYMBOL(bptt_emulated_barrier),
      SYMBOL(bptt_emulated_exchange),
      SYMBOL(bptt_emulated_load_matrices),
      SYMBOL(bptt_emulated_multiply),
      SYMBOL(bptt_emulated_copy),
      SYMBOL(bptt_emulated_commit_copies),
      SYMBOL(bptt_emulated_wait_for_copies),
      {nullptr, nullptr}};
#undef SYMBOL
  return symbols;
}
