//===- ParallelFor.h - The threads of compiled code -------------*- C++ -*-===//
//
// What code that was lowered with `threads` > 1 calls. Plain C, no MLIR.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_RUNTIME_PARALLELFOR_H
#define BPTT_RUNTIME_PARALLELFOR_H

#include <cstdint>

extern "C" {

/// The body of a parallel loop: the iterations [begin, end).
typedef void (*bptt_body)(void *context, int64_t begin, int64_t end);

/// Runs the iterations [0, count) of `body` on up to `threads` threads, the
/// caller's among them, and returns when all are done. Each thread starts with
/// a share of its own, which it takes piece by piece, and then helps the
/// others: a thread that the system does not schedule holds nobody up but for
/// the piece it is in. Workers wait for the next loop for some microseconds
/// awake, then asleep.
///
/// Allocates nothing once `threads` - 1 workers exist. While another thread's
/// loop has the workers, the caller runs its loop alone.
void bptt_parallel_for(bptt_body body, void *context, int64_t count,
                       int64_t threads);

/// Starts the workers that loops on `threads` threads need. Loops do so when
/// they must; who counts allocations calls this first.
void bptt_start_threads(int64_t threads);

} // extern "C"

#endif
