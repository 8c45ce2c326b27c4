//===- HalfFloatTest.cpp - Rounding to sixteen bits -----------------------===//

#include "bptt/Arrays/HalfFloat.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/bit.h"
#include "gtest/gtest.h"

#include <cmath>
#include <limits>
#include <random>

using namespace bptt;
using llvm::APFloat;

namespace {
class HalfFloat : public testing::TestWithParam<HalfFormat> {
protected:
  HalfFormat format = GetParam();

  const llvm::fltSemantics &semantics() const {
    return format.fractionBits == 10 ? APFloat::IEEEhalf() : APFloat::BFloat();
  }
  uint16_t roundSlowly(double value) const {
    APFloat number(value);
    bool losesInfo;
    number.convert(semantics(), APFloat::rmNearestTiesToEven, &losesInfo);
    return number.bitcastToAPInt().getZExtValue();
  }
  double widenSlowly(uint16_t half) const {
    APFloat number(semantics(), llvm::APInt(16, half));
    bool losesInfo;
    number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                   &losesInfo);
    return number.convertToDouble();
  }
  void expectSame(double value) const {
    for (double signedValue : {value, -value})
      ASSERT_EQ(roundToHalf(signedValue, format), roundSlowly(signedValue))
          << "of " << std::hexfloat << signedValue << ", bits "
          << llvm::bit_cast<uint64_t>(signedValue);
  }
};
} // namespace

TEST_P(HalfFloat, WidensEveryHalf) {
  for (unsigned half = 0; half < 0x10000; ++half)
    ASSERT_EQ(llvm::bit_cast<uint64_t>(widenHalf(half, format)),
              llvm::bit_cast<uint64_t>(widenSlowly(half)))
        << "of " << half;
}

// Every half, denormal ones and infinity too, and what lies between it and the
// next: the tie, and just beside the tie.
TEST_P(HalfFloat, RoundsBetweenNeighbours) {
  for (unsigned half = 0; half < format.infinity(); ++half) {
    double low = widenSlowly(half), high = widenSlowly(half + 1);
    expectSame(low);
    double tie = std::isinf(high) ? low + (low - widenSlowly(half - 1)) / 2
                                  : (low + high) / 2;
    for (double value :
         {tie, std::nextafter(tie, 0), std::nextafter(tie, high)})
      expectSame(value);
  }
}

TEST_P(HalfFloat, RoundsWhatIsOutOfRange) {
  using Limits = std::numeric_limits<double>;
  for (double value :
       {0.0, Limits::denorm_min(), Limits::min(), Limits::max(),
        Limits::infinity(), 65519.99, 65520.0, 65536.0, 0x1p-24, 0x1p-25,
        0x1.8p-25, 0x1p-26, 0x1p-133, 0x1p-134, 0x1.8p-134, 0x1p-135, 0x1p128})
    expectSame(value);
}

TEST_P(HalfFloat, KeepsNaNs) {
  for (uint64_t bits :
       {0x7FF8000000000000, 0x7FF0000000000001, 0x7FF4000000000000,
        0x7FFFFFFFFFFFFFFF, 0x7FF8123456789ABC, 0x7FF7FFFFFFFFFFFF})
    expectSame(llvm::bit_cast<double>(bits));
}

TEST_P(HalfFloat, RoundsAnything) {
  std::mt19937_64 engine(1);
  for (int i = 0; i < 200000; ++i) {
    uint64_t bits = engine();
    expectSame(llvm::bit_cast<double>(bits));
    // Of an exponent that is in range, or almost.
    uint64_t exponent = 1023 - 140 + bits % 280;
    expectSame(llvm::bit_cast<double>((engine() >> 12) | exponent << 52));
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, HalfFloat, testing::Values(kF16, kBF16));
