/* Says that it is for a GPU, and is linked with nothing. */
#include "bptt-c/program.h"
static void run(void *const *memrefs) { (void)memrefs; }
static const bptt_array value = {"value", BPTT_F32, 0, 0, -1};
static const bptt_program program = {.abi_version = BPTT_ABI_VERSION,
                                     .num_results = 1,
                                     .name = "alone",
                                     .target = "cuda",
                                     .chip = "sm_90",
                                     .features = "",
                                     .policy = "optimal",
                                     .budget = "max",
                                     .results = &value,
                                     .entry = run};
const bptt_program *bptt_library(void) { return &program; }
