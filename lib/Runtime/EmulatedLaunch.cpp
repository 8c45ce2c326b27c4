//===- EmulatedLaunch.cpp - Kernels on the CPU, for tests -----------------===//

#include "bptt/Runtime/EmulatedLaunch.h"

#include "EmulatedCopies.h"
#include "EmulatedWarp.h"

#include <ucontext.h>

using namespace bptt;

namespace {

constexpr int64_t kMaxThreads = 512;
constexpr size_t kStackBytes = 64 * 1024;

struct Block {
  bptt_emulated_thread kernel;
  void *arguments;
  int64_t place[3];
};

/// Where a thread stands when it does not run.
enum class Stop { Ready, Barrier, Wait, Together, End };

/// The threads of one block as coroutines: each runs to the next barrier, to
/// one that it waits for, or to what its warp does together.
class Coroutines {
public:
  void run(const Block &newBlock, int64_t newThreads, bool newBackwards) {
    if (newThreads > kMaxThreads)
      failEmulation("a block has more than 512 threads");
    block = &newBlock;
    threads = newThreads;
    backwards = newBackwards;
    shared.begin(/*copiesAreLate=*/!backwards);
    for (int64_t thread = 0; thread < threads; ++thread)
      start(thread);
    while (count(Stop::End) != threads)
      if (!runWarps() && !openBarrier() && !hurryCopies())
        failEmulation("threads wait for what does not happen");
    if (shared.hasCopies())
      failEmulation("a block ends with copies that it did not wait for");
  }

  void stop(Stop where) {
    stops[current] = where;
    swapcontext(&contexts[current], &caller);
  }
  void together(const LaneRequest &request) {
    requests[current] = request;
    requests[current].warp = current / kLanes;
    stop(Stop::Together);
  }
  void meet(int64_t number, int64_t numThreads) {
    meetings[current] = {number, numThreads == 0 ? threads : numThreads};
    stop(Stop::Barrier);
  }
  void wait(int64_t barrier, int64_t parity) {
    waits[current] = {barrier, parity};
    if (!shared.isOver(barrier, parity))
      stop(Stop::Wait);
  }
  CopyQueue &getCopies() { return copies[current]; }
  bool isBackwards() const { return backwards; }
  SharedMemory &getShared() { return shared; }
  /// Of the warp, kept by its first thread; null for the others.
  WarpgroupQueue *getProducts() {
    return current % kLanes == 0 ? &products[current / kLanes] : nullptr;
  }

private:
  /// One of the block's barriers, and for how many threads it is.
  struct Meeting {
    int64_t number, threads;
  };

  int64_t count(Stop where) const {
    int64_t number = 0;
    for (int64_t thread = 0; thread < threads; ++thread)
      number += stops[thread] == where;
    return number;
  }

  bool runWarps() {
    int64_t warps = (threads + kLanes - 1) / kLanes;
    bool ran = false;
    for (int64_t i = 0; i < warps; ++i)
      ran |= runWarp(backwards ? warps - 1 - i : i);
    return ran;
  }

  /// Lets those pass who have all come to a barrier.
  bool openBarrier() {
    for (int64_t thread = 0; thread < threads; ++thread)
      if (stops[thread] == Stop::Barrier && openBarrier(meetings[thread]))
        return true;
    return false;
  }

  bool openBarrier(const Meeting &meeting) {
    auto isThere = [&](int64_t thread) {
      return stops[thread] == Stop::Barrier &&
             meetings[thread].number == meeting.number;
    };
    int64_t come = 0;
    for (int64_t thread = 0; thread < threads; ++thread)
      come += isThere(thread);
    if (come + count(Stop::End) == threads && come < meeting.threads)
      failEmulation("a barrier is not reached by all threads of a block");
    if (come != meeting.threads)
      return false;
    for (int64_t thread = 0; thread < threads; ++thread)
      if (isThere(thread))
        stops[thread] = Stop::Ready;
    return true;
  }

  /// Makes late copies that a thread waits for.
  bool hurryCopies() {
    for (int64_t thread = 0; thread < threads; ++thread)
      if (stops[thread] == Stop::Wait && shared.hurry(waits[thread].barrier))
        return true;
    return false;
  }

  /// Lets those go on whose waits are over; false if there are none.
  bool wakeUp(int64_t first, int64_t lanes) {
    bool woke = false;
    for (int64_t thread = first; thread < first + lanes; ++thread)
      if (stops[thread] == Stop::Wait &&
          shared.isOver(waits[thread].barrier, waits[thread].parity)) {
        stops[thread] = Stop::Ready;
        woke = true;
      }
    return woke;
  }

  /// Runs a warp as far as it gets; false if that is nowhere.
  bool runWarp(int64_t warp) {
    int64_t first = warp * kLanes;
    int64_t lanes = threads - first < kLanes ? threads - first : kLanes;
    bool ran = wakeUp(first, lanes);
    while (true) {
      int64_t together = 0;
      for (int64_t i = 0; i < lanes; ++i) {
        current = first + (backwards ? lanes - 1 - i : i);
        if (stops[current] == Stop::Ready) {
          swapcontext(&caller, &contexts[current]);
          ran = true;
        }
        together += stops[current] == Stop::Together;
      }
      if (wakeUp(first, lanes))
        continue;
      if (together == 0)
        return ran;
      checkTogether(first, together);
      performTogether(requests + first, shared);
      if (requests[first].kind == LaneRequest::Kind::MultiplyGroup)
        products[warp].add(requests[first].product, shared);
      for (int64_t thread = first; thread < first + lanes; ++thread)
        stops[thread] = Stop::Ready;
    }
  }

