//===- ElementwiseTest.cpp - Vectorised loops and reductions, executed ----===//

#include "Jit.h"

#include "gtest/gtest.h"

#include <cmath>
#include <limits>

using namespace bptt::test;

/// A linalg.generic on 7 x `columns` with body `body`.
static std::string generic(const std::string &name, const std::string &types,
                           const std::string &body) {
  return "func.func @" + name + types + body + "  return\n}\n";
}

static std::string matrix(int64_t columns, const char *element = "f32") {
  return "memref<7x" + std::to_string(columns) + "x" + element + ", strided<[" +
         std::to_string(columns) + ", 1], offset: ?>>";
}

static const char rowAndColumn[] =
    "#id = affine_map<(i, j) -> (i, j)>\n"
    "#row = affine_map<(i, j) -> (i)>\n#col = affine_map<(i, j) -> (j)>\n";

namespace {
class Elementwise : public testing::TestWithParam<int64_t> {
protected:
  int64_t columns = GetParam();
  Tensor<float> in{{7, columns}}, out{{7, columns}};
  void SetUp() override {
    in.fill(1);
    out.fill(2);
  }
};
} // namespace

// One operand is also the result: each vector is read before it is written.
TEST_P(Elementwise, WorksInPlace) {
  std::string type = matrix(columns);
  Jit jit(
      rowAndColumn +
      generic("f", "(%a: " + type + ", %b: " + type + ") {\n",
              "  linalg.generic {indexing_maps = [#id, #id, #id], "
              "iterator_types = [\"parallel\", \"parallel\"]} ins(%a, %b : " +
                  type + ", " + type + ") outs(%b : " + type +
                  ") {\n  ^bb0(%x: f32, %y: f32, %z: f32):\n"
                  "    %p = arith.mulf %x, %y : f32\n"
                  "    %s = arith.addf %p, %x : f32\n"
                  "    linalg.yield %s : f32\n  }\n"));
  std::vector<float> expected;
  for (int64_t i = 0; i < in.getNumElements(); ++i) {
    volatile float product = in.at(i) * out.at(i);
    expected.push_back(product + in.at(i));
  }
  jit.call("f", in, out);
  EXPECT_EQ(expected, out.values());
}

TEST_P(Elementwise, ExpandsTanh) {
  std::string type = matrix(columns);
  Jit jit(generic("f", "(%a: " + type + ", %b: " + type + ") {\n",
                  "  linalg.map { math.tanh } ins(%a : " + type +
                      ") outs(%b : " + type + ")\n"));
  jit.call("f", in, out);
  for (int64_t i = 0; i < in.getNumElements(); ++i)
    EXPECT_NEAR(out.at(i), std::tanh(in.at(i)), 1e-6);
}

// One function that LLVM knows, one that it does not, and two of which it would
// lose the digits.
TEST_P(Elementwise, LeavesFunctionsOfDoublesToTheLibrary) {
  std::string type = matrix(columns, "f64");
  Tensor<double> in({7, columns}), tanh({7, columns}), erf({7, columns}),
      expm1({7, columns}), log1p({7, columns});
  in.fill(1);
  for (int64_t i = 0; i < in.getNumElements(); i += 2)
    in.at(i) *= 1e-12;
  std::string text;
  for (std::string op : {"tanh", "erf", "expm1", "log1p"})
    text += generic("map_" + op, "(%a: " + type + ", %b: " + type + ") {\n",
                    "  linalg.map { math." + op + " } ins(%a : " + type +
                        ") outs(%b : " + type + ")\n");
  Jit jit(text);
  jit.call("map_tanh", in, tanh);
  jit.call("map_erf", in, erf);
  jit.call("map_expm1", in, expm1);
  jit.call("map_log1p", in, log1p);
  for (int64_t i = 0; i < in.getNumElements(); ++i) {
    EXPECT_EQ(tanh.at(i), std::tanh(in.at(i)));
    EXPECT_EQ(erf.at(i), std::erf(in.at(i)));
    EXPECT_EQ(expm1.at(i), std::expm1(in.at(i)));
    EXPECT_EQ(log1p.at(i), std::log1p(in.at(i)));
  }
}

