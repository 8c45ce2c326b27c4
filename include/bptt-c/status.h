/*===- bptt-c/status.h - How functions say what went wrong --------*- C -*-===*/

#ifndef BPTT_C_STATUS_H
#define BPTT_C_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum bptt_status {
  BPTT_SUCCESS = 0,
  BPTT_INVALID_ARGUMENT = 1,
  BPTT_VERSION_MISMATCH = 2, /* library and runtime do not fit together */
  BPTT_BUDGET_TOO_SMALL = 3, /* the message says how much would do */
  BPTT_PLANNING_FAILED = 4,
  BPTT_WORKSPACE_TOO_SMALL = 5,
  BPTT_WORKSPACE_MISALIGNED = 6, /* see BPTT_WORKSPACE_ALIGNMENT */
  BPTT_NO_DEVICE = 7, /* no driver, no device, or a processor too old */
  BPTT_OUT_OF_DEVICE_MEMORY = 8,
  BPTT_DEVICE_ERROR = 9
} bptt_status;

/* `success`, `invalid argument`, ...; `unknown status` for other numbers. */
const char *bptt_status_string(int status);

/* What went wrong, in one sentence with the numbers that matter; empty on
   success. Every function that takes one also takes null. */
typedef struct bptt_message {
  char text[1024];
} bptt_message;

#ifdef __cplusplus
}
#endif

#endif
