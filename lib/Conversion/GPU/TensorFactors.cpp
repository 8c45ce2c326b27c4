//===- TensorFactors.cpp - Products for tensor cores ----------------------===//

#include "TensorFactors.h"

#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;
using namespace bptt;

std::optional<TensorFactors> TensorFactors::get(Type left, Type right,
                                                Precision precision) {
  auto isNarrow = [](Type type) { return type.isBF16() || type.isF16(); };
  auto isKnown = [&](Type type) { return isNarrow(type) || type.isF32(); };
  if (!isKnown(left) || !isKnown(right))
    return std::nullopt;
  if (left == right && isNarrow(left))
    return TensorFactors{cast<FloatType>(left)};
  if (precision == Precision::TF32)
    return TensorFactors{FloatTF32Type::get(left.getContext())};
  if (!isNarrow(left) && !isNarrow(right))
    return std::nullopt;
  // An f32 does not fit the range of an f16, so the two meet in bf16.
  auto countParts = [&](Type type) {
    return type.isBF16() || precision == Precision::BF16 ? 1 : 2;
  };
  return TensorFactors{BFloat16Type::get(left.getContext()), countParts(left),
                       countParts(right)};
}

ArrayRef<std::pair<int, int>> TensorFactors::getPairs() const {
  static constexpr std::pair<int, int> pairs[] = {{0, 1}, {1, 0}, {0, 0}};
  ArrayRef<std::pair<int, int>> all(pairs);
  if (leftParts == 2 && rightParts == 2)
    return all;
  if (leftParts == 2)
    return all.drop_front();
  if (rightParts == 2) {
    static constexpr std::pair<int, int> right[] = {{0, 1}, {0, 0}};
    return right;
  }
  return all.drop_front(2);
}

FloatType TensorFactors::getMemoryType() const {
  return type.isTF32() ? Float32Type::get(type.getContext()) : type;
}
