//===- Products.cpp - Matrix products by cuBLASLt -------------------------===//
//
// Matrices here are row-major, cuBLASLt's are column-major: what it computes is
// out^T = rhs^T lhs^T, where every transpose of a row-major matrix is the same
// memory read by columns.
//
//===----------------------------------------------------------------------===//

#include "CublasLt.h"
#include "Modules.h"

#include <map>
#include <mutex>
#include <tuple>

using namespace bptt::cuda;

namespace {

/// What decides how a product is computed. Never addresses: a step that is
/// computed again has the same product elsewhere in the workspace, and must get
/// the same bits.
struct ProductKind {
  int64_t rows, columns, terms;
  int64_t outStride, lhsStride, rhsStride;
  int32_t factors, result, flags;
  uint32_t outAlignment, lhsAlignment, rhsAlignment; ///< bytes

  auto key() const {
    return std::tie(rows, columns, terms, outStride, lhsStride, rhsStride,
                    factors, result, flags, outAlignment, lhsAlignment,
                    rhsAlignment);
  }
  bool operator<(const ProductKind &other) const { return key() < other.key(); }
};

/// A product that is ready to be launched.
struct Prepared {
  MatmulDescription description = nullptr;
  MatrixLayout a = nullptr, b = nullptr, out = nullptr;
  MatmulAlgorithm algorithm;
  bool isDouble = false;
};

/// Of one context.
struct Products {
  CublasHandle handle = nullptr;
  std::map<ProductKind, Prepared> prepared;
};
struct AllProducts {
  std::mutex mutex;
  std::map<ContextId, Products> products;
};
AllProducts &getAll() {
  static auto *all = new AllProducts; // there until the very end
  return *all;
}

/// Matrices begin where the arena's layout has them; more than this cuBLASLt
/// makes no use of.
constexpr uint32_t kMostAlignment = 16;

std::string describeProduct(const ProductKind &kind) {
  return "a product of " + std::to_string(kind.rows) + "x" +
         std::to_string(kind.terms) + " and " + std::to_string(kind.terms) +
         "x" + std::to_string(kind.columns);
}

} // namespace

static int getDataType(int32_t element) {
  switch (element) {
  case BPTT_F16:
    return kReal16;
  case BPTT_BF16:
    return kRealBrain16;
  case BPTT_F32:
    return kReal32;
  default:
    return kReal64;
  }
}

static uint32_t getAlignment(int64_t address) {
  uint32_t alignment = kMostAlignment;
  while (address % alignment != 0)
    alignment /= 2;
  return alignment;
}

/// Row-major `rows` x `columns`, transposed or not, as memory by columns.
static Failure createLayout(const CublasLt &library, const std::string &what,
                            int32_t element, int64_t rows, int64_t columns,
                            bool isTransposed, int64_t stride,
                            MatrixLayout &layout) {
  BPTT_CUBLASLT_TRY(library, what, cublasLtMatrixLayoutCreate, &layout,
                    getDataType(element), isTransposed ? rows : columns,
                    isTransposed ? columns : rows, stride);
  return {};
}

static Failure chooseAlgorithm(const CublasLt &library, const std::string &what,
                               const ProductKind &kind, CublasHandle handle,
                               MatmulPreference preference,
                               Prepared &prepared) {
  auto set = [&](int attribute, auto value) {
    return library.cublasLtMatmulPreferenceSetAttribute(preference, attribute,
                                                        &value, sizeof(value));
  };
  CublasStatus results[] = {// No memory but the arena's, and sums in one order.
                            set(kMaxWorkspaceBytes, uint64_t(0)),
                            set(kReductionSchemeMask, uint32_t(0)),
                            set(kMinAlignmentA, kind.rhsAlignment),
                            set(kMinAlignmentB, kind.lhsAlignment),
                            set(kMinAlignmentC, kind.outAlignment),
                            set(kMinAlignmentD, kind.outAlignment)};
  for (CublasStatus status : results)
    if (status)
      return describe(library, "cublasLtMatmulPreferenceSetAttribute", status,
                      what);
  MatmulHeuristic best = {};
  int found = 0;
  BPTT_CUBLASLT_TRY(library, what, cublasLtMatmulAlgoGetHeuristic, handle,
                    prepared.description, prepared.a, prepared.b, prepared.out,
                    prepared.out, preference, 1, &best, &found);
  if (found < 1 || best.state || best.workspaceBytes != 0)
    return {BPTT_DEVICE_ERROR, what + ": cuBLASLt has no algorithm for it that "
                                      "needs no memory of its own"};
  prepared.algorithm = best.algorithm;
  return {};
}

