//===- HalfFloat.h - Floats of sixteen bits ---------------------*- C++ -*-===//

#ifndef BPTT_ARRAYS_HALFFLOAT_H
#define BPTT_ARRAYS_HALFFLOAT_H

#include <cstdint>
#include <cstring>

namespace bptt {

/// A sign, an exponent and a fraction in sixteen bits, as in IEEE 754. What is
/// converted is bit for bit what llvm::APFloat makes of it, in a few integer
/// instructions.
struct HalfFormat {
  int fractionBits;

  int exponentBits() const { return 15 - fractionBits; }
  int bias() const { return (1 << (exponentBits() - 1)) - 1; }
  uint16_t infinity() const {
    return uint16_t(((1 << exponentBits()) - 1) << fractionBits);
  }
};
constexpr HalfFormat kF16 = {10}, kBF16 = {7};

/// To nearest, ties to even; NaNs become quiet and keep their upper bits.
inline uint16_t roundToHalf(double value, HalfFormat format) {
  constexpr int kFraction = 52, kBias = 1023;
  constexpr uint64_t kInfinity = uint64_t(0x7FF) << kFraction;
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  uint16_t sign = bits >> 48 & 0x8000;
  uint64_t magnitude = bits & ~(uint64_t(1) << 63);
  uint64_t fraction = magnitude & ((uint64_t(1) << kFraction) - 1);
  int dropped = kFraction - format.fractionBits;
  if (magnitude > kInfinity)
    return sign | format.infinity() | fraction >> dropped |
           1 << (format.fractionBits - 1);
  int exponent = int(magnitude >> kFraction) - kBias + format.bias();
  // What is out of range for normal numbers and infinity.
  uint64_t result = format.infinity();
  if (exponent < 1 << format.exponentBits()) {
    uint64_t significand = fraction | uint64_t(1) << kFraction;
    // Denormal numbers have the exponent of the least normal ones. Of those
    // that are too small nothing is left; nor of what is denormal in f64.
    int64_t base = 0;
    if (exponent > 0)
      base = int64_t(exponent - 1) << format.fractionBits;
    else
      dropped = dropped - exponent + 1 < 60 ? dropped - exponent + 1 : 60;
    uint64_t isOdd = significand >> dropped & 1;
    // The leading bit counts the exponent up by one, and so does a carry.
    significand += (uint64_t(1) << (dropped - 1)) - 1 + isOdd;
    uint64_t rounded = base + (significand >> dropped);
    result = rounded < result ? rounded : result;
  }
  return sign | uint16_t(result);
}

/// Exact.
inline double widenHalf(uint16_t half, HalfFormat format) {
  uint64_t sign = uint64_t(half & 0x8000) << 48;
  uint64_t magnitude = half & 0x7FFF;
  uint64_t fraction = magnitude & ((1 << format.fractionBits) - 1);
  uint64_t bits;
  double value;
  if (magnitude >> format.fractionBits == 0) {
    // 2^(1 - bias - fractionBits) times the fraction.
    uint64_t unit = 1023 + 1 - format.bias() - format.fractionBits;
    bits = unit << 52;
    std::memcpy(&value, &bits, sizeof(bits));
    value *= fraction;
    return sign ? -value : value;
  }
  if (magnitude >= format.infinity())
    bits = uint64_t(0x7FF) << 52 |
           (fraction ? fraction << (52 - format.fractionBits) |
                           uint64_t(1) << 51
                     : 0);
  else
    bits = (magnitude << (52 - format.fractionBits)) +
           (uint64_t(1023 - format.bias()) << 52);
  bits |= sign;
  std::memcpy(&value, &bits, sizeof(bits));
  return value;
}

} // namespace bptt

#endif
