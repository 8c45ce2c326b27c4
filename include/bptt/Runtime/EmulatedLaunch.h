//===- EmulatedLaunch.h - Kernels on the CPU, for tests ---------*- C++ -*-===//
//
// What code lowered by -bptt-emulate-kernels calls: blocks and threads of a
// kernel, one after the other, barriers included.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_RUNTIME_EMULATEDLAUNCH_H
#define BPTT_RUNTIME_EMULATEDLAUNCH_H

#include <cstdint>

extern "C" {

/// One thread of a kernel: its arguments, its block's place and its own.
using bptt_emulated_thread = void (*)(void *arguments, int64_t blockX,
                                      int64_t blockY, int64_t blockZ,
                                      int64_t thread);

/// Runs a grid of blocks of `threads` threads, all of them on the calling
/// thread. Every other launch runs blocks and threads backwards, so that a
/// kernel whose result depends on their order has two. With `hasBarriers`, each
/// thread has a stack of its own, of 64 KiB. One launch at a time. Aborts, with
/// a message, on more than 256 threads, or if some threads of a block end while
/// others wait at a barrier.
void bptt_emulated_launch(bptt_emulated_thread kernel, void *arguments,
                          int64_t gridX, int64_t gridY, int64_t gridZ,
                          int64_t threads, int64_t hasBarriers);

/// Called by a thread of a launch with barriers: lets all others of its block
/// come here.
void bptt_emulated_barrier();
}

#endif