TEST_P(Elementwise, ComparesIndices) {
  std::string type = matrix(columns);
  Jit jit(rowAndColumn +
          generic("f", "(%a: " + type + ") {\n",
                  "  %one = arith.constant 1.0 : f32\n"
                  "  %zero = arith.constant 0.0 : f32\n"
                  "  linalg.generic {indexing_maps = [#id], iterator_types = "
                  "[\"parallel\", \"parallel\"]} outs(%a : " +
                      type +
                      ") {\n  ^bb0(%x: f32):\n"
                      "    %i = linalg.index 0 : index\n"
                      "    %j = linalg.index 1 : index\n"
                      "    %e = arith.cmpi eq, %i, %j : index\n"
                      "    %s = arith.select %e, %one, %zero : f32\n"
                      "    linalg.yield %s : f32\n  }\n"));
  jit.call("f", out);
  for (int64_t i = 0; i < out.getNumElements(); ++i)
    EXPECT_EQ(out.at(i), i / columns == i % columns ? 1.0f : 0.0f);
}

// The sum of rows is in the order of plain loops, one rounding at a time; that
// of a single column is summed along lanes.
TEST_P(Elementwise, SumsRowsInOrder) {
  Tensor<float> sums({columns});
  sums.fill(3);
  std::vector<float> expected = sums.values();
  for (int64_t i = 0; i < 7; ++i)
    for (int64_t j = 0; j < columns; ++j)
      expected[j] += in.at(i * columns + j);
  std::string sumType =
      "memref<" + std::to_string(columns) + "xf32, strided<[1], offset: ?>>";
  Jit jit(generic("f", "(%a: " + matrix(columns) + ", %b: " + sumType + ") {\n",
                  "  linalg.reduce { arith.addf } ins(%a : " + matrix(columns) +
                      ") outs(%b : " + sumType + ") dimensions = [0]\n"));
  jit.call("f", in, sums);
  if (columns == 1)
    EXPECT_NEAR(expected[0], sums.at(0), 1e-6);
  else
    EXPECT_EQ(expected, sums.values());
}

TEST_P(Elementwise, ReducesAlongRows) {
  std::string sums = "memref<7xf32, strided<[1], offset: ?>>";
  std::string text;
  for (std::string op : {"addf", "mulf", "maximumf", "minimumf", "maxnumf"})
    text += generic(op, "(%a: " + matrix(columns) + ", %b: " + sums + ") {\n",
                    "  linalg.reduce { arith." + op +
                        " } ins(%a : " + matrix(columns) +
                        ") outs(%b : " + sums + ") dimensions = [1]\n");
  Jit jit(text);
  for (std::string op : {"addf", "mulf", "maximumf", "minimumf", "maxnumf"}) {
    Tensor<float> result({7});
    result.fill(3);
    std::vector<float> before = result.values();
    jit.call(op, in, result);
    for (int64_t i = 0; i < 7; ++i) {
      double expected = before[i];
      for (int64_t j = 0; j < columns; ++j) {
        double x = in.at(i * columns + j);
        expected = op == "addf"       ? expected + x
                   : op == "mulf"     ? expected * x
                   : op == "minimumf" ? std::min(expected, x)
                                      : std::max(expected, x);
      }
      EXPECT_NEAR(result.at(i), expected, 1e-5) << op;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Columns, Elementwise,
                         testing::Values(1, 3, 16, 100, 127));

TEST(ElementwiseThreads, HaveTheSameBits) {
  std::string type = "memref<64x500xf32, strided<[500, 1], offset: ?>>";
  std::string text = generic("f", "(%a: " + type + ", %b: " + type + ") {\n",
                             "  linalg.map { math.exp } ins(%a : " + type +
                                 ") outs(%b : " + type + ")\n");
  Jit one(text), two(text, /*threads=*/2);
  Tensor<float> in({64, 500}), first({64, 500}), second({64, 500});
  in.fill(1);
  one.call("f", in, first);
  for (int i = 0; i < 50; ++i)
    two.call("f", in, second);
  EXPECT_EQ(first.values(), second.values());
}
