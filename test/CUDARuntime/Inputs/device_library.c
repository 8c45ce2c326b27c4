/* What the compiler makes for a GPU, by hand: y = 4 x, in two launches. */

#include "bptt-c/cuda.h"

#ifndef IMAGE
#define IMAGE "sm_90"
#endif
#ifndef CHIP
#define CHIP "sm_90"
#endif
#ifndef KERNEL
#define KERNEL "twice"
#endif

enum { N = 6 };
#ifndef EXTENT
#define EXTENT N
#endif

static void *module;

__attribute__((constructor)) static void load(void) {
#ifdef PTX
  module = mgpuModuleLoadJIT(IMAGE, 2);
#else
  module = mgpuModuleLoad(IMAGE, sizeof(IMAGE));
#endif
}
__attribute__((destructor)) static void unload(void) {
  mgpuModuleUnload(module);
}

static void launch(void *stream, const void *x, void *y) {
  int64_t n = N;
  void *parameters[] = {&x, &y, &n};
  void *function = mgpuModuleGetFunction(module, KERNEL);
  mgpuLaunchKernel(function, 1, 1, 1, 32, 1, 1, 0, stream, parameters, 0, 3);
}

typedef struct {
  void *allocated, *aligned;
} memref;

/* x, y, workspace, stream */
static void run(void *const *memrefs) {
  void *workspace = ((memref *)memrefs[2])->aligned;
  launch(memrefs[3], ((memref *)memrefs[0])->aligned, workspace);
  launch(memrefs[3], workspace, ((memref *)memrefs[1])->aligned);
}

/* -1 leaves it open; the kernels do N elements all the same. */
static const int64_t shape[] = {EXTENT};
static const bptt_array x = {"x", BPTT_F32, 1, shape, -1};
static const bptt_array y = {"y", BPTT_F32, 1, shape, EXTENT < 0 ? 0 : -1};

static const bptt_program program = {
    .abi_version = BPTT_ABI_VERSION,
    .num_arguments = 1,
    .num_results = 1,
    .threads = 1,
    .name = "times_four",
    .target = "cuda",
    .chip = CHIP,
    .features = "",
    .policy = "optimal",
    .budget = "max",
    .arguments = &x,
    .results = &y,
    .entry = run,
    .workspace_bytes = 64,
    .begin = bptt_cuda_begin,
    .end = bptt_cuda_end,
};

const bptt_program *bptt_library(void) { return &program; }
