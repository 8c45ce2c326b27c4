//===- TensorFactors.h - Products for tensor cores --------------*- C++ -*-===//

#ifndef BPTT_LIB_CONVERSION_GPU_TENSORFACTORS_H
#define BPTT_LIB_CONVERSION_GPU_TENSORFACTORS_H

#include "mlir/IR/BuiltinTypes.h"

#include <optional>
#include <utility>

namespace bptt {

/// How exact products are that tensor cores compute.
enum class Precision {
  /// As exact as sums in f32 need: a factor that is wider than the other enters
  /// in two parts.
  F32,
  /// Factors of f32 are rounded to TF32, which holds every bf16 and f16.
  TF32,
  /// Factors that are wider than the other one are rounded to bf16.
  BF16,
};

/// How the two factors of a product enter the tensor cores, whose factors are
/// bf16, f16 or TF32 and whose sums are f32. A part is what the parts before it
/// leave of a factor, rounded: two of bf16 hold an f16, and all but 2^-18 of an
/// f32.
struct TensorFactors {
  mlir::FloatType type;
  int64_t leftParts = 1, rightParts = 1;

  /// Nothing where tensor cores are of no use: two factors of 32 bits, or more,
  /// would take six products of parts, and the sums would not be those of f32.
  /// With Precision::TF32 two factors of f32 take one.
  static std::optional<TensorFactors> get(mlir::Type left, mlir::Type right,
                                          Precision precision);

  /// The products of parts that count, in the order in which they are added:
  /// the smallest first. Two second parts together are below what sums keep.
  llvm::ArrayRef<std::pair<int, int>> getPairs() const;

  /// What a factor is in shared memory: TF32 is made of f32 in registers.
  mlir::FloatType getMemoryType() const;
  /// How many terms one multiplication of the tensor cores has: 32 bytes.
  int64_t countTerms() const { return type.isTF32() ? 8 : 16; }
};

} // namespace bptt

#endif
