/* Matrix products without a GPU, for tests: matrices lie in the host's memory,
   where fake_cuda.c has them, by columns as cuBLASLt's do.

     FAKE_CUBLASLT_LOG=FILE                 a line for each call
     FAKE_CUBLASLT_FAIL=cublasLtMatmul=15   that call returns 15
     FAKE_CUBLASLT_WORKSPACE=1              algorithms need memory */

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int Status;
enum { INVALID_VALUE = 7, NOT_SUPPORTED = 15 };
enum { R32 = 0, R64 = 1, R16 = 2, RB16 = 14 };

typedef struct {
  int compute, scale, transposes_a, transposes_b;
} Matmul;
typedef struct {
  int type;
  uint64_t rows, columns;
  int64_t ld;
} Layout;
typedef struct {
  uint64_t workspace;
  uint32_t schemes, alignments[4];
} Preference;
typedef struct {
  uint64_t data[8];
} Algorithm;
typedef struct {
  Algorithm algorithm;
  size_t workspace;
  Status state;
  float waves;
  int reserved[4];
} Heuristic;

static Status enter(const char *name) {
  const char *path = getenv("FAKE_CUBLASLT_LOG");
  if (path) {
    FILE *log = fopen(path, "a");
    fprintf(log, "%s\n", name);
    fclose(log);
  }
  const char *fail = getenv("FAKE_CUBLASLT_FAIL");
  size_t length = strlen(name);
  if (fail && strncmp(fail, name, length) == 0 && fail[length] == '=')
    return atoi(fail + length + 1);
  return 0;
}
#define ENTER()                                                                \
  do {                                                                         \
    Status failure = enter(__func__);                                          \
    if (failure)                                                               \
      return failure;                                                          \
  } while (0)

const char *cublasLtGetStatusName(Status status) {
  return status == NOT_SUPPORTED ? "CUBLAS_STATUS_NOT_SUPPORTED"
                                 : "CUBLAS_STATUS_INVALID_VALUE";
}
const char *cublasLtGetStatusString(Status status) {
  return status == NOT_SUPPORTED ? "an operation is not supported"
                                 : "an unsupported value was passed";
}

static char handle;
Status cublasLtCreate(void **result) {
  ENTER();
  *result = &handle;
  return 0;
}

Status cublasLtDestroy(void *which) {
  (void)which;
  ENTER();
  return 0;
}

Status cublasLtMatmulDescCreate(Matmul **matmul, int compute, int scale) {
  ENTER();
  *matmul = calloc(1, sizeof(Matmul));
  (*matmul)->compute = compute;
  (*matmul)->scale = scale;
  return 0;
}
Status cublasLtMatmulDescDestroy(Matmul *matmul) {
  ENTER();
  free(matmul);
  return 0;
}
Status cublasLtMatmulDescSetAttribute(Matmul *matmul, int attribute,
                                      const void *value, size_t bytes) {
  ENTER();
  if (bytes != 4 || (attribute != 3 && attribute != 4))
    return INVALID_VALUE;
  *(attribute == 3 ? &matmul->transposes_a : &matmul->transposes_b) =
      *(const int *)value;
  return 0;
}

Status cublasLtMatrixLayoutCreate(Layout **layout, int type, uint64_t rows,
                                  uint64_t columns, int64_t ld) {
  ENTER();
  if (ld < (int64_t)rows)
    return INVALID_VALUE;
  *layout = malloc(sizeof(Layout));
  **layout = (Layout){type, rows, columns, ld};
  return 0;
}
Status cublasLtMatrixLayoutDestroy(Layout *layout) {
  ENTER();
  free(layout);
  return 0;
}

Status cublasLtMatmulPreferenceCreate(Preference **preference) {
  ENTER();
  *preference = malloc(sizeof(Preference));
  **preference = (Preference){1 << 20, 7, {256, 256, 256, 256}};
  return 0;
}
Status cublasLtMatmulPreferenceDestroy(Preference *preference) {
  ENTER();
  free(preference);
  return 0;
}
Status cublasLtMatmulPreferenceSetAttribute(Preference *preference,
                                            int attribute, const void *value,
                                            size_t bytes) {
  ENTER();
  if (bytes != (attribute == 1 ? 8 : 4))
    return INVALID_VALUE;
  if (attribute == 1)
    preference->workspace = *(const uint64_t *)value;
  else if (attribute == 3)
    preference->schemes = *(const uint32_t *)value;
  else if (attribute >= 5 && attribute <= 8)
    preference->alignments[attribute - 5] = *(const uint32_t *)value;
  else
    return INVALID_VALUE;
  return 0;
}

