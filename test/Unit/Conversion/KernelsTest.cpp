//===- KernelsTest.cpp - GPU kernels against plain loops ------------------===//

#include "Jit.h"

#include "llvm/ADT/STLExtras.h"
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

/// The terms of every product are added in their order by fused multiply-adds,
/// and then to what is there: the same bits as here.
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
    for (int64_t j = 0; j < n; ++j) {
      float sum = 0;
      for (int64_t t = 0; t < k; ++t)
        sum = std::fma(a.at(leftTurned ? t * m + i : i * k + t),
                       b.at(rightTurned ? j * k + t : t * n + j), sum);
      expected[i * n + j] += sum;
    }
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

/// Extents, and the loops that are summed.
using Sum = std::tuple<std::vector<int64_t>, std::vector<size_t>>;

class Sums : public testing::TestWithParam<Sum> {
protected:
  /// The sum or maximum of `a` in every element of `b`, of `type`.
  static std::string getProgram(const std::string &combiner,
                                const std::string &element,
                                const std::string &a, const std::string &b) {
    auto [extents, summed] = GetParam();
    std::string loops, results, kinds;
    for (size_t i = 0; i < extents.size(); ++i) {
      std::string separator = i > 0 ? ", " : "", loop = "d" + std::to_string(i);
      bool isSummed = llvm::is_contained(summed, i);
      loops += separator + loop;
      kinds += separator + (isSummed ? "\"reduction\"" : "\"parallel\"");
      if (!isSummed)
        results += (results.empty() ? "" : ", ") + loop;
    }
    return "#a = affine_map<(" + loops + ") -> (" + loops +
           ")>\n#b = affine_map<(" + loops + ") -> (" + results +
           ")>\nfunc.func @f(%a: " + a + ", %b: " + b +
           ") {\n linalg.generic {indexing_maps = [#a, #b], iterator_types "
           "= [" +
           kinds + "]} ins(%a : " + a + ") outs(%b : " + b +
           ") {\n^bb0(%x: " + element + ", %s: " + element + "):\n%y = arith." +
           combiner + " %s, %x : " + element +
           "\nlinalg.yield %y : " + element + "\n}\nreturn\n}";
  }

  static std::vector<int64_t> getResultExtents() {
    auto [extents, summed] = GetParam();
    std::vector<int64_t> results;
    for (size_t i = 0; i < extents.size(); ++i)
      if (!llvm::is_contained(summed, i))
        results.push_back(extents[i]);
    return results;
  }

  template <typename T>
  static std::string getType(const std::vector<int64_t> &extents,
                             bool isDense) {
    std::string text = "memref<", strides;
    for (int64_t extent : extents) {
      text += std::to_string(extent) + "x";
      strides += strides.empty() ? "?" : ", ?";
    }
    text += sizeof(T) == 4 ? "f32" : "f64";
    return text + (isDense ? ">" : ", strided<[" + strides + "], offset: ?>>");
  }

  /// Once with 16 bytes read at a time where the shape allows it, once element
  /// by element: the same bits, since shapes alone decide on the order.
  template <typename T>
  static void check(const std::string &combiner, double start,
                    double tolerance) {
    auto [extents, summed] = GetParam();
    std::vector<int64_t> kept = getResultExtents();
    std::vector<T> results[2];
    for (bool isDense : {false, true}) {
      Jit jit(getProgram(combiner, sizeof(T) == 4 ? "f32" : "f64",
                         getType<T>(extents, isDense),
                         getType<T>(kept, isDense)),
              1, Way::EmulatedGPU);
      int64_t gap = isDense ? 0 : 2, offset = isDense ? 0 : 3;
      Tensor<T> a(extents, gap, offset), b(kept, gap, offset);
      a.fill(1);
      for (int64_t i = 0; i < b.getNumElements(); ++i)
        b.at(i) = T(start);
      std::vector<double> expected(b.getNumElements(), start);
      for (int64_t i = 0; i < a.getNumElements(); ++i) {
        int64_t place = 0, step = 1, rest = i;
        for (size_t loop = extents.size(); loop-- > 0; rest /= extents[loop])
          if (!llvm::is_contained(summed, loop)) {
            place += step * (rest % extents[loop]);
            step *= extents[loop];
          }
        double term = a.at(i);
        expected[place] = combiner == "addf" ? expected[place] + term
                                             : std::max(expected[place], term);
      }
      jit.call("f", a, b);
      results[isDense] = b.values();
      for (int64_t i = 0; i < b.getNumElements(); ++i)
        EXPECT_NEAR(b.at(i), expected[i], tolerance) << i;
    }
    EXPECT_EQ(results[false], results[true]);
  }
};

TEST_P(Sums, OfFloats) { check<float>("addf", 0.5, 1e-4); }
TEST_P(Sums, OfDoubles) { check<double>("addf", 0.5, 1e-12); }
TEST_P(Sums, Maxima) { check<float>("maximumf", -2, 0); }

INSTANTIATE_TEST_SUITE_P(
    Shapes, Sums,
    testing::Values(
        // Along rows: a warp, several, and one element at a time.
        Sum{{5, 300}, {1}}, Sum{{2, 4096}, {1}}, Sum{{3, 37}, {1}},
        // Along columns: whole blocks, ragged ones, few and single columns.
        Sum{{64, 4096}, {0}}, Sum{{100, 132}, {0}}, Sum{{333, 37}, {0}},
        Sum{{90, 4}, {0}}, Sum{{40, 1}, {0}},
        // Everything, and what lies in the middle or outside.
        Sum{{7, 96}, {0, 1}}, Sum{{3, 50, 12}, {1}}, Sum{{6, 3, 24}, {0, 2}},
        Sum{{8, 5, 20}, {0, 1}}));

} // namespace
