//===- KernelsTest.cpp - GPU kernels against plain loops ------------------===//

#include "Jit.h"

#include "gtest/gtest.h"

#include <array>
#include <cmath>

using namespace bptt::test;

namespace {

std::string shape(std::vector<int64_t> sizes) {
  std::string text = "memref<";
  for (int64_t size : sizes)
    text += std::to_string(size) + "x";
  return text + "f32, strided<[" +
         (sizes.size() == 1   ? "?"
          : sizes.size() == 2 ? "?, ?"
                              : "?, ?, ?") +
         "], offset: ?>>";
}

/// Rows, columns and terms; whether either operand is transposed.
using Product = std::tuple<int64_t, int64_t, int64_t, bool, bool>;

class Products : public testing::TestWithParam<Product> {};

/// Every product starts from what is there and is added in the order of its
/// terms by fused multiply-adds: the same bits as here.
TEST_P(Products, AreExact) {
  auto [m, n, k, leftTurned, rightTurned] = GetParam();
  std::vector<int64_t> left = {m, k}, right = {k, n};
  if (leftTurned)
    std::swap(left[0], left[1]);
  if (rightTurned)
    std::swap(right[0], right[1]);
  std::string types = shape(left) + ", " + shape(right);
  std::string program =
      "#a = affine_map<(i, j, k) -> " +
      std::string(leftTurned ? "(k, i)" : "(i, k)") +
      ">\n#b = affine_map<(i, j, k) -> " +
      std::string(rightTurned ? "(j, k)" : "(k, j)") +
      ">\n#c = affine_map<(i, j, k) -> (i, j)>\nfunc.func @f(%a: " +
      shape(left) + ", %b: " + shape(right) + ", %c: " + shape({m, n}) + R"() {
      linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
          ins(%a, %b : )" +
      types + ") outs(%c : " + shape({m, n}) + R"() {
      ^bb0(%x: f32, %y: f32, %sum: f32):
        %p = arith.mulf %x, %y : f32
        %s = arith.addf %sum, %p : f32
        linalg.yield %s : f32
      }
      return
    })";
  Jit jit(program, 1, Way::EmulatedGPU);
  Tensor<float> a(left, 2), b(right, 1), c({m, n}, 3);
  a.fill(1);
  b.fill(2);
  c.fill(3);
  std::vector<float> expected = c.values();
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j)
      for (int64_t t = 0; t < k; ++t)
        expected[i * n + j] = std::fma(
            a.at(leftTurned ? t * m + i : i * k + t),
            b.at(rightTurned ? j * k + t : t * n + j), expected[i * n + j]);
  jit.call("f", a, b, c);
  EXPECT_EQ(c.values(), expected);
}

INSTANTIATE_TEST_SUITE_P(Shapes, Products,
                         testing::Values(Product{2, 3, 5, false, false},
                                         Product{16, 32, 32, false, false},
                                         Product{16, 64, 40, false, true},
                                         Product{17, 33, 31, true, false},
                                         Product{40, 36, 7, false, false},
                                         Product{33, 64, 16, true, true},
                                         Product{520, 510, 3, true, false}));

/// Sums along rows are shared by a block's threads.
TEST(Reductions, AlongRows) {
  Jit jit("#id = affine_map<(i, j) -> (i, j)>\n#row = affine_map<(i, j) -> "
          "(i)>\nfunc.func @f(%a: " +
              shape({5, 300}) + ", %s: " + shape({5}) + ", %m: " + shape({5}) +
              R"() {
      linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
          ins(%a : )" +
              shape({5, 300}) + ") outs(%s : " + shape({5}) + R"() {
      ^bb0(%x: f32, %sum: f32):
        %y = arith.addf %sum, %x : f32
        linalg.yield %y : f32
      }
      linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
          ins(%a : )" +
              shape({5, 300}) + ") outs(%m : " + shape({5}) + R"() {
      ^bb0(%x: f32, %most: f32):
        %y = arith.maximumf %most, %x : f32
        linalg.yield %y : f32
      }
      return
    })",
          1, Way::EmulatedGPU);
  Tensor<float> a({5, 300}), sums({5}), maxima({5});
  a.fill(1);
  sums.fill(2);
  for (int64_t i = 0; i < 5; ++i)
    maxima.at(i) = -10;
  std::vector<float> expected = sums.values();
  jit.call("f", a, sums, maxima);
  for (int64_t i = 0; i < 5; ++i) {
    double sum = expected[i];
    float most = -10;
    for (int64_t j = 0; j < 300; ++j) {
      sum += a.at(i * 300 + j);
      most = std::max(most, a.at(i * 300 + j));
    }
    EXPECT_NEAR(sums.at(i), sum, 1e-4);
    EXPECT_EQ(maxima.at(i), most);
  }
}

} // namespace
