//===- ParallelFor.cpp - The threads of compiled code ---------------------===//

#include "bptt/Runtime/ParallelFor.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <pthread.h>
#include <sched.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace {

constexpr int64_t maxThreads = 64;
/// A share is taken in this many pieces: few, for each costs an atomic
/// operation, but more than one, so that there is something to help with.
constexpr int64_t piecesPerShare = 4;
/// Looks at the next loop before a waiting worker offers its processor to
/// others, and before it sleeps: about 20 and some 100 microseconds.
constexpr int spinsAwake = 500;
constexpr int yieldsAwake = 50;

void relax() {
#if defined(__x86_64__)
  _mm_pause();
#else
  sched_yield();
#endif
}

/// One participant's iterations, on a cache line of its own.
struct alignas(64) Share {
  std::atomic<int64_t> next{0};
  int64_t end = 0;
};

class Pool {
public:
  static Pool &get() {
    // Never destroyed: workers may outlive every static object.
    static Pool *pool = new Pool;
    return *pool;
  }

  void start(int64_t threads) {
    std::lock_guard<std::mutex> lock(startMutex);
    threads = std::min(threads, maxThreads);
    for (; numStarted + 1 < threads; ++numStarted) {
      pthread_t thread;
      auto *id = reinterpret_cast<void *>(numStarted + 1);
      // Where the system gives no more threads, loops run on those there are.
      if (pthread_create(&thread, nullptr, &Pool::enterWorker, id) == 0)
        pthread_detach(thread);
    }
  }

  void run(bptt_body loopBody, void *loopContext, int64_t count,
           int64_t threads) {
    threads = std::min({threads, maxThreads, count});
    if (threads <= 1 || busy.exchange(true, std::memory_order_acquire)) {
      loopBody(loopContext, 0, count);
      return;
    }
    if (numStarted + 1 < threads)
      start(threads);
    open(loopBody, loopContext, count, threads);
    takePart(0);
    close();
    busy.store(false, std::memory_order_release);
  }

private:
  // `state` holds the number of the loop, whether it is open, and how many
  // workers are inside. A worker enters by adding itself to exactly the state
  // it saw, so nobody touches a loop that was closed meanwhile.
  static constexpr uint64_t insideMask = 0xffff;
  static constexpr uint64_t openBit = 0x10000;
  static constexpr uint64_t nextLoop = 0x20000;

  void open(bptt_body loopBody, void *loopContext, int64_t count,
            int64_t threads) {
    body = loopBody;
    context = loopContext;
    participants = threads;
    piece = std::max<int64_t>(1, count / (threads * piecesPerShare));
    for (int64_t i = 0; i < threads; ++i) {
      shares[i].end = count * (i + 1) / threads;
      shares[i].next.store(count * i / threads, std::memory_order_relaxed);
    }
    uint64_t now = state.load(std::memory_order_relaxed);
    // Orders with a worker that counts itself asleep and then looks again.
    state.store((now + nextLoop) | openBit, std::memory_order_seq_cst);
    if (numAsleep.load(std::memory_order_seq_cst) == 0)
      return;
    std::lock_guard<std::mutex> lock(sleepMutex);
    wakeUp.notify_all();
  }

  void close() {
    state.fetch_and(~openBit, std::memory_order_acq_rel);
    for (int i = 0; (state.load(std::memory_order_acquire) & insideMask) != 0;
         ++i) {
      // Whoever is inside may wait for this very processor.
      if (i < spinsAwake)
        relax();
      else
        sched_yield();
    }
  }

  /// Runs pieces of one's own share, then of the others'.
  void takePart(int64_t id) {
    for (int64_t i = 0; i < participants; ++i) {
      Share &share = shares[(id + i) % participants];
      while (true) {
        if (share.next.load(std::memory_order_relaxed) >= share.end)
          break;
        int64_t begin = share.next.fetch_add(piece, std::memory_order_relaxed);
        if (begin >= share.end)
          break;
        body(context, begin, std::min(begin + piece, share.end));
      }
    }
  }

  static void *enterWorker(void *id) {
    get().work(reinterpret_cast<intptr_t>(id));
    return nullptr;
  }

  static uint64_t loopOf(uint64_t value) { return value / nextLoop; }

  void work(int64_t id) {
    uint64_t done = 0;
    while (true) {
      uint64_t seen = waitForLoop(done);
      done = loopOf(seen);
      if (!enter(seen))
        continue;
      if (id < participants)
        takePart(id);
      state.fetch_sub(1, std::memory_order_release);
    }
  }

  /// False where the loop was closed before this worker was inside.
  bool enter(uint64_t seen) {
    uint64_t loop = loopOf(seen);
    while ((seen & openBit) && loopOf(seen) == loop)
      if (state.compare_exchange_weak(seen, seen + 1,
                                      std::memory_order_acq_rel))
        return true;
    return false;
  }

  uint64_t waitForLoop(uint64_t done) {
    auto isNew = [&](uint64_t value) {
      return (value & openBit) && loopOf(value) != done;
    };
    for (int i = 0; i < spinsAwake + yieldsAwake; ++i) {
      uint64_t seen = state.load(std::memory_order_acquire);
      if (isNew(seen))
        return seen;
      if (i < spinsAwake)
        relax();
      else
        sched_yield();
    }
    std::unique_lock<std::mutex> lock(sleepMutex);
    numAsleep.fetch_add(1, std::memory_order_seq_cst);
    uint64_t seen;
    wakeUp.wait(lock, [&] {
      seen = state.load(std::memory_order_seq_cst);
      return isNew(seen);
    });
    numAsleep.fetch_sub(1, std::memory_order_seq_cst);
    return seen;
  }

  alignas(64) std::atomic<uint64_t> state{0};
  alignas(64) std::atomic<bool> busy{false};
  std::atomic<int64_t> numAsleep{0};
  bptt_body body = nullptr;
  void *context = nullptr;
  int64_t participants = 0, piece = 1;
  Share shares[maxThreads];

  std::atomic<intptr_t> numStarted{0};
  std::mutex startMutex, sleepMutex;
  std::condition_variable wakeUp;
};

} // namespace

void bptt_parallel_for(bptt_body body, void *context, int64_t count,
                       int64_t threads) {
  Pool::get().run(body, context, count, threads);
}

void bptt_start_threads(int64_t threads) { Pool::get().start(threads); }
