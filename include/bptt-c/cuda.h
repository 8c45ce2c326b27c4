/*===- bptt-c/cuda.h - What libraries for NVIDIA GPUs run with ----*- C -*-===*\
|*                                                                            *|
|* libbptt_cuda_runtime: the functions that compiled host code calls, checks  *|
|* around a run, and a device's memory, stream and clock for programs that    *|
|* bring no CUDA of their own. It is linked with no CUDA library; the driver, *|
|* libcuda.so.1, is loaded when it is first needed. No call fails silently:   *|
|* messages name the driver's function, its error and what that means.        *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef BPTT_C_CUDA_H
#define BPTT_C_CUDA_H

#include "bptt-c/runtime.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A device with its primary context, and a stream of our own. Every call makes
   the context current to the calling thread; when it is closed, what was
   current before it was opened is current again. */
typedef struct bptt_cuda bptt_cuda;

/* Opens device `ordinal`. Fails with BPTT_NO_DEVICE without a driver or a
   device. */
bptt_status bptt_cuda_open(int ordinal, bptt_cuda **device,
                           bptt_message *message);
/* Null is allowed. Memory and graphs are given back before. The last close of a
   device also unloads the kernels of every library from its primary context,
   whoever else has that context (CUDA's runtime, PyTorch): no run of a library
   may be under way there, on any stream, nor one be replayed later from a graph
   that the caller captured. Runs that begin later load their kernels again. */
void bptt_cuda_close(bptt_cuda *device);

/* Name and compute capability: `NVIDIA H100 80GB HBM3, sm_90`. */
const char *bptt_cuda_name(const bptt_cuda *device);
void *bptt_cuda_stream(const bptt_cuda *device);

/* Device memory, aligned to 256 bytes. Fails with BPTT_OUT_OF_DEVICE_MEMORY,
   saying how much was asked for and how much was free. */
bptt_status bptt_cuda_allocate(bptt_cuda *device, int64_t bytes, void **address,
                               bptt_message *message);
bptt_status bptt_cuda_free(bptt_cuda *device, void *address,
                           bptt_message *message);
bptt_status bptt_cuda_free_bytes(bptt_cuda *device, int64_t *bytes,
                                 bptt_message *message);

/* Copies and fills of device memory; they are over when the call returns. */
bptt_status bptt_cuda_upload(bptt_cuda *device, void *to, const void *from,
                             int64_t bytes, bptt_message *message);
bptt_status bptt_cuda_download(bptt_cuda *device, void *to, const void *from,
                               int64_t bytes, bptt_message *message);
bptt_status bptt_cuda_fill(bptt_cuda *device, void *to, unsigned char value,
                           int64_t bytes, bptt_message *message);

/* Waits for the stream. What the device found wrong meanwhile is reported. */
bptt_status bptt_cuda_synchronize(bptt_cuda *device, bptt_message *message);

/* Seconds that the stream took from one call to the other; `stop` waits. */
bptt_status bptt_cuda_start_clock(bptt_cuda *device, bptt_message *message);
bptt_status bptt_cuda_stop_clock(bptt_cuda *device, double *seconds,
                                 bptt_message *message);

/* What a run puts into the stream between `begin` and `end` is not done but
   recorded, and done as often as the graph is replayed, at less cost for each
   launch, with the same arrays and workspace. A program that is recorded must
   have run before, so that its kernels are loaded.
   The driver takes memory and time for each launch that it holds, and more than
   in proportion for very long graphs: a recording of more than `max_launches`
   (at least 1) is kept as several of its graphs, one after the other. The
   thread that begins a recording also runs what is recorded, and ends it. What
   it runs meanwhile, on whatever stream, is not asked where its memory lies. */
#define BPTT_CUDA_GRAPH_LAUNCHES 100000
typedef struct bptt_cuda_graph bptt_cuda_graph;
bptt_status bptt_cuda_begin_recording(bptt_cuda *device, int64_t max_launches,
                                      bptt_message *message);
