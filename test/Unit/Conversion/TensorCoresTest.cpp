//===- TensorCoresTest.cpp - Products on emulated tensor cores ------------===//
//
// Where each element goes, for every type, layout and size; sums are compared
// within what f32 promises, since tensor cores add in an order of their own.
//
//===----------------------------------------------------------------------===//

#include "Jit.h"

#include "llvm/ADT/APFloat.h"
#include "gtest/gtest.h"

#include <cmath>
#include <cstring>

using namespace bptt::test;

namespace {

const llvm::fltSemantics &getSemantics(const std::string &type) {
  return type == "bf16"  ? llvm::APFloat::BFloat()
         : type == "f16" ? llvm::APFloat::IEEEhalf()
                         : llvm::APFloat::IEEEsingle();
}

/// A matrix of bf16, f16 or f32, and its descriptor: dense and aligned to 16
/// bytes, or with gaps and without alignment.
class Matrix {
public:
  Matrix(std::string type, int64_t rows, int64_t columns, bool isDense)
      : type(std::move(type)), rows(rows), columns(columns), isDense(isDense),
        bytes(this->type == "f32" ? 4 : 2), offset(isDense ? 0 : 3),
        stride(isDense ? columns : columns + 5),
        data(bytes * (offset + rows * stride) + 16) {
    auto address = reinterpret_cast<int64_t>(data.data());
    address += (16 - address % 16) % 16;
    base = reinterpret_cast<char *>(address);
    descriptor = {address, address, offset, rows, columns, stride, 1};
  }

  std::string getType() const {
    std::string text = "memref<" + std::to_string(rows) + "x" +
                       std::to_string(columns) + "x" + type;
    return text + (isDense ? ">" : ", strided<[?, ?], offset: ?>>");
  }
  void *getDescriptor() { return descriptor.data(); }

  double get(int64_t row, int64_t column) const {
    uint32_t bits = 0;
    std::memcpy(&bits, at(row, column), bytes);
    llvm::APFloat value(getSemantics(type), llvm::APInt(8 * bytes, bits));
    return value.convertToDouble();
  }
  void set(int64_t row, int64_t column, double number) {
    llvm::APFloat value(number);
    bool losesInfo;
    value.convert(getSemantics(type), llvm::APFloat::rmNearestTiesToEven,
                  &losesInfo);
    uint32_t bits = value.bitcastToAPInt().getZExtValue();
    std::memcpy(at(row, column), &bits, bytes);
  }
  std::vector<double> getValues() const {
    std::vector<double> values;
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j)
        values.push_back(get(i, j));
    return values;
  }
  void fill(unsigned seed) {
    std::mt19937 generator(seed);
    std::uniform_real_distribution<double> uniform(-1.0, 1.0);
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j)
        set(i, j, uniform(generator));
  }

private:
  char *at(int64_t row, int64_t column) const {
    return base + bytes * (offset + row * stride + column);
  }

  std::string type;
  int64_t rows, columns;
  bool isDense;
  int64_t bytes, offset, stride;
  std::vector<char> data;
  char *base;
  std::vector<int64_t> descriptor;
};

struct Product {
  int64_t rows, columns, terms;
  bool leftTurned, rightTurned;
  const char *left, *right, *result;
  bool isDense;
  Way way = Way::EmulatedGPU;
};

std::ostream &operator<<(std::ostream &stream, const Product &p) {
  return stream << p.rows << "x" << p.columns << "x" << p.terms
                << (p.leftTurned ? " turned " : " ") << p.left
                << (p.rightTurned ? " turned " : " ") << p.right << " to "
                << p.result << (p.isDense ? "" : " with gaps")
                << (p.way == Way::EmulatedGPUWithTF32 ? " in TF32" : "")
                << (p.way == Way::EmulatedGPUWithWarpgroups ? " by warpgroups"
                                                            : "");
}

std::string write(const Product &p, const Matrix &a, const Matrix &b,
                  const Matrix &c) {
  std::string l = p.left, r = p.right, s = p.result;
  auto factor = [](const std::string &name, const std::string &type) {
    return type == "f32" ? "%" + name : "%" + name + "1";
  };
  std::string body;
  std::string compute = "f32";
  if (l == r && r == s)
    compute = s; // added in the narrow type, as far as the program says
  if (compute == "f32")
    for (auto [name, type] : {std::pair(std::string("x"), l), {"y", r}})
      if (type != "f32")
        body +=
            "%" + name + "1 = arith.extf %" + name + " : " + type + " to f32\n";
  std::string x = compute == "f32" ? factor("x", l) : "%x";
  std::string y = compute == "f32" ? factor("y", r) : "%y";
  return "#a = affine_map<(i, j, k) -> " +
         std::string(p.leftTurned ? "(k, i)" : "(i, k)") +
         ">\n#b = affine_map<(i, j, k) -> " +
         std::string(p.rightTurned ? "(j, k)" : "(k, j)") +
         ">\n#c = affine_map<(i, j, k) -> (i, j)>\nfunc.func @f(%a: " +
         a.getType() + ", %b: " + b.getType() + ", %c: " + c.getType() +
         R"() {
      linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
          ins(%a, %b : )" +
         a.getType() + ", " + b.getType() + ") outs(%c : " + c.getType() +
         ") {\n^bb0(%x: " + l + ", %y: " + r + ", %sum: " + s + "):\n" + body +
         "%p = arith.mulf " + x + ", " + y + " : " + compute +
         "\n%s = arith.addf %sum, %p : " + compute +
         "\nlinalg.yield %s : " + s + "\n}\nreturn\n}";
}

