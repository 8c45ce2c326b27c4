/*===- bptt-c/runtime.h - Planning and running generated libraries -*- C -*-==*\
|*                                                                            *|
|* The functions behind every generated header, in libbptt_runtime: the       *|
|* planner that the compiler uses, and the call of compiled code. No global   *|
|* state: any function may be called from any thread. Sizes are bytes.        *|
|*                                                                            *|
|* A plan is made once for the lengths of the arguments and a budget, and     *|
|* never changes; it may serve several threads at once, each with a workspace *|
|* of its own. What a run needs beside its arguments and results lies in the  *|
|* workspace; the plan itself, some 20 bytes an action, lies in host memory.  *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef BPTT_C_RUNTIME_H
#define BPTT_C_RUNTIME_H

#include "bptt-c/program.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Budgets that are no number of bytes: the one that the library was compiled
   with, and what plain BPTT takes. 0 is a number: some programs need none. */
#define BPTT_BUDGET_DEFAULT INT64_MIN
#define BPTT_BUDGET_MAX INT64_MAX

#define BPTT_WORKSPACE_ALIGNMENT 64

typedef struct bptt_plan bptt_plan;

/* Plans `program` for a budget that covers its whole workspace. `extents` are
   the dynamic extents of all arguments in order. Fails on a processor that
   cannot run the code, on a negative extent, on
   a count of extents that is not the program's, and below the floor. */
bptt_status bptt_plan_create(const bptt_program *program,
                             const int64_t *extents, int64_t num_extents,
                             int64_t budget_bytes, bptt_plan **plan,
                             bptt_message *message);

/* Frees a plan; null is allowed. */
void bptt_plan_destroy(bptt_plan *plan);

typedef struct bptt_plan_info {
  int64_t budget_bytes;    /* what was asked for */
  int64_t floor_bytes;     /* the least that would do */
  int64_t full_bytes;      /* what plain BPTT takes */
  int64_t workspace_bytes; /* what a run takes, at most the budget */
  int64_t table_bytes;     /* of the plan's tables, in host memory */
  int64_t steps;           /* of all recurrences */
  int64_t forward_evaluations;
  double time_ratio;     /* planned time over that of plain BPTT */
  const char *exactness; /* of the plan: `exact`, `window`, ... */
} bptt_plan_info;

void bptt_plan_describe(const bptt_plan *plan, bptt_plan_info *info);

/* What a workspace for this plan must hold. */
int64_t bptt_plan_workspace_bytes(const bptt_plan *plan);

/* The same of a plan that is made for this question only. */
bptt_status bptt_workspace_bytes(const bptt_program *program,
                                 const int64_t *extents, int64_t num_extents,
                                 int64_t budget_bytes, int64_t *bytes,
                                 bptt_message *message);

/* The budget that `text` (`64MiB`, `5%`, `max`) means for these extents. */
bptt_status bptt_parse_budget(const bptt_program *program,
                              const int64_t *extents, int64_t num_extents,
                              const char *text, int64_t *budget_bytes,
                              bptt_message *message);

/* Runs once. `arguments` and `results` hold an address for each array of the
   program; results must not overlap anything else.
   A program for the CPU runs on the calling thread, and `stream` is null. It
   fails before anything was computed, or not at all.
   A program for a GPU takes addresses in its memory, and puts its work into
   `stream`, a CUstream of the current context (null: the default one); results
   are there when the stream is done. */
bptt_status bptt_run(const bptt_plan *plan, const bptt_program *program,
                     const void *const *arguments, void *const *results,
                     void *workspace, int64_t workspace_bytes, void *stream,
                     bptt_message *message);

#ifdef __cplusplus
}
#endif

#endif
