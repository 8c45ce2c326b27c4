//===- DoubleMathTest.cpp - Expanded functions of f64 against libm --------===//

#include "Jit.h"

#include "gtest/gtest.h"

#include <cmath>
#include <iterator>
#include <limits>

using namespace bptt::test;

namespace {

struct Case {
  const char *name;
  double (*expected)(double);
  double from, to;
  /// The largest error, in units of the last place.
  double ulps;
};

class DoubleMath : public testing::TestWithParam<Case> {};

TEST_P(DoubleMath, AgreesWithLibm) {
  const Case &c = GetParam();
  constexpr int64_t kPoints = 4001;
  Jit jit(getMapOf(c.name, "f64", kPoints), 1, Way::DoubleMath);
  Tensor<double> x({kPoints}), y({kPoints});
  for (int64_t i = 0; i < kPoints; ++i)
    x.at(i) = c.from + (c.to - c.from) * i / (kPoints - 1);
  jit.call("f", x, y);
  for (int64_t i = 0; i < kPoints; ++i) {
    double expected = c.expected(x.at(i));
    double unit =
        std::nextafter(std::abs(expected), INFINITY) - std::abs(expected);
    ASSERT_LE(std::abs(y.at(i) - expected), c.ulps * unit)
        << c.name << "(" << x.at(i) << ")";
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, DoubleMath,
    testing::Values(
        Case{"exp", std::exp, -700, 700, 2}, Case{"exp", std::exp, -1, 1, 2},
        Case{"expm1", std::expm1, -2, 2, 6}, Case{"log", std::log, 1e-3, 10, 4},
        Case{"log", std::log, 1, 1e300, 2},
        Case{"log1p", std::log1p, 0.1, 10, 4},
        Case{"tanh", std::tanh, -4, 4, 8}, Case{"sinh", std::sinh, -5, 5, 8},
        Case{"cosh", std::cosh, -5, 5, 4}, Case{"sin", std::sin, 0.1, 3, 4},
        Case{"cos", std::cos, 2, 4, 4}, Case{"erf", std::erf, -0.5, 0.5, 3},
        Case{"erf", std::erf, -7, 7, 3}, Case{"erfc", std::erfc, -7, 4.1, 6},
        Case{"erfc", std::erfc, 3.9, 26, 6}, Case{"atan", std::atan, -3, 3, 2},
        Case{"atan", std::atan, -1e3, 1e3, 2},
        Case{"asin", std::asin, -1, 1, 4}, Case{"acos", std::acos, -1, 1, 4},
        Case{"asinh", std::asinh, -9, 9, 6},
        Case{"asinh", std::asinh, 0, 1e11, 4},
        Case{"acosh", std::acosh, 1, 9, 6},
        Case{"acosh", std::acosh, 1, 1e11, 4},
        Case{"atanh", std::atanh, -.99, .99, 6},
        Case{"cbrt", std::cbrt, -9, 9, 4}, Case{"round", std::round, -9, 9, 0}),
    [](const auto &info) {
      return std::string(info.param.name) + std::to_string(info.index);
    });

TEST(DoubleMathEdges, AreThoseOfLibm) {
  double inf = std::numeric_limits<double>::infinity();
  double nan = std::numeric_limits<double>::quiet_NaN();
  struct {
    const char *name;
    double (*expected)(double);
  } functions[] = {
      {"exp", std::exp},     {"log", std::log},     {"tanh", std::tanh},
      {"erf", std::erf},     {"erfc", std::erfc},   {"atan", std::atan},
      {"asin", std::asin},   {"acos", std::acos},   {"asinh", std::asinh},
      {"acosh", std::acosh}, {"atanh", std::atanh}, {"cbrt", std::cbrt},
      {"round", std::round}};
  double points[] = {0.0,
                     -0.0,
                     1.0,
                     -1.0,
                     inf,
                     -inf,
                     nan,
                     1e-310,
                     800.0,
                     -800.0,
                     0.5,
                     -2.5,
                     4503599627370497.5,
                     0.49999999999999994};
  constexpr int64_t kPoints = std::size(points);
  for (auto &function : functions) {
    Jit jit(getMapOf(function.name, "f64", kPoints), 1, Way::DoubleMath);
    Tensor<double> x({kPoints}), y({kPoints});
    for (int64_t i = 0; i < kPoints; ++i)
      x.at(i) = points[i];
    jit.call("f", x, y);
    for (int64_t i = 0; i < kPoints; ++i) {
      double expected = function.expected(points[i]);
      if (std::isnan(expected))
        EXPECT_TRUE(std::isnan(y.at(i))) << function.name << " " << points[i];
      else if (std::isinf(expected) || expected == 0.0)
        EXPECT_TRUE(y.at(i) == expected &&
                    std::signbit(y.at(i)) == std::signbit(expected))
            << function.name << " " << points[i];
      else
        EXPECT_NEAR(y.at(i) / expected, 1.0, 1e-14)
            << function.name << " " << points[i];
    }
  }
}

TEST(DoubleMathEdges, OfAngles) {
  double inf = std::numeric_limits<double>::infinity();
  double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> points = {0.0,   -0.0, 1.0,  -3.0, 1e-310,
                                1e300, inf,  -inf, nan};
  int64_t numPoints = points.size();
  Jit jit(R"(
    #id = affine_map<(i) -> (i)>
    !t = memref<81xf64, strided<[?], offset: ?>>
    func.func @f(%y: !t, %x: !t, %out: !t) {
      linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%y, %x : !t, !t) outs(%out : !t) {
      ^bb0(%a: f64, %b: f64, %c: f64):
        %r = math.atan2 %a, %b : f64
        linalg.yield %r : f64
      }
      return
    })",
          1, Way::DoubleMath);
  Tensor<double> y({81}), x({81}), out({81});
  for (int64_t i = 0; i < 81; ++i)
    y.at(i) = points[i / numPoints], x.at(i) = points[i % numPoints];
  jit.call("f", y, x, out);
  for (int64_t i = 0; i < 81; ++i) {
    double expected = std::atan2(y.at(i), x.at(i));
    if (std::isnan(expected))
      EXPECT_TRUE(std::isnan(out.at(i))) << y.at(i) << " " << x.at(i);
    else
      EXPECT_TRUE(std::abs(out.at(i) - expected) <=
                      4e-16 * std::abs(expected) &&
                  std::signbit(out.at(i)) == std::signbit(expected))
          << y.at(i) << " " << x.at(i);
  }
}

} // namespace
