/* Uses the library of rnn_dynamic.mlir as a C program would: several lengths
   and budgets, several threads, and every mistake a caller can make. */

#include "rnn_dynamic.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { B = 4, I = 3, H = 8, T = 40 };

typedef struct {
  float xs[T * B * I], h0[B * H], w[I * H], u[H * H], b[H];
} inputs;

typedef struct {
  float value, xs[T * B * I], h0[B * H], w[I * H], u[H * H], b[H];
} outputs;

static inputs in;

#define REQUIRE(condition)                                                     \
  do {                                                                         \
    if (!(condition)) {                                                        \
      printf("line %d: %s\n", __LINE__, #condition);                           \
      exit(1);                                                                 \
    }                                                                          \
  } while (0)

static bptt_status run(const bptt_plan *plan, outputs *out, void *workspace,
                       int64_t bytes, void *stream, bptt_message *message) {
  return loss_value_and_grad_run(plan, in.xs, in.h0, in.w, in.u, in.b,
                                 &out->value, out->xs, out->h0, out->w, out->u,
                                 out->b, workspace, bytes, stream, message);
}

static bptt_plan *make_plan(int64_t steps, int64_t budget) {
  bptt_plan *plan = NULL;
  bptt_message message;
  if (loss_value_and_grad_plan(steps, budget, &plan, &message)) {
    printf("%s\n", message.text);
    exit(1);
  }
  REQUIRE(message.text[0] == 0);
  return plan;
}

/* Runs a plan in a workspace of exactly its size, with guards around it. */
static void run_guarded(const bptt_plan *plan, outputs *out) {
  int64_t bytes = bptt_plan_workspace_bytes(plan);
  int64_t whole = (bytes + 63) / 64 * 64 + 128;
  unsigned char *memory = aligned_alloc(64, whole);
  REQUIRE(memory);
  memset(memory, 0x5A, whole);
  memset(out, 0, sizeof(*out));
  REQUIRE(run(plan, out, memory + 64, bytes, NULL, NULL) == BPTT_SUCCESS);
  for (int64_t i = 0; i < whole; ++i)
    REQUIRE((i >= 64 && i < 64 + bytes) || memory[i] == 0x5A);
  free(memory);
}

typedef struct {
  const bptt_plan *plan;
  const outputs *expected;
} job;

static void *work(void *context) {
  const job *task = context;
  outputs *out = malloc(sizeof(*out));
  REQUIRE(out);
  for (int i = 0; i < 50; ++i) {
    run_guarded(task->plan, out);
    REQUIRE(memcmp(out, task->expected, sizeof(*out)) == 0);
  }
  free(out);
  return NULL;
}

static void check_budgets_and_threads(void) {
  static outputs full, other;
  bptt_plan *plain = make_plan(T, BPTT_BUDGET_MAX);
  bptt_plan_info plainInfo;
  bptt_plan_describe(plain, &plainInfo);
  REQUIRE(plainInfo.steps == T && plainInfo.forward_evaluations == T);
  REQUIRE(plainInfo.workspace_bytes <= plainInfo.full_bytes);
  run_guarded(plain, &full);
  REQUIRE(full.value > 0 && full.u[0] != 0);

  bptt_plan *small = make_plan(T, plainInfo.floor_bytes);
  bptt_plan_info info;
  bptt_plan_describe(small, &info);
  REQUIRE(info.workspace_bytes <= plainInfo.floor_bytes);
  REQUIRE(info.forward_evaluations > T && info.time_ratio > 1);
  run_guarded(small, &other);
  REQUIRE(memcmp(&full, &other, sizeof(full)) == 0);

  int64_t bytes = 0;
  REQUIRE(loss_value_and_grad_workspace_bytes(T, plainInfo.floor_bytes, &bytes,
                                              NULL) == BPTT_SUCCESS);
  REQUIRE(bytes == info.workspace_bytes);

  bptt_plan *half = make_plan(T, BPTT_BUDGET_DEFAULT);
  bptt_plan_describe(half, &info);
  REQUIRE(info.budget_bytes == plainInfo.full_bytes / 2);
  bptt_plan_destroy(half);

  pthread_t threads[4];
  job jobs[2] = {{plain, &full}, {small, &full}};
  for (int i = 0; i < 4; ++i)
    REQUIRE(pthread_create(&threads[i], NULL, work, &jobs[i % 2]) == 0);
  for (int i = 0; i < 4; ++i)
    REQUIRE(pthread_join(threads[i], NULL) == 0);
  bptt_plan_destroy(small);
  bptt_plan_destroy(plain);

  bptt_plan *shorter = make_plan(3, BPTT_BUDGET_MAX);
  run_guarded(shorter, &other);
  REQUIRE(other.value > 0 && other.value != full.value);
  bptt_plan_destroy(shorter);
  bptt_plan *none = make_plan(0, BPTT_BUDGET_MAX);
  run_guarded(none, &other);
  bptt_plan_destroy(none);
}

static void show(const char *what, bptt_status status,
                 const bptt_message *message) {
  printf("%s: %s: %s\n", what, bptt_status_string(status), message->text);
}

static void show_mistakes(void) {
  static outputs out;
  bptt_message message;
  bptt_plan *plan = NULL;
  show("small budget", loss_value_and_grad_plan(T, 100, &plan, &message),
       &message);
  show("no budget", loss_value_and_grad_plan(T, 0, &plan, &message), &message);
  show("negative length",
       loss_value_and_grad_plan(-1, BPTT_BUDGET_MAX, &plan, &message),
       &message);
  show("negative budget", loss_value_and_grad_plan(T, -7, &plan, &message),
       &message);
  REQUIRE(plan == NULL);

  plan = make_plan(T, BPTT_BUDGET_DEFAULT);
  int64_t bytes = bptt_plan_workspace_bytes(plan);
  char *memory = aligned_alloc(64, bytes / 64 * 64 + 128);
  REQUIRE(memory);
  show("small workspace", run(plan, &out, memory, bytes - 1, NULL, &message),
       &message);
  show("no workspace", run(plan, &out, NULL, bytes, NULL, &message), &message);
  show("misaligned", run(plan, &out, memory + 8, bytes, NULL, &message),
       &message);
  show("stream", run(plan, &out, memory, bytes, &out, &message), &message);
  show("null argument",
       loss_value_and_grad_run(plan, in.xs, in.h0, NULL, in.u, in.b, &out.value,
                               out.xs, out.h0, out.w, out.u, out.b, memory,
                               bytes, NULL, &message),
       &message);
  show("null result",
       loss_value_and_grad_run(plan, in.xs, in.h0, in.w, in.u, in.b, &out.value,
                               out.xs, NULL, out.w, out.u, out.b, memory, bytes,
                               NULL, &message),
       &message);
  show("misaligned argument",
       loss_value_and_grad_run(plan, in.xs, in.h0, in.w,
                               (const float *)((const char *)in.u + 2), in.b,
                               &out.value, out.xs, out.h0, out.w, out.u, out.b,
                               memory, bytes, NULL, &message),
       &message);
  REQUIRE(out.value == 0);

  bptt_program newer = *loss_value_and_grad_program();
  bptt_plan *other = NULL;
  ++newer.abi_version;
  show("other version",
       bptt_plan_create(&newer, NULL, 0, BPTT_BUDGET_MAX, &other, &message),
       &message);
  newer.abi_version = BPTT_ABI_VERSION;
  newer.features = "no-such-feature";
  show("processor",
       bptt_plan_create(&newer, NULL, 0, BPTT_BUDGET_MAX, &other, &message),
       &message);
  newer.features = "";
  show("extents",
       bptt_plan_create(&newer, NULL, 0, BPTT_BUDGET_MAX, &other, &message),
       &message);
  show("other program",
       bptt_run(plan, &newer, NULL, NULL, memory, bytes, NULL, &message),
       &message);
  int64_t budget = 0;
  const int64_t steps = T;
  show("budget",
       bptt_parse_budget(&newer, &steps, 1, "5parsecs", &budget, &message),
       &message);
  REQUIRE(bptt_parse_budget(&newer, &steps, 1, "2KiB", &budget, &message) ==
              BPTT_SUCCESS &&
          budget == 2048);
  free(memory);
  bptt_plan_destroy(plan);
  bptt_plan_destroy(NULL);
}

static void fill(float *values, int count, unsigned seed) {
  for (int i = 0; i < count; ++i) {
    seed = seed * 1664525u + 1013904223u;
    values[i] = (float)(seed >> 8) / (1 << 23) - 1;
  }
}

int main(void) {
  fill(in.xs, T * B * I, 1);
  fill(in.h0, B * H, 2);
  fill(in.w, I * H, 3);
  fill(in.u, H * H, 4);
  fill(in.b, H, 5);
  check_budgets_and_threads();
  show_mistakes();
  printf("%s\n", bptt_status_string(99));
  return 0;
}
