//===- MinSum.cpp - The inner loops of the tables -------------------------===//

#include "MinSum.h"

#include <algorithm>

// The vectorizer does well here; what it may use is decided when the program
// starts. Clang before 17 knows the clones of a function only where they are
// defined, hence the functions around them.
#if defined(__x86_64__) && defined(__ELF__)
#define BPTT_FOR_EACH_CPU                                                      \
  __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define BPTT_FOR_EACH_CPU
#endif

BPTT_FOR_EACH_CPU int32_t bpttMinSum32(const int32_t *x, const int32_t *y,
                                       int64_t n) {
  int32_t least = x[0] + y[0];
  for (int64_t i = 1; i < n; ++i)
    least = std::min(least, x[i] + y[i]);
  return least;
}

BPTT_FOR_EACH_CPU int64_t bpttMinSum64(const int64_t *x, const int64_t *y,
                                       int64_t n) {
  int64_t least = x[0] + y[0];
  for (int64_t i = 1; i < n; ++i)
    least = std::min(least, x[i] + y[i]);
  return least;
}

BPTT_FOR_EACH_CPU void bpttLowerToSum64(int64_t x, const int64_t *y, int64_t n,
                                        int64_t *__restrict least) {
  for (int64_t i = 0; i < n; ++i)
    least[i] = std::min(least[i], x + y[i]);
}

BPTT_FOR_EACH_CPU void bpttLowerToSumDouble(double x, const double *y,
                                            int64_t n,
                                            double *__restrict least) {
  for (int64_t i = 0; i < n; ++i)
    least[i] = std::min(least[i], x + y[i]);
}

int32_t bptt::planning::minSum(const int32_t *x, const int32_t *y, int64_t n) {
  return bpttMinSum32(x, y, n);
}

int64_t bptt::planning::minSum(const int64_t *x, const int64_t *y, int64_t n) {
  return bpttMinSum64(x, y, n);
}

void bptt::planning::lowerToSum(int64_t x, const int64_t *y, int64_t n,
                                int64_t *least) {
  bpttLowerToSum64(x, y, n, least);
}

void bptt::planning::lowerToSum(double x, const double *y, int64_t n,
                                double *least) {
  bpttLowerToSumDouble(x, y, n, least);
}
