//===- EmulatedLaunch.h - Kernels on the CPU, for tests ---------*- C++ -*-===//
//
// What code lowered by -bptt-emulate-kernels calls: blocks, warps and threads
// of a kernel, one after the other, with what they do together.
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
/// thread. Every other launch runs blocks, warps and threads backwards, so that
/// a kernel whose result depends on their order has two. With `isCooperative`,
/// each thread has a stack of its own, of 64 KiB, and may call what follows.
/// One launch at a time. Aborts, with a message, on more than 512 threads, if
/// some threads of a block end while others wait at a barrier, if the threads
/// of a warp do different things together, and if copies are not waited for.
void bptt_emulated_launch(bptt_emulated_thread kernel, void *arguments,
                          int64_t gridX, int64_t gridY, int64_t gridZ,
                          int64_t threads, int64_t isCooperative);

/// Lets all other threads of the block come here.
void bptt_emulated_barrier();
/// The same for as many threads as are said, at another of the block's
/// barriers.
void bptt_emulated_barrier_of(int64_t number, int64_t threads);

/// shfl.sync.bfly: every thread of a warp passes 32 bits, and gets those of the
/// thread whose number differs from its own in the bits of `distance`.
void bptt_emulated_exchange(const void *value, int64_t distance, void *result);

/// ldmatrix.sync.m8n8.x4: every thread of a warp names a row of 8 elements of
/// 16 bits, and gets two elements of each of the four matrices in `result`, 16
/// bytes. Not transposed, two elements may as well be one of 32 bits.
void bptt_emulated_load_matrices(const void *row, int64_t isTransposed,
                                 void *result);

/// What tensor cores multiply.
enum { BPTT_EMULATED_F16, BPTT_EMULATED_BF16, BPTT_EMULATED_TF32 };

/// mma.sync.m16n8k16, or m16n8k8 of TF32: `a` (16 bytes), `b` (8), `c` and
/// `result` (16) are the thread's parts of A, B, C and A B + C; elements of A
/// and B are of `type`, of C f32. The last 13 bits of a TF32 are ignored.
/// Products are exact and are added in f64, then rounded once; tensor cores add
/// in an order and with roundings of their own, so that only a comparison
/// within a tolerance means anything.
void bptt_emulated_multiply(const void *a, const void *b, const void *c,
                            int64_t type, void *result);

/// cp.async: copies `readBytes` bytes and fills up with zeros to `bytes`. In
/// every other launch this happens at once, else not before it is waited for:
/// whoever reads too early or writes too early sees it.
void bptt_emulated_copy(void *to, const void *from, int64_t bytes,
                        int64_t readBytes);
/// cp.async.commit_group
void bptt_emulated_commit_copies();
/// cp.async.wait_group: all but the `pending` newest groups are complete.
void bptt_emulated_wait_for_copies(int64_t pending);

// Of sm_90a. Addresses are those of shared memory.

/// Before a launch: its dynamic shared memory. Blocks that have some can have
/// up to 227 KiB; what they read or write beyond what they asked for ends the
/// process.
void bptt_emulated_reserve(int64_t bytes);
/// Where it begins: like on a chip, aligned to 16 bytes and no more.
int64_t bptt_emulated_shared();

/// mbarrier.init, mbarrier.arrive (which also expects `bytes` bytes) and
/// mbarrier.try_wait.parity, until the phase is over. Ends the process if it
/// never will be.
void bptt_emulated_init_barrier(int64_t barrier, int64_t count);
void bptt_emulated_arrive(int64_t barrier, int64_t bytes);
void bptt_emulated_wait_for_phase(int64_t barrier, int64_t parity);

/// In place of bptt_cuda_tensor_map (bptt-c/cuda.h), which has what is passed:
/// what it leaves in `map` is for the next function.
void bptt_emulated_tensor_map(void *map, int64_t address, int64_t columns,
                              int64_t rows, int64_t stride_bytes,
                              int64_t box_columns, int64_t box_rows,
                              int64_t swizzle_bytes, int64_t element);
/// cp.async.bulk.tensor.2d: copies a box of the matrix, from `column` and `row`
/// on, to `to`, swizzled, and with zeros for what is outside of the matrix; its
/// bytes then count at `barrier`. In every other launch this happens at once,
/// else as late as can be.
void bptt_emulated_copy_box(int64_t to, const void *map, int64_t barrier,
                            int64_t column, int64_t row);

/// wgmma.mma_async of 64 rows, 16 terms and `columns` columns: `left` and
/// `right` are descriptors, read as the PTX ISA says; `sums` and `result` the
/// thread's part of the sums, `columns` / 2 floats. `turned` says which of the
/// factors have neighbouring lines in memory rather than neighbouring terms.
/// Computed at once, but the process ends if what is read changes before the
/// wait, or if there was no fence since the last one.
enum { BPTT_EMULATED_TURNED_LEFT = 1, BPTT_EMULATED_TURNED_RIGHT = 2 };
void bptt_emulated_multiply_group(const void *sums, int64_t left, int64_t right,
                                  int64_t columns, int64_t type, int64_t turned,
                                  void *result);
/// wgmma.fence, wgmma.commit_group, wgmma.wait_group
void bptt_emulated_fence_products();
void bptt_emulated_commit_products();
void bptt_emulated_wait_for_products(int64_t pending);
}

namespace bptt {

/// A function that emulated code calls, and its name.
struct EmulatedSymbol {
  const char *name;
  void *address;
};

/// All of the above, ended by one without a name.
const EmulatedSymbol *getEmulatedSymbols();

} // namespace bptt

#endif
