//===- ContractionsTest.cpp - Vectorised products, executed ---------------===//

#include "Jit.h"

#include "gtest/gtest.h"

#include <cmath>
#include <map>

using namespace bptt::test;

namespace {
/// out[outDims] += lhs[lhsDims] * rhs[rhsDims], a letter for each dimension.
struct Kind {
  const char *name, *lhs, *rhs, *out;
};
using Sizes = std::map<char, int64_t>;

const Kind kinds[] = {{"nn", "mk", "kn", "mn"},
                      {"nt", "mk", "nk", "mn"},
                      {"tn", "km", "kn", "mn"},
                      {"tt", "km", "nk", "mn"},
                      {"swapped", "kn", "mk", "mn"},
                      {"to_transposed", "mk", "kn", "nm"},
                      {"batch_nn", "bmk", "bkn", "bmn"},
                      {"batch_nt", "bmk", "bnk", "bmn"},
                      {"matvec", "mk", "k", "m"},
                      {"vecmat", "k", "kn", "n"},
                      {"dot", "k", "k", ""},
                      {"outer", "m", "n", "mn"},
                      {"gates", "mk", "kbn", "mbn"},
                      {"two_sums", "mkb", "bkn", "mn"},
                      {"diagonal", "bn", "bn", "bn"}};

const Sizes shapes[] = {{{'m', 1}, {'n', 1}, {'k', 1}, {'b', 1}},
                        {{'m', 3}, {'n', 7}, {'k', 100}, {'b', 2}},
                        {{'m', 16}, {'n', 127}, {'k', 33}, {'b', 3}},
                        {{'m', 100}, {'n', 3}, {'k', 7}, {'b', 1}},
                        {{'m', 7}, {'n', 100}, {'k', 1}, {'b', 4}},
                        {{'m', 127}, {'n', 1}, {'k', 48}, {'b', 2}}};

enum class Layout { Static, Dynamic, Strided };
} // namespace

static std::string dimension(char letter) { return std::string("d_") + letter; }

/// The indexing map of one operand over the loops m, n, k, b that are used.
static std::string mapOf(const std::string &loops, const std::string &dims) {
  std::string text = "affine_map<(";
  for (size_t i = 0; i < loops.size(); ++i)
    text += (i ? ", " : "") + dimension(loops[i]);
  text += ") -> (";
  for (size_t i = 0; i < dims.size(); ++i)
    text += (i ? ", " : "") + dimension(dims[i]);
  return text + ")>";
}

static std::string typeOf(const std::string &dims, const Sizes &sizes,
                          const std::string &element, Layout layout) {
  std::string text = "memref<";
  for (char letter : dims)
    text += layout == Layout::Static ? std::to_string(sizes.at(letter)) + "x"
                                     : "?x";
  text += element;
  std::string strides;
  int64_t stride = 1;
  for (size_t i = dims.size(); i-- > 0;) {
    bool known = layout == Layout::Static ||
                 (layout == Layout::Dynamic && i + 1 == dims.size());
    strides = (known ? std::to_string(stride) : "?") +
              (strides.empty() ? "" : ", ") + strides;
    stride *= sizes.at(dims[i]);
  }
  return text + ", strided<[" + strides + "], offset: ?>>";
}

static std::string loopsOf(const Kind &kind) {
  std::string loops;
  for (char letter : std::string("bkmn"))
    if ((std::string(kind.lhs) + kind.rhs).find(letter) != std::string::npos)
      loops += letter;
  return loops;
}

static std::string functionOf(const Kind &kind, const std::string &name,
                              const Sizes &sizes, const std::string &element,
                              Layout layout) {
  std::string loops = loopsOf(kind), iterators;
  for (char letter : loops)
    iterators += std::string(iterators.empty() ? "" : ", ") +
                 (std::string(kind.out).find(letter) == std::string::npos
                      ? "\"reduction\""
                      : "\"parallel\"");
  std::string lhs = typeOf(kind.lhs, sizes, element, layout);
  std::string rhs = typeOf(kind.rhs, sizes, element, layout);
  std::string out = typeOf(kind.out, sizes, element, layout);
  return "func.func @" + name + "(%a: " + lhs + ", %b: " + rhs +
         ", %c: " + out + ") {\n  linalg.generic {indexing_maps = [" +
         mapOf(loops, kind.lhs) + ", " + mapOf(loops, kind.rhs) + ", " +
         mapOf(loops, kind.out) + "], iterator_types = [" + iterators +
         "]} ins(%a, %b : " + lhs + ", " + rhs + ") outs(%c : " + out +
         ") {\n  ^bb0(%x: " + element + ", %y: " + element +
         ", %z: " + element + "):\n    %p = arith.mulf %x, %y : " + element +
         "\n    %s = arith.addf %p, %z : " + element +
         "\n    linalg.yield %s : " + element + "\n  }\n  return\n}\n";
}

static std::vector<int64_t> sizesOf(const std::string &dims,
                                    const Sizes &sizes) {
  std::vector<int64_t> result;
  for (char letter : dims)
    result.push_back(sizes.at(letter));
  return result;
}

/// The row-major number of the element of `dims` at `point`.
static int64_t numberOf(const std::string &dims, const Sizes &sizes,
                        const Sizes &point) {
  int64_t number = 0;
  for (char letter : dims)
    number = number * sizes.at(letter) + point.at(letter);
  return number;
}

