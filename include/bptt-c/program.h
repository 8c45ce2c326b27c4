/*===- bptt-c/program.h - What a generated library says of itself -*- C -*-===*\
|*                                                                            *|
|* The constant data that `bptt-run --emit` writes next to the code, and      *|
|* libbptt_runtime reads. Programs that use a generated library need only its *|
|* own header; tools that run any library start from `bptt_library`.          *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef BPTT_C_PROGRAM_H
#define BPTT_C_PROGRAM_H

#include "bptt-c/status.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Changes with the layout of these structures or with what compiled code
   expects of its caller. */
#define BPTT_ABI_VERSION 5

/* Element types, in the order of their names f16, bf16, f32, f64, i1, i8, i16,
   i32, i64. */
typedef enum bptt_element {
  BPTT_F16,
  BPTT_BF16,
  BPTT_F32,
  BPTT_F64,
  BPTT_I1, /* a byte, 0 or 1 */
  BPTT_I8,
  BPTT_I16,
  BPTT_I32,
  BPTT_I64
} bptt_element;

/* A dense row-major argument or result. */
typedef struct bptt_array {
  const char *name;
  int32_t element; /* a bptt_element */
  int32_t rank;
  const int64_t *shape; /* -1: an extent that is known at run time */
  /* For a result that is a gradient, the number of the argument that it is the
     gradient of, whose shape it has; -1 otherwise. */
  int64_t gradient_of;
} bptt_array;

/* Compiled code takes the addresses of its memref descriptors: arguments,
   results, then, if there are recurrences, the stack (memref<?xi8>) and a table
   each (memref<?x4xi32>), a table for each nested recurrence, last the
   workspace (memref<?xi8>); after these, where the program has a `begin`, the
   stream itself. */
typedef void (*bptt_entry)(void *const *memrefs);
typedef int64_t (*bptt_count)(void *const *memrefs);

typedef struct bptt_tape_mode {
  int64_t residual_bytes;
  int64_t extra_backward_cost;
} bptt_tape_mode;

/* A step of a recurrence whose steps differ; costs in nanoseconds. */
typedef struct bptt_chain_step {
  int64_t state_bytes; /* of the state in front of it */
  int64_t num_tape_modes;
  const bptt_tape_mode *tape_modes;
  int64_t advance_cost, taped_cost, backward_cost;
} bptt_chain_step;

/* What the planner needs to know of a recurrence; costs in nanoseconds. */
typedef struct bptt_recurrence {
  int64_t num_steps;      /* -1: count_steps tells */
  bptt_count count_steps; /* or null */
  int64_t state_bytes;
  int64_t num_tape_modes;
  const bptt_tape_mode *tape_modes;
  int64_t advance_cost, taped_cost, backward_cost;
  /* One for each of num_steps, and sizes and costs are theirs; or null: all
     steps are alike. */
  const bptt_chain_step *chain;
} bptt_recurrence;

/* A recurrence inside the steps of others, whose plan was made with the code:
   what it keeps is part of the workspace. */
typedef struct bptt_nested {
  bptt_recurrence recurrence; /* of a known length */
  const char *policy;
  int64_t kept_bytes;
} bptt_nested;

/* cuBLASLt, for matrix products. */
#define BPTT_NEEDS_CUBLASLT 1

typedef struct bptt_program bptt_program;

struct bptt_program {
  uint32_t abi_version;
  uint32_t num_arguments, num_results, num_recurrences;
  uint32_t threads; /* that a run takes: the caller's and workers */
  uint32_t needs;   /* of the device's libraries: BPTT_NEEDS_..., or 0 */
  const char *name;
  const char *target; /* `cpu`, or `cuda` */
  const char *chip;   /* the processor it was compiled for */
  /* What the processor that calls it must have, as LLVM names it, with commas
     between: `avx2,fma`. May be empty. */
  const char *features;
  const char *policy; /* of the planner: `optimal`, ... */
  const char *budget; /* used where the caller names none: `64MiB`, `5%` */
  const bptt_array *arguments;
  const bptt_array *results;
  const bptt_recurrence *recurrences;
  int64_t num_nested;
  const bptt_nested *nested;
  /* Of plain BPTT at every level, where recurrences inside steps may have
     plans: bytes, and nanoseconds. 0: `recurrences` tell. */
  int64_t plain_bytes, plain_cost;
  bptt_entry entry;
  int64_t workspace_bytes;    /* beside the stack; -1: count_workspace tells */
  bptt_count count_workspace; /* or null */
  /* For a device, what is called before and after the code; else null.
     `arrays` are arguments, then results: null where there is no element. */
  bptt_status (*begin)(const bptt_program *program, const void *const *arrays,
                       const void *workspace, bptt_message *message);
  bptt_status (*end)(const bptt_program *program, bptt_message *message);
};

/* Every generated library has it: `bptt_library()` is its program. Weak, so
   that several may be linked into one program; look it up in the handle of the
   one that is meant. */
typedef const bptt_program *(*bptt_library_function)(void);
#define BPTT_LIBRARY_SYMBOL "bptt_library"

#ifdef __cplusplus
}
#endif

#endif
