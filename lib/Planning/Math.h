//===- Math.h - Arithmetic that saturates or says so ------------*- C++ -*-===//

#ifndef BPTT_LIB_PLANNING_MATH_H
#define BPTT_LIB_PLANNING_MATH_H

#include "llvm/Support/CheckedArithmetic.h"

#include <cstdint>
#include <limits>

namespace bptt::planning {

/// For non-negative numbers: INT64_MAX stands for "too much".
inline int64_t saturatingAdd(int64_t a, int64_t b) {
  return llvm::checkedAdd(a, b).value_or(std::numeric_limits<int64_t>::max());
}
inline int64_t saturatingMul(int64_t a, int64_t b) {
  return llvm::checkedMul(a, b).value_or(std::numeric_limits<int64_t>::max());
}

inline int64_t ceilDiv(int64_t a, int64_t b) { return a / b + (a % b != 0); }

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_MATH_H
