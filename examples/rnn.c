/* Gradient descent on the loss of rnn.mlir, in 256 KiB: docs/libraries.md
 * builds and runs it. */

#include "rnn.h"

#include <stdio.h>
#include <stdlib.h>

enum { T = 1000, B = 16, I = 32, H = 64 };

static float *allocate(size_t count) {
  float *values = calloc(count, sizeof(float));
  if (!values)
    abort();
  return values;
}

static float *make_random(size_t count, float scale) {
  float *values = allocate(count);
  for (size_t i = 0; i < count; ++i)
    values[i] = scale * (2 * (float)rand() / (float)RAND_MAX - 1);
  return values;
}

static void stop_on(bptt_status status, const bptt_message *message) {
  if (status == BPTT_SUCCESS)
    return;
  fprintf(stderr, "%s: %s\n", bptt_status_string(status), message->text);
  exit(1);
}

int main(void) {
  float *xs = make_random(T * B * I, 1), *h0 = allocate(B * H);
  float *w = make_random(I * H, 0.5f), *u = make_random(H * H, 0.05f);
  float *b = allocate(H);
  float value, *grad_xs = allocate(T * B * I), *grad_h0 = allocate(B * H);
  float *grad_w = allocate(I * H), *grad_u = allocate(H * H);
  float *grad_b = allocate(H);

  bptt_message message;
  bptt_plan *plan;
  stop_on(loss_value_and_grad_plan(256 << 10, &plan, &message), &message);
  int64_t bytes = bptt_plan_workspace_bytes(plan);
  void *workspace =
      aligned_alloc(BPTT_WORKSPACE_ALIGNMENT, (size_t)(bytes + 63) / 64 * 64);
  if (!workspace)
    abort();
  printf("%lld bytes of workspace\n", (long long)bytes);

  for (int step = 0; step < 5; ++step) {
    stop_on(loss_value_and_grad_run(plan, xs, h0, w, u, b, &value, grad_xs,
                                    grad_h0, grad_w, grad_u, grad_b, workspace,
                                    bytes, NULL, &message),
            &message);
    printf("loss %g\n", value);
    for (int i = 0; i < I * H; ++i)
      w[i] -= 20 * grad_w[i];
    for (int i = 0; i < H * H; ++i)
      u[i] -= 20 * grad_u[i];
  }
  bptt_plan_destroy(plan);
  return 0;
}