bptt_status bptt_cuda_end_recording(bptt_cuda *device, bptt_cuda_graph **graph,
                                    bptt_message *message);
bptt_status bptt_cuda_replay(bptt_cuda *device, const bptt_cuda_graph *graph,
                             bptt_message *message);
/* Launches in a recording, and the driver's graphs that hold them. */
void bptt_cuda_describe_graph(const bptt_cuda_graph *graph, int64_t *launches,
                              int64_t *graphs);
/* Before the device is closed, whose context the graph is in. Null is
   allowed. */
void bptt_cuda_destroy_graph(bptt_cuda_graph *graph);

/* Called by bptt_run around the compiled code of a program for a device, on one
   thread. `begin` needs a current context, on a device that `program->chip`
   runs on, arrays and a workspace in device memory, a program of this
   BPTT_ABI_VERSION, and what `program->needs` says. `end` reports the first
   failure since; after that failure nothing was launched. */
bptt_status bptt_cuda_begin(const bptt_program *program,
                            const void *const *arrays, const void *workspace,
                            bptt_message *message);
bptt_status bptt_cuda_end(const bptt_program *program, bptt_message *message);

/* What compiled code calls, by the names that MLIR gives it. Modules are loaded
   at their first launch in a context. Failures are kept for bptt_cuda_end. */
void *mgpuModuleLoad(void *data, size_t bytes);
void *mgpuModuleLoadJIT(void *ptx, int32_t optimization_level);
void mgpuModuleUnload(void *module);
void *mgpuModuleGetFunction(void *module, const char *name);
void mgpuLaunchKernel(void *function, intptr_t grid_x, intptr_t grid_y,
                      intptr_t grid_z, intptr_t block_x, intptr_t block_y,
                      intptr_t block_z, int32_t shared_bytes, void *stream,
                      void **parameters, void **extra, size_t num_parameters);

/* Of programs compiled with matmul=cublas: out = lhs rhs, or out += lhs rhs, of
   row-major matrices in device memory, by cuBLASLt, which is loaded when it is
   first needed (bptt_cuda_begin says so if it is not there). `out` is rows x
   columns, with sums of `terms` products; strides from row to row are in
   elements. `factors` and `result` are bptt_elements: a float and itself, or
   f16 or bf16 and f32. Sums are in f32, or in f64 for f64. No memory beside the
   matrices is used. How a product is computed depends on its shape and the
   alignment of its matrices alone, so that it has the same bits every time. */
#define BPTT_TRANSPOSED_LHS 1 /* `lhs` is stored as terms x rows */
#define BPTT_TRANSPOSED_RHS 2 /* `rhs` is stored as columns x terms */
#define BPTT_ACCUMULATE 4     /* out += */
void bptt_cuda_product(int64_t out, int64_t lhs, int64_t rhs, int64_t rows,
                       int64_t columns, int64_t terms, int64_t out_stride,
                       int64_t lhs_stride, int64_t rhs_stride, int64_t factors,
                       int64_t result, int64_t flags, void *stream);

/* Of programs compiled with matmul=wgmma: writes to `map`, 128 bytes aligned to
   64, how a row-major matrix in device memory is copied in boxes by the kernel
   that `map` is then passed to. `element` is BPTT_F16, BPTT_BF16 or BPTT_F32.
   `address` and `stride_bytes` are multiples of 16. `swizzle_bytes` is 0, or
   the bytes of a row of a box, 128, 64 or 32, which is then swizzled by as
   many. Nothing is put into a stream. */
#define BPTT_TENSOR_MAP_BYTES 128
void bptt_cuda_tensor_map(void *map, int64_t address, int64_t columns,
                          int64_t rows, int64_t stride_bytes,
                          int64_t box_columns, int64_t box_rows,
                          int64_t swizzle_bytes, int64_t element);

#ifdef __cplusplus
}
#endif

#endif
