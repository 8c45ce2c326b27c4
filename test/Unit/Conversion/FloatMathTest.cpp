//===- FloatMathTest.cpp - Expanded functions of f32 against libm ---------===//

#include "Jit.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace bptt::test;

namespace {

struct Case {
  const char *name;
  double (*expected)(double);
  /// Of magnitudes. Points lie geometrically between the two.
  double from, to;
  bool isNegativeToo;
  /// The largest error, in units of the last place.
  double ulps;
};

class FloatMath : public testing::TestWithParam<Case> {};

double getUnit(double value) {
  float magnitude = std::abs(static_cast<float>(value));
  return std::nextafter(magnitude, INFINITY) - magnitude;
}

TEST_P(FloatMath, AgreesWithLibm) {
  const Case &c = GetParam();
  constexpr int64_t kPoints = 20001;
  Jit jit(getMapOf(c.name, "f32", kPoints));
  Tensor<float> x({kPoints}), y({kPoints});
  for (int64_t i = 0; i < kPoints; ++i) {
    double magnitude =
        c.from * std::pow(c.to / c.from, double(i) / (kPoints - 1));
    x.at(i) = c.isNegativeToo && i % 2 ? -magnitude : magnitude;
  }
  jit.call("f", x, y);
  for (int64_t i = 0; i < kPoints; ++i) {
    double expected = c.expected(x.at(i));
    ASSERT_LE(std::abs(y.at(i) - expected), c.ulps * getUnit(expected))
        << c.name << "(" << x.at(i) << ")";
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, FloatMath,
    testing::Values(Case{"sin", std::sin, 1e-30, 1e6, true, 2},
                    Case{"cos", std::cos, 1e-30, 1e6, true, 2},
                    Case{"tanh", std::tanh, 1e-8, 20, true, 8},
                    Case{"exp", std::exp, 1e-8, 80, true, 8},
                    Case{"expm1", std::expm1, 1e-8, 80, true, 8},
                    Case{"log", std::log, 1e-30, 1e30, false, 8},
                    Case{"log1p", std::log1p, 1e-8, 1e30, false, 8},
                    Case{"erf", std::erf, 1e-8, 5, true, 8},
                    Case{"atan", std::atan, 1e-8, 1e8, true, 80}),
    [](const auto &info) { return std::string(info.param.name); });

TEST(FloatMathEdges, SinesOfLargeNumbersAreSines) {
  Jit jit(getMapOf("sin", "f32", 4));
  Tensor<float> x({4}), y({4});
  for (int64_t i = 0; i < 3; ++i)
    x.at(i) = std::pow(10.0f, 10 * (i + 1));
  x.at(3) = INFINITY;
  jit.call("f", x, y);
  for (int64_t i = 0; i < 3; ++i)
    EXPECT_LE(std::abs(y.at(i)), 1.0f);
  EXPECT_TRUE(std::isnan(y.at(3)));
}

} // namespace
