/* What a caller can do wrong on a device. */

#define _POSIX_C_SOURCE 200112L /* setenv, threads */

#include "bptt-c/cuda.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define REQUIRE(condition)                                                     \
  do {                                                                         \
    if (!(condition)) {                                                        \
      printf("line %d: %s\n", __LINE__, #condition);                           \
      exit(1);                                                                 \
    }                                                                          \
  } while (0)

const bptt_program *bptt_library(void);

static void show(const char *what, bptt_status status,
                 const bptt_message *message) {
  printf("%s: %s: %s\n", what, bptt_status_string(status), message->text);
}

/* Every call makes the device's context current to the thread that calls. */
static void *copy_elsewhere(void *arguments) {
  void **of = arguments;
  float four = 4, read = 0;
  REQUIRE(!bptt_cuda_upload(of[0], of[1], &four, sizeof(four), NULL));
  REQUIRE(!bptt_cuda_download(of[0], &read, of[1], sizeof(read), NULL));
  REQUIRE(read == four);
  return NULL;
}

int main(void) {
  const bptt_program *program = bptt_library();
  bptt_message message;
  bptt_plan *plan = NULL;
  REQUIRE(!bptt_plan_create(program, NULL, 0, BPTT_BUDGET_MAX, &plan, NULL));
  int64_t bytes = bptt_plan_workspace_bytes(plan);
  _Alignas(256) static char host[4096];
  const void *x = host + 1024;
  void *y = host + 2048;
  show("no context",
       bptt_run(plan, program, &x, &y, host, bytes, NULL, &message), &message);

  bptt_cuda *device = NULL;
  show("ordinal", bptt_cuda_open(7, &device, &message), &message);
  REQUIRE(device == NULL);
  REQUIRE(!bptt_cuda_open(0, &device, &message) && message.text[0] == 0);
  printf("name: %s\n", bptt_cuda_name(device));
  void *stream = bptt_cuda_stream(device);
  show("host argument",
       bptt_run(plan, program, &x, &y, host, bytes, stream, &message),
       &message);

  void *memory = NULL;
  int64_t before = 0, after = 0;
  REQUIRE(!bptt_cuda_free_bytes(device, &before, NULL));
  REQUIRE(!bptt_cuda_allocate(device, 1024, &memory, NULL));
  REQUIRE(!bptt_cuda_free_bytes(device, &after, NULL) &&
          before - after == 1024);
  char *workspace = memory;
  x = workspace + 512;
  show("host result",
       bptt_run(plan, program, &x, &y, host, bytes, stream, &message),
       &message);
  y = workspace + 768;
  show("host workspace",
       bptt_run(plan, program, &x, &y, host, bytes, stream, &message),
       &message);
  show("small workspace",
       bptt_run(plan, program, &x, &y, workspace, bytes - 1, stream, &message),
       &message);
  show("misaligned",
       bptt_run(plan, program, &x, &y, workspace + 32, bytes, stream, &message),
       &message);
  show("too much", bptt_cuda_allocate(device, 1 << 30, &memory, &message),
       &message);
  show("copy to the host", bptt_cuda_upload(device, host, host, 4, &message),
       &message);

  /* A run after a failed one is a run of its own. */
  setenv("FAKE_CUDA_FAIL", "cuLaunchKernel=700", 1);
  show("launch",
       bptt_run(plan, program, &x, &y, workspace, bytes, stream, &message),
       &message);
  setenv("FAKE_CUDA_FAIL", "", 1);
  show("again",
       bptt_run(plan, program, &x, &y, workspace, bytes, stream, &message),
       &message);
  void *arguments[] = {device, workspace};
  pthread_t thread;
  REQUIRE(!pthread_create(&thread, NULL, copy_elsewhere, arguments));
  REQUIRE(!pthread_join(thread, NULL));

  /* A context at the address of one that is gone, with its modules. */
  setenv("FAKE_CUDA_CONTEXT", "2", 1);
  show("new context",
       bptt_run(plan, program, &x, &y, workspace, bytes, stream, &message),
       &message);
  bptt_cuda_graph *graph = NULL;
  show("graph of nothing", bptt_cuda_begin_recording(device, 0, &message),
       &message);
  show("end of nothing", bptt_cuda_end_recording(device, &graph, &message),
       &message);
  bptt_program other = *program;
  other.abi_version = 7;
  show("version", bptt_cuda_begin(&other, NULL, workspace, &message), &message);
  setenv("FAKE_CUDA_FAIL", "cuStreamSynchronize=700", 1);
  show("synchronize", bptt_cuda_synchronize(device, &message), &message);
  setenv("FAKE_CUDA_FAIL", "", 1);
  REQUIRE(!bptt_cuda_free(device, workspace, NULL));
  bptt_cuda_close(device);
  show("closed", bptt_run(plan, program, &x, &y, host, bytes, NULL, &message),
       &message);
  bptt_plan_destroy(plan);
  return 0;
}