static Failure prepare(const CublasLt &library, const ProductKind &kind,
                       CublasHandle handle, Prepared &prepared) {
  std::string what = describeProduct(kind);
  prepared.isDouble = kind.result == BPTT_F64;
  BPTT_CUBLASLT_TRY(library, what, cublasLtMatmulDescCreate,
                    &prepared.description,
                    prepared.isDouble ? kCompute64 : kCompute32,
                    prepared.isDouble ? kReal64 : kReal32);
  bool transposesLhs = kind.flags & BPTT_TRANSPOSED_LHS;
  bool transposesRhs = kind.flags & BPTT_TRANSPOSED_RHS;
  for (auto [attribute, transposes] : {std::pair(kTransposeA, transposesRhs),
                                       std::pair(kTransposeB, transposesLhs)})
    if (int32_t value = kTranspose; transposes)
      BPTT_CUBLASLT_TRY(library, what, cublasLtMatmulDescSetAttribute,
                        prepared.description, attribute, &value, sizeof(value));
  if (Failure failure =
          createLayout(library, what, kind.factors, kind.terms, kind.columns,
                       transposesRhs, kind.rhsStride, prepared.a))
    return failure;
  if (Failure failure =
          createLayout(library, what, kind.factors, kind.rows, kind.terms,
                       transposesLhs, kind.lhsStride, prepared.b))
    return failure;
  if (Failure failure =
          createLayout(library, what, kind.result, kind.rows, kind.columns,
                       /*isTransposed=*/false, kind.outStride, prepared.out))
    return failure;
  MatmulPreference preference = nullptr;
  BPTT_CUBLASLT_TRY(library, what, cublasLtMatmulPreferenceCreate, &preference);
  Failure failure =
      chooseAlgorithm(library, what, kind, handle, preference, prepared);
  library.cublasLtMatmulPreferenceDestroy(preference);
  return failure;
}

/// What fails here is of no use any more.
static void destroy(const CublasLt &library, const Prepared &prepared) {
  for (MatrixLayout layout : {prepared.a, prepared.b, prepared.out})
    if (layout)
      library.cublasLtMatrixLayoutDestroy(layout);
  if (prepared.description)
    library.cublasLtMatmulDescDestroy(prepared.description);
}

/// Made once for each kind and context.
static Failure findProduct(const CublasLt &library, const ProductKind &kind,
                           CublasHandle &handle, Prepared &prepared) {
  std::lock_guard<std::mutex> lock(getAll().mutex);
  Products &products = getAll().products[getRunState().context];
  if (!products.handle)
    BPTT_CUBLASLT_TRY(library, "matrix products", cublasLtCreate,
                      &products.handle);
  handle = products.handle;
  auto known = products.prepared.find(kind);
  if (known == products.prepared.end()) {
    Prepared made;
    if (Failure failure = prepare(library, kind, handle, made)) {
      destroy(library, made);
      return failure;
    }
    known = products.prepared.emplace(kind, made).first;
  }
  prepared = known->second;
  return {};
}

void bptt::cuda::forgetProducts(ContextId context) {
  std::lock_guard<std::mutex> lock(getAll().mutex);
  auto found = getAll().products.find(context);
  const CublasLt *library = nullptr;
  if (found == getAll().products.end() || getCublasLt(library))
    return;
  for (auto &[kind, prepared] : found->second.prepared)
    destroy(*library, prepared);
  if (found->second.handle)
    library->cublasLtDestroy(found->second.handle);
  getAll().products.erase(found);
}

static Failure multiply(const ProductKind &kind, int64_t out, int64_t lhs,
                        int64_t rhs, Stream stream) {
  const CublasLt *library = nullptr;
  if (Failure failure = getCublasLt(library))
    return failure;
  CublasHandle handle = nullptr;
  Prepared prepared;
  if (Failure failure = findProduct(*library, kind, handle, prepared))
    return failure;
  if (Failure failure = beforeLaunch(stream))
    return failure;
  bool accumulates = kind.flags & BPTT_ACCUMULATE;
  const float one = 1, zero = 0;
  const double wideOne = 1, wideZero = 0;
  auto choose = [&](const double &wide, const float &narrow) -> const void * {
    return prepared.isDouble ? static_cast<const void *>(&wide) : &narrow;
  };
  auto *result = reinterpret_cast<void *>(out);
  BPTT_CUBLASLT_TRY(*library, describeProduct(kind), cublasLtMatmul, handle,
                    prepared.description, choose(wideOne, one),
                    reinterpret_cast<const void *>(rhs), prepared.a,
                    reinterpret_cast<const void *>(lhs), prepared.b,
                    accumulates ? choose(wideOne, one) : choose(wideZero, zero),
                    result, prepared.out, result, prepared.out,
                    &prepared.algorithm, nullptr, 0, stream);
  return {};
}

void bptt_cuda_product(int64_t out, int64_t lhs, int64_t rhs, int64_t rows,
                       int64_t columns, int64_t terms, int64_t outStride,
                       int64_t lhsStride, int64_t rhsStride, int64_t factors,
                       int64_t result, int64_t flags, void *stream) {
  RunState &state = getRunState();
  if (state.failure)
    return;
  if (!state.driver) {
    state.failure = {BPTT_DEVICE_ERROR,
                     "compiled code for a device was called without bptt_run"};
    return;
  }
  ProductKind kind{rows,
                   columns,
                   terms,
                   outStride,
                   lhsStride,
                   rhsStride,
                   int32_t(factors),
                   int32_t(result),
                   int32_t(flags),
                   getAlignment(out),
                   getAlignment(lhs),
                   getAlignment(rhs)};
  state.failure = multiply(kind, out, lhs, rhs, static_cast<Stream>(stream));
}
