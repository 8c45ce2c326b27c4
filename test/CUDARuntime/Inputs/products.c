/* bptt_cuda_product for every way in which matrices may lie, against loops; the
   numbers are small integers, so that sums are exact in every type. */

#include "bptt-c/cuda.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(condition)                                                     \
  do {                                                                         \
    if (!(condition)) {                                                        \
      printf("line %d: %s: %s\n", __LINE__, #condition, message.text);         \
      exit(1);                                                                 \
    }                                                                          \
  } while (0)

enum { ROWS = 3, COLUMNS = 5, TERMS = 4, EXTRA = 2, MOST = 64 };

static const bptt_program program = {.abi_version = BPTT_ABI_VERSION,
                                     .needs = BPTT_NEEDS_CUBLASLT,
                                     .name = "products",
                                     .target = "cuda",
                                     .chip = "sm_90"};
static bptt_message message;
static bptt_cuda *device;

static int64_t bytes_of(bptt_element element) {
  return element == BPTT_F64 ? 8 : element == BPTT_F32 ? 4 : 2;
}
/* Of a small integer. */
static uint16_t to_half(int value) {
  if (value == 0)
    return 0;
  int size = abs(value), exponent = 0;
  while (size >> (exponent + 1))
    ++exponent;
  int rest = (size - (1 << exponent)) << 10 >> exponent;
  return (value < 0) << 15 | (exponent + 15) << 10 | rest;
}
static void put(void *memory, bptt_element element, int64_t i, int value) {
  float single = value;
  uint32_t bits;
  memcpy(&bits, &single, 4);
  if (element == BPTT_F64)
    ((double *)memory)[i] = value;
  else if (element == BPTT_F32)
    ((float *)memory)[i] = single;
  else if (element == BPTT_F16)
    ((uint16_t *)memory)[i] = to_half(value);
  else
    ((uint16_t *)memory)[i] = bits >> 16;
}

typedef struct {
  int64_t address, stride;
  int numbers[MOST], transposed;
} Matrix;

static Matrix make(int rows, int columns, int transposed,
                   bptt_element element) {
  static int next = 1;
  Matrix matrix = {0, (transposed ? rows : columns) + EXTRA, {0}, transposed};
  char host[MOST * 8];
  void *memory = NULL;
  for (int i = 0; i < MOST; ++i) {
    next = next * 5 % 17;
    matrix.numbers[i] = next % 5 - 2;
    put(host, element, i, matrix.numbers[i]);
  }
  REQUIRE(!bptt_cuda_allocate(device, sizeof(host), &memory, &message));
  REQUIRE(!bptt_cuda_upload(device, memory, host, sizeof(host), &message));
  matrix.address = (intptr_t)memory;
  return matrix;
}
static int *at(Matrix *matrix, int row, int column) {
  return &matrix->numbers[matrix->transposed ? column * matrix->stride + row
                                             : row * matrix->stride + column];
}

static void try_one(bptt_element factors, bptt_element result, int flags) {
  Matrix lhs = make(ROWS, TERMS, flags & BPTT_TRANSPOSED_LHS, factors);
  Matrix rhs = make(TERMS, COLUMNS, flags & BPTT_TRANSPOSED_RHS, factors);
  Matrix out = make(ROWS, COLUMNS, 0, result);
  for (int i = 0; i < ROWS; ++i)
    for (int j = 0; j < COLUMNS; ++j) {
      int sum = flags & BPTT_ACCUMULATE ? *at(&out, i, j) : 0;
      for (int k = 0; k < TERMS; ++k)
        sum += *at(&lhs, i, k) * *at(&rhs, k, j);
      *at(&out, i, j) = sum;
    }
  REQUIRE(!bptt_cuda_begin(&program, NULL, NULL, &message));
  bptt_cuda_product(out.address, lhs.address, rhs.address, ROWS, COLUMNS, TERMS,
                    out.stride, lhs.stride, rhs.stride, factors, result, flags,
                    bptt_cuda_stream(device));
  REQUIRE(!bptt_cuda_end(&program, &message));
  /* Everything, so that nothing beside the matrix was written. */
  char expected[MOST * 8], found[MOST * 8];
  int64_t bytes = MOST * bytes_of(result);
  for (int i = 0; i < MOST; ++i)
    put(expected, result, i, out.numbers[i]);
  REQUIRE(!bptt_cuda_download(device, found, (void *)(intptr_t)out.address,
                              bytes, &message));
  if (memcmp(expected, found, bytes) != 0) {
    printf("wrong: factors %d, result %d, flags %d\n", factors, result, flags);
    exit(1);
  }
  int64_t addresses[] = {lhs.address, rhs.address, out.address};
  for (int i = 0; i < 3; ++i)
    REQUIRE(!bptt_cuda_free(device, (void *)(intptr_t)addresses[i], &message));
}

int main(void) {
  static const bptt_element types[][2] = {
      {BPTT_F32, BPTT_F32}, {BPTT_F64, BPTT_F64},   {BPTT_F16, BPTT_F16},
      {BPTT_F16, BPTT_F32}, {BPTT_BF16, BPTT_BF16}, {BPTT_BF16, BPTT_F32}};
  REQUIRE(!bptt_cuda_open(0, &device, &message));
  int count = 0;
  for (int type = 0; type < 6; ++type)
    for (int flags = 0; flags < 8; ++flags, ++count)
      try_one(types[type][0], types[type][1], flags);
  printf("%d products\n", count);
  bptt_cuda_close(device);
  return 0;
}