/* What the shapes of A and B, transposed or not, make of C. */
static int fits(const Matmul *matmul, const Layout *a, const Layout *b,
                const Layout *c) {
  uint64_t rows = matmul->transposes_a ? a->columns : a->rows;
  uint64_t terms = matmul->transposes_a ? a->rows : a->columns;
  uint64_t left = matmul->transposes_b ? b->columns : b->rows;
  uint64_t columns = matmul->transposes_b ? b->rows : b->columns;
  int is_double = c->type == R64;
  return rows == c->rows && columns == c->columns && terms == left &&
         a->type == b->type && matmul->compute == (is_double ? 70 : 68) &&
         matmul->scale == (is_double ? R64 : R32);
}

/* An algorithm knows the alignment that it was made for. */
Status cublasLtMatmulAlgoGetHeuristic(void *which, const Matmul *matmul,
                                      const Layout *a, const Layout *b,
                                      const Layout *c, const Layout *d,
                                      const Preference *preference,
                                      int requested, Heuristic *results,
                                      int *found) {
  (void)which, (void)d;
  ENTER();
  if (requested < 1 || !fits(matmul, a, b, c) || preference->schemes != 0)
    return NOT_SUPPORTED;
  memset(results, 0, sizeof(*results));
  results->workspace = getenv("FAKE_CUBLASLT_WORKSPACE") ? 64 : 0;
  *found = results->workspace <= preference->workspace;
  for (int i = 0; i < 4; ++i)
    results->algorithm.data[i] = preference->alignments[i];
  return 0;
}

/* Halves that are zero or normal. */
static double from_half(uint16_t bits) {
  double size = bits & 0x7FFF
                    ? ldexp(1 + (bits & 1023) / 1024.0, (bits >> 10 & 31) - 15)
                    : 0;
  return bits >> 15 ? -size : size;
}
static uint16_t to_half(double value) {
  int exponent;
  double fraction = 2 * frexp(fabs(value), &exponent);
  if (value == 0)
    return 0;
  return (value < 0) << 15 | (exponent + 14) << 10 |
         (uint16_t)((fraction - 1) * 1024);
}

static double get(const void *memory, int type, int64_t index) {
  if (type == R64)
    return ((const double *)memory)[index];
  if (type == R32)
    return ((const float *)memory)[index];
  if (type == R16)
    return from_half(((const uint16_t *)memory)[index]);
  uint32_t bits = (uint32_t)((const uint16_t *)memory)[index] << 16;
  float value;
  memcpy(&value, &bits, 4);
  return value;
}
static void set(void *memory, int type, int64_t index, double value) {
  if (type == R64)
    ((double *)memory)[index] = value;
  else if (type == R32)
    ((float *)memory)[index] = (float)value;
  else if (type == R16)
    ((uint16_t *)memory)[index] = to_half(value);
  else { /* small integers, in the tests */
    float narrow = (float)value;
    uint32_t bits;
    memcpy(&bits, &narrow, 4);
    ((uint16_t *)memory)[index] = bits >> 16;
  }
}

Status cublasLtMatmul(void *which, const Matmul *matmul, const void *alpha,
                      const void *a, const Layout *al, const void *b,
                      const Layout *bl, const void *beta, const void *c,
                      const Layout *cl, void *d, const Layout *dl,
                      const Algorithm *algorithm, void *workspace, size_t bytes,
                      void *stream) {
  (void)which, (void)stream;
  ENTER();
  const void *addresses[] = {a, b, c, d};
  for (int i = 0; i < 4; ++i)
    if ((uintptr_t)addresses[i] % algorithm->data[i])
      return INVALID_VALUE;
  if (!fits(matmul, al, bl, cl) || c != d || cl != dl || workspace || bytes)
    return INVALID_VALUE;
  uint64_t terms = matmul->transposes_a ? al->rows : al->columns;
  for (uint64_t i = 0; i < cl->rows; ++i)
    for (uint64_t j = 0; j < cl->columns; ++j) {
      double sum = 0, old = get(beta, matmul->scale, 0);
      for (uint64_t k = 0; k < terms; ++k)
        sum += get(a, al->type,
                   matmul->transposes_a ? k + i * al->ld : i + k * al->ld) *
               get(b, bl->type,
                   matmul->transposes_b ? j + k * bl->ld : k + j * bl->ld);
      sum *= get(alpha, matmul->scale, 0);
      if (old != 0)
        sum += old * get(c, cl->type, i + j * cl->ld);
      set(d, dl->type, i + j * dl->ld, sum);
    }
  return 0;
}
