//===- MinSum.h - The inner loops of the tables -----------------*- C++ -*-===//

#ifndef BPTT_LIB_PLANNING_MINSUM_H
#define BPTT_LIB_PLANNING_MINSUM_H

#include <cstdint>

namespace bptt::planning {

/// Least x[i] + y[i] over 0 <= i < n; n >= 1, and the sums fit.
int32_t minSum(const int32_t *x, const int32_t *y, int64_t n);
int64_t minSum(const int64_t *x, const int64_t *y, int64_t n);

/// Each least[i], 0 <= i < n, becomes x + y[i] where that is less; the sums fit,
/// and `least` and `y` have nothing in common.
void lowerToSum(int64_t x, const int64_t *y, int64_t n, int64_t *least);
void lowerToSum(double x, const double *y, int64_t n, double *least);

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_MINSUM_H