constexpr Way kTF32 = Way::EmulatedGPUWithTF32;
constexpr Way kGroups = Way::EmulatedGPUWithWarpgroups;

class TensorCores : public testing::TestWithParam<Product> {};

TEST_P(TensorCores, Multiply) {
  const Product &p = GetParam();
  Matrix a(p.left, p.leftTurned ? p.terms : p.rows,
           p.leftTurned ? p.rows : p.terms, p.isDense);
  Matrix b(p.right, p.rightTurned ? p.columns : p.terms,
           p.rightTurned ? p.terms : p.columns, p.isDense);
  Matrix c(p.result, p.rows, p.columns, p.isDense);
  a.fill(1);
  b.fill(2);
  c.fill(3);
  std::vector<double> expected = c.getValues(), scale = expected;
  std::vector<double> left = a.getValues(), right = b.getValues();
  for (int64_t i = 0; i < p.rows; ++i)
    for (int64_t j = 0; j < p.columns; ++j) {
      double &sum = expected[i * p.columns + j];
      double &magnitude = scale[i * p.columns + j];
      magnitude = std::abs(sum);
      for (int64_t k = 0; k < p.terms; ++k) {
        double term =
            left[p.leftTurned ? k * p.rows + i : i * p.terms + k] *
            right[p.rightTurned ? j * p.terms + k : k * p.columns + j];
        sum += term;
        magnitude += std::abs(term);
      }
    }
  Jit jit(write(p, a, b, c), 1, p.way);
  jit.call("f", a, b, c);
  // What two parts leave of an f32, or TF32 of both factors; then the sums;
  // then the result's rounding.
  bool isExact = std::string(p.left) == p.right && std::string(p.left) != "f32";
  double perFactor = p.way == Way::EmulatedGPUWithTF32 ? std::ldexp(1, -10)
                                                       : std::ldexp(1, -17);
  double perTerm = (isExact ? 0 : perFactor) + std::ldexp(1, -21);
  double rounding = std::string(p.result) == "f32" ? 0 : std::ldexp(1, -8);
  std::vector<double> results = c.getValues();
  for (size_t i = 0; i < expected.size(); ++i)
    ASSERT_NEAR(results[i], expected[i],
                perTerm * scale[i] + rounding * std::abs(expected[i]))
        << "at " << i / p.columns << ", " << i % p.columns;
}

// The sizes of every tiling, whole and not; few tiles at once, and a pipeline;
// both layouts of both factors; every way into the tensor cores.
INSTANTIATE_TEST_SUITE_P(
    Products, TensorCores,
    testing::Values(
        Product{16, 32, 16, false, false, "bf16", "bf16", "f32", true},
        Product{16, 64, 256, false, false, "bf16", "bf16", "f32", true},
        Product{16, 64, 256, false, true, "bf16", "bf16", "f32", true},
        Product{16, 64, 256, true, false, "f16", "f16", "f32", true},
        Product{32, 64, 168, true, true, "bf16", "bf16", "f32", true},
        Product{2, 40, 24, false, false, "bf16", "bf16", "f32", true},
        Product{24, 40, 200, true, true, "f16", "f16", "f32", true},
        Product{17, 33, 131, false, true, "bf16", "bf16", "f32", true},
        Product{17, 33, 131, true, false, "bf16", "f16", "f32", false},
        Product{64, 4096, 40, false, false, "bf16", "bf16", "f32", true},
        Product{520, 1032, 24, true, false, "bf16", "f32", "f32", true},
        Product{1032, 2048, 40, true, true, "bf16", "bf16", "f32", true},
        Product{16, 64, 256, false, true, "f32", "bf16", "f32", true},
        Product{64, 48, 200, true, true, "f32", "bf16", "f32", true},
        Product{40, 64, 160, false, false, "f16", "f32", "f32", true},
        Product{9, 70, 150, true, false, "f32", "f16", "f32", false},
        Product{48, 96, 80, false, false, "bf16", "bf16", "bf16", true},
        Product{16, 32, 70, false, true, "f16", "f16", "f16", false},
        // TF32: the same ways, and what it holds exactly.
        Product{16, 32, 8, false, true, "f32", "f32", "f32", true, kTF32},
        Product{16, 64, 256, false, false, "f32", "f32", "f32", true, kTF32},
        Product{32, 64, 168, true, true, "f32", "f32", "f32", true, kTF32},
        Product{17, 33, 131, true, false, "f32", "f32", "f32", false, kTF32},
        Product{64, 4096, 40, false, false, "f32", "f32", "f32", true, kTF32},
        Product{1032, 2048, 40, true, true, "f32", "f32", "f32", true, kTF32},
        Product{48, 64, 100, false, true, "f32", "bf16", "f32", true, kTF32},
        Product{40, 48, 90, true, false, "f16", "f32", "f32", true, kTF32},
        Product{16, 64, 72, true, true, "bf16", "f16", "f32", true, kTF32}));

