//===- MinSum.h - The inner loop of the tables ------------------*- C++ -*-===//

#ifndef BPTT_LIB_PLANNING_MINSUM_H
#define BPTT_LIB_PLANNING_MINSUM_H

#include <cstdint>

namespace bptt::planning {

/// Least x[i] + y[i] over 0 <= i < n; n >= 1, and the sums fit.
int32_t minSum(const int32_t *x, const int32_t *y, int64_t n);
int64_t minSum(const int64_t *x, const int64_t *y, int64_t n);

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_MINSUM_H