/// The result in double, and the sum of magnitudes that rounding is relative
/// to.
template <typename T>
static void computeReference(const Kind &kind, const Sizes &sizes,
                             Tensor<T> &lhs, Tensor<T> &rhs,
                             std::vector<double> &values,
                             std::vector<double> &magnitudes) {
  std::string loops = loopsOf(kind);
  int64_t total = 1;
  for (char letter : loops)
    total *= sizes.at(letter);
  for (int64_t i = 0; i < total; ++i) {
    Sizes point;
    int64_t left = i;
    for (size_t l = loops.size(); l-- > 0; left /= sizes.at(loops[l]))
      point[loops[l]] = left % sizes.at(loops[l]);
    double product = double(lhs.at(numberOf(kind.lhs, sizes, point))) *
                     double(rhs.at(numberOf(kind.rhs, sizes, point)));
    int64_t number = numberOf(kind.out, sizes, point);
    values[number] += product;
    magnitudes[number] += std::abs(product);
  }
}

namespace {
template <typename T>
class Contractions : public testing::Test {
protected:
  static std::string element() { return sizeof(T) == 4 ? "f32" : "f64"; }

  /// One function for each kind at these sizes, named after the kind.
  static std::string moduleOf(const Sizes &sizes, Layout layout,
                              llvm::ArrayRef<Kind> kinds) {
    std::string text;
    for (const Kind &kind : kinds)
      text += functionOf(kind, kind.name, sizes, element(), layout);
    return text;
  }

  static std::vector<T> run(Jit &jit, const Kind &kind, const Sizes &sizes,
                            int64_t gap = 0) {
    Tensor<T> lhs(sizesOf(kind.lhs, sizes), gap);
    Tensor<T> rhs(sizesOf(kind.rhs, sizes), gap);
    Tensor<T> out(sizesOf(kind.out, sizes), gap);
    lhs.fill(1);
    rhs.fill(2);
    out.fill(3);
    jit.call(kind.name, lhs, rhs, out);
    return out.values();
  }
};

using Floats = testing::Types<float, double>;
TYPED_TEST_SUITE(Contractions, Floats);
} // namespace

TYPED_TEST(Contractions, AgreeWithAPlainLoop) {
  using T = TypeParam;
  double unit = std::numeric_limits<T>::epsilon();
  for (const Sizes &sizes : shapes) {
    Jit jit(this->moduleOf(sizes, Layout::Static, kinds));
    for (const Kind &kind : kinds) {
      Tensor<T> lhs(sizesOf(kind.lhs, sizes)), rhs(sizesOf(kind.rhs, sizes));
      Tensor<T> out(sizesOf(kind.out, sizes));
      lhs.fill(1);
      rhs.fill(2);
      out.fill(3);
      std::vector<T> before = out.values();
      std::vector<double> expected(before.begin(), before.end());
      std::vector<double> magnitudes(expected.size(), 1.0);
      computeReference(kind, sizes, lhs, rhs, expected, magnitudes);
      auto countPadding = [&] { return llvm::count(out.raw(), T(77)); };
      int64_t padding = countPadding();
      jit.call(kind.name, lhs, rhs, out);
      EXPECT_EQ(countPadding(), padding) << kind.name << " wrote outside";
      for (size_t i = 0; i < expected.size(); ++i)
        ASSERT_NEAR(out.at(i), expected[i], 8 * unit * magnitudes[i])
            << kind.name << " " << sizes.at('m') << "x" << sizes.at('n') << "x"
            << sizes.at('k') << " at " << i;
    }
  }
}

// The order of every sum follows from shapes and maps alone.
TYPED_TEST(Contractions, HaveTheSameBitsInEveryLayout) {
  const Sizes &sizes = shapes[2];
  llvm::ArrayRef<Kind> some = llvm::ArrayRef<Kind>(kinds).take_front(4);
  Jit fixed(this->moduleOf(sizes, Layout::Static, some));
  Jit dynamic(this->moduleOf(sizes, Layout::Dynamic, some));
  Jit strided(this->moduleOf(sizes, Layout::Strided, some));
  for (const Kind &kind : some) {
    auto expected = this->run(fixed, kind, sizes);
    EXPECT_EQ(expected, this->run(dynamic, kind, sizes)) << kind.name;
    EXPECT_EQ(expected, this->run(strided, kind, sizes)) << kind.name;
    EXPECT_EQ(expected, this->run(strided, kind, sizes, 1)) << kind.name;
  }
}

TYPED_TEST(Contractions, HaveTheSameBitsOnTwoThreads) {
  Sizes sizes = {{'m', 17}, {'n', 300}, {'k', 130}, {'b', 3}};
  llvm::ArrayRef<Kind> some = llvm::ArrayRef<Kind>(kinds).take_front(4);
  std::string text = this->moduleOf(sizes, Layout::Static, some);
  Jit one(text), two(text, /*threads=*/2);
  for (const Kind &kind : some)
    for (int i = 0; i < 20; ++i)
      ASSERT_EQ(this->run(one, kind, sizes), this->run(two, kind, sizes))
          << kind.name;
}

// x * W adds its products one after the other, each with one rounding, and
// then to what is there.
TYPED_TEST(Contractions, AddInTheOrderOfTheReduction) {
  using T = TypeParam;
  const Sizes &sizes = shapes[2];
  Jit jit(this->moduleOf(sizes, Layout::Static, kinds[0]));
  int64_t m = sizes.at('m'), n = sizes.at('n'), k = sizes.at('k');
  Tensor<T> lhs({m, k}), rhs({k, n}), out({m, n});
  lhs.fill(1);
  rhs.fill(2);
  out.fill(3);
  std::vector<T> expected = out.values();
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      T sum = 0;
      for (int64_t l = 0; l < k; ++l)
        sum = std::fma(lhs.at(i * k + l), rhs.at(l * n + j), sum);
      expected[i * n + j] += sum;
    }
  jit.call("nn", lhs, rhs, out);
  EXPECT_EQ(expected, out.values());
}