// Groups of warps: the same again, with 128 blocks and more of every tiling;
// one tile, fewer than there are stages, and many; what is converted on the
// left, on the right, on both sides.
INSTANTIATE_TEST_SUITE_P(
    Warpgroups, TensorCores,
    testing::Values(
        Product{64, 32, 16, false, true, "bf16", "bf16", "f32", true, kGroups},
        Product{64, 64, 64, false, false, "bf16", "bf16", "f32", true, kGroups},
        Product{64, 64, 1000, true, true, "f16", "f16", "f32", true, kGroups},
        Product{40, 24, 200, true, false, "f16", "f16", "f32", true, kGroups},
        Product{72, 104, 136, false, true, "bf16", "bf16", "f32", true,
                kGroups},
        Product{200, 88, 776, true, false, "bf16", "bf16", "bf16", true,
                kGroups},
        Product{64, 4096, 40, false, false, "bf16", "bf16", "f32", true,
                kGroups},
        Product{64, 8192, 72, true, false, "f16", "f16", "f32", true, kGroups},
        Product{64, 8200, 24, false, true, "bf16", "bf16", "f32", true,
                kGroups},
        Product{64, 16384, 40, false, false, "f16", "f16", "f32", true,
                kGroups},
        Product{1032, 2048, 40, true, true, "bf16", "bf16", "f32", true,
                kGroups},
        Product{1160, 1928, 88, false, false, "f16", "f16", "f32", true,
                kGroups},
        Product{64, 64, 256, false, true, "f32", "bf16", "f32", true, kGroups},
        Product{72, 48, 200, true, true, "f32", "bf16", "f32", true, kGroups},
        Product{40, 64, 776, false, false, "bf16", "f32", "f32", true, kGroups},
        Product{64, 96, 200, true, true, "bf16", "f16", "f32", true, kGroups},
        Product{48, 64, 168, false, true, "f16", "f32", "f32", true, kGroups},
        Product{64, 8192, 40, true, false, "f32", "bf16", "f32", true, kGroups},
        Product{1032, 2048, 72, true, false, "bf16", "f32", "f32", true,
                kGroups},
        Product{1032, 2048, 24, false, true, "f32", "f16", "f32", true,
                kGroups},
        // What the copy engine cannot read is left to warps.
        Product{64, 64, 100, false, false, "bf16", "bf16", "f32", true,
                kGroups},
        Product{65, 67, 131, true, false, "f16", "f16", "f32", false,
                kGroups}));

/// Every TF32 is a product's result as it is, and what is between two goes to
/// the nearest.
TEST(TensorCoresTF32, Round) {
  const std::pair<double, double> roundings[] = {
      {1 + std::ldexp(1, -10), 1 + std::ldexp(1, -10)},
      {1 + std::ldexp(1, -11), 1 + std::ldexp(1, -10)},
      {-1 - std::ldexp(1, -11), -1 - std::ldexp(1, -10)},
      {1 + std::ldexp(1, -11) - std::ldexp(1, -23), 1},
      {std::ldexp(1, -130), std::ldexp(1, -130)},
      {INFINITY, INFINITY}};
  Product p{16, 32, 16, false, false, "f32", "f32", "f32", true, kTF32};
  Matrix a(p.left, 16, 16, true), b(p.right, 16, 32, true),
      c(p.result, 16, 32, true);
  Jit jit(write(p, a, b, c), 1, p.way);
  for (auto [number, rounded] : roundings) {
    a.set(0, 0, number);
    b.set(0, 0, 1);
    c.set(0, 0, 0);
    jit.call("f", a, b, c);
    EXPECT_EQ(c.get(0, 0), rounded);
  }
  a.set(0, 0, NAN);
  jit.call("f", a, b, c);
  EXPECT_TRUE(std::isnan(c.get(0, 0)));
}

} // namespace