  void checkTogether(int64_t first, int64_t together) {
    if (together != kLanes)
      failEmulation(
          "a warp does something together, and some of its threads do not");
    for (int64_t i = 1; i < kLanes; ++i)
      if (!requests[first + i].agreesWith(requests[first]))
        failEmulation("the threads of a warp do different things together");
  }

  void start(int64_t thread) {
    ucontext_t &context = contexts[thread];
    stops[thread] = Stop::Ready;
    copies[thread] = CopyQueue();
    if (thread % kLanes == 0)
      products[thread / kLanes] = WarpgroupQueue();
    if (getcontext(&context) != 0)
      failEmulation("getcontext failed");
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
  /// What a thread waits for, or waited for last.
  struct Awaited {
    int64_t barrier, parity;
  };
  Awaited waits[kMaxThreads];
  Meeting meetings[kMaxThreads];
  SharedMemory shared;
  WarpgroupQueue products[kMaxThreads / kLanes];
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
    failEmulation("a thread ends with copies that it did not wait for");
  if (WarpgroupQueue *products = all.getProducts();
      products && !products->empty())
    failEmulation("a thread ends with products that it did not wait for");
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
  coroutines.getShared().reserve(0);
}

void bptt_emulated_reserve(int64_t bytes) {
  coroutines.getShared().reserve(bytes);
}

void bptt_emulated_barrier() { coroutines.meet(0, /*all=*/0); }

void bptt_emulated_barrier_of(int64_t number, int64_t threads) {
  coroutines.meet(number, threads);
}

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

int64_t bptt_emulated_shared() { return coroutines.getShared().getBase(); }

void bptt_emulated_init_barrier(int64_t barrier, int64_t count) {
  coroutines.getShared().initializeBarrier(barrier, count);
}

void bptt_emulated_arrive(int64_t barrier, int64_t bytes) {
  coroutines.getShared().arrive(barrier, bytes);
}

void bptt_emulated_wait_for_phase(int64_t barrier, int64_t parity) {
  coroutines.wait(barrier, parity);
}

void bptt_emulated_copy_box(int64_t to, const void *map, int64_t barrier,
                            int64_t column, int64_t row) {
  coroutines.getShared().copy(to, *static_cast<const EmulatedTensorMap *>(map),
                              barrier, column, row);
}

void bptt_emulated_multiply_group(const void *sums, int64_t left, int64_t right,
                                  int64_t columns, int64_t type, int64_t turned,
                                  void *result) {
  LaneRequest request{
      LaneRequest::Kind::MultiplyGroup, 0, nullptr, nullptr, sums, result};
  request.product = {uint64_t(left),
                     uint64_t(right),
                     columns,
                     type,
                     (turned & BPTT_EMULATED_TURNED_LEFT) != 0,
                     (turned & BPTT_EMULATED_TURNED_RIGHT) != 0};
  coroutines.together(request);
}

void bptt_emulated_fence_products() {
  if (WarpgroupQueue *products = coroutines.getProducts())
    products->fence();
}

void bptt_emulated_commit_products() {
  if (WarpgroupQueue *products = coroutines.getProducts())
    products->commit();
}

void bptt_emulated_wait_for_products(int64_t pending) {
  if (WarpgroupQueue *products = coroutines.getProducts())
    products->wait(pending, coroutines.getShared());
}

const EmulatedSymbol *bptt::getEmulatedSymbols() {
#define SYMBOL(NAME)                                                           \
  { #NAME, reinterpret_cast < void *>(&NAME) }
  static const EmulatedSymbol symbols[] = {
      SYMBOL(bptt_emulated_launch),
      SYMBOL(bptt_emulated_barrier),
      SYMBOL(bptt_emulated_barrier_of),
      SYMBOL(bptt_emulated_exchange),
      SYMBOL(bptt_emulated_load_matrices),
      SYMBOL(bptt_emulated_multiply),
      SYMBOL(bptt_emulated_copy),
      SYMBOL(bptt_emulated_commit_copies),
      SYMBOL(bptt_emulated_wait_for_copies),
      SYMBOL(bptt_emulated_reserve),
      SYMBOL(bptt_emulated_shared),
      SYMBOL(bptt_emulated_init_barrier),
      SYMBOL(bptt_emulated_arrive),
      SYMBOL(bptt_emulated_wait_for_phase),
      SYMBOL(bptt_emulated_copy_box),
      SYMBOL(bptt_emulated_multiply_group),
      SYMBOL(bptt_emulated_fence_products),
      SYMBOL(bptt_emulated_commit_products),
      SYMBOL(bptt_emulated_wait_for_products),
      // What is the device's in a program for one.
      {"bptt_cuda_tensor_map",
       reinterpret_cast<void *>(&bptt_emulated_tensor_map)},
      {nullptr, nullptr}};
#undef SYMBOL
  return symbols;
}
