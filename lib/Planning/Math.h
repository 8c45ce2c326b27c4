//===- Math.h - Arithmetic that saturates or says so ------------*- C++ -*-===//

#ifndef BPTT_LIB_PLANNING_MATH_H
#define BPTT_LIB_PLANNING_MATH_H

#include <cstdint>
#include <limits>
#include <optional>

namespace bptt::planning {

// As in llvm/Support/CheckedArithmetic.h, whose arbitrary precision is too slow
// for inner loops.
inline std::optional<int64_t> checkedAdd(int64_t a, int64_t b) {
  int64_t sum;
  return __builtin_add_overflow(a, b, &sum) ? std::nullopt : std::optional(sum);
}
inline std::optional<int64_t> checkedMul(int64_t a, int64_t b) {
  int64_t product;
  return __builtin_mul_overflow(a, b, &product) ? std::nullopt
                                                : std::optional(product);
}

/// For non-negative numbers: INT64_MAX stands for "too much".
inline int64_t saturatingAdd(int64_t a, int64_t b) {
  return checkedAdd(a, b).value_or(std::numeric_limits<int64_t>::max());
}
inline int64_t saturatingMul(int64_t a, int64_t b) {
  return checkedMul(a, b).value_or(std::numeric_limits<int64_t>::max());
}

inline int64_t ceilDiv(int64_t a, int64_t b) { return a / b + (a % b != 0); }

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_MATH_H
