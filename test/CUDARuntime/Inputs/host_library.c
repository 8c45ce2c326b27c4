/* What device_library.c computes, for the CPU: y = FACTOR x. */

#include "bptt-c/program.h"

#ifndef FACTOR
#define FACTOR 4
#endif

enum { N = 6 };

typedef struct {
  void *allocated, *aligned;
} memref;

/* x, y, workspace */
static void run(void *const *memrefs) {
  const float *x = ((memref *)memrefs[0])->aligned;
  float *y = ((memref *)memrefs[1])->aligned;
  for (int i = 0; i < N; ++i)
    y[i] = FACTOR * x[i];
}

static const int64_t shape[] = {N};
static const bptt_array x = {"x", BPTT_F32, 1, shape, -1};
static const bptt_array y = {"y", BPTT_F32, 1, shape, -1};

static const bptt_program program = {
    .abi_version = BPTT_ABI_VERSION,
    .num_arguments = 1,
    .num_results = 1,
    .threads = 1,
    .name = "times",
    .target = "cpu",
    .chip = "any",
    .features = "",
    .policy = "optimal",
    .budget = "max",
    .arguments = &x,
    .results = &y,
    .entry = run,
    .workspace_bytes = 64,
};

const bptt_program *bptt_library(void) { return &program; }
