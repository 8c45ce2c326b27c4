//===- CublasLt.h - NVIDIA's matrix products, loaded when needed *- C++ -*-===//
//
// The few functions of libcublasLt that are used, declared from NVIDIA's public
// documentation, so that nothing of CUDA is needed to build.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_LIB_CUDARUNTIME_CUBLASLT_H
#define BPTT_LIB_CUDARUNTIME_CUBLASLT_H

#include "Driver.h"

#include <cstddef>
#include <cstdint>

namespace bptt::cuda {

using CublasStatus = int;
struct CublasLtContext;
struct CublasLtMatmul;
struct CublasLtLayout;
struct CublasLtPreference;
using CublasHandle = CublasLtContext *;
using MatmulDescription = CublasLtMatmul *;
using MatrixLayout = CublasLtLayout *;
using MatmulPreference = CublasLtPreference *;

// cudaDataType, cublasComputeType_t, cublasOperation_t.
constexpr int kReal32 = 0, kReal64 = 1, kReal16 = 2, kRealBrain16 = 14;
constexpr int kCompute32 = 68, kCompute64 = 70;
constexpr int kTranspose = 1;
// Attributes of a product, and of what is looked for.
constexpr int kTransposeA = 3, kTransposeB = 4;
constexpr int kMaxWorkspaceBytes = 1, kReductionSchemeMask = 3;
constexpr int kMinAlignmentA = 5, kMinAlignmentB = 6, kMinAlignmentC = 7,
              kMinAlignmentD = 8;

struct MatmulAlgorithm {
  uint64_t data[8];
};
struct MatmulHeuristic {
  MatmulAlgorithm algorithm;
  size_t workspaceBytes;
  CublasStatus state;
  float waves;
  int reserved[4];
};

// Name, and parameters.
#define BPTT_CUBLASLT_FUNCTIONS(X)                                             \
  X(cublasLtCreate, (CublasHandle * handle))                                   \
  X(cublasLtDestroy, (CublasHandle handle))                                    \
  X(cublasLtMatmulDescCreate,                                                  \
    (MatmulDescription * description, int compute, int scale))                 \
  X(cublasLtMatmulDescDestroy, (MatmulDescription description))                \
  X(cublasLtMatmulDescSetAttribute,                                            \
    (MatmulDescription description, int attribute, const void *value,          \
     size_t bytes))                                                            \
  X(cublasLtMatrixLayoutCreate, (MatrixLayout * layout, int type,              \
                                 uint64_t rows, uint64_t columns, int64_t ld)) \
  X(cublasLtMatrixLayoutDestroy, (MatrixLayout layout))                        \
  X(cublasLtMatmulPreferenceCreate, (MatmulPreference * preference))           \
  X(cublasLtMatmulPreferenceDestroy, (MatmulPreference preference))            \
  X(cublasLtMatmulPreferenceSetAttribute,                                      \
    (MatmulPreference preference, int attribute, const void *value,            \
     size_t bytes))                                                            \
  X(cublasLtMatmulAlgoGetHeuristic,                                            \
    (CublasHandle handle, MatmulDescription description, MatrixLayout a,       \
     MatrixLayout b, MatrixLayout c, MatrixLayout d,                           \
     MatmulPreference preference, int requested, MatmulHeuristic *results,     \
     int *found))                                                              \
  X(cublasLtMatmul,                                                            \
    (CublasHandle handle, MatmulDescription description, const void *alpha,    \
     const void *a, MatrixLayout aLayout, const void *b, MatrixLayout bLayout, \
     const void *beta, const void *c, MatrixLayout cLayout, void *d,           \
     MatrixLayout dLayout, const MatmulAlgorithm *algorithm, void *workspace,  \
     size_t workspaceBytes, Stream stream))

struct CublasLt {
#define BPTT_CUBLASLT_MEMBER(name, parameters) CublasStatus(*name) parameters;
  BPTT_CUBLASLT_FUNCTIONS(BPTT_CUBLASLT_MEMBER)
#undef BPTT_CUBLASLT_MEMBER
  const char *(*cublasLtGetStatusName)(CublasStatus status);
  const char *(*cublasLtGetStatusString)(CublasStatus status);
};

/// Loads the library once; every thread gets the same answer.
Failure getCublasLt(const CublasLt *&library);

/// The failure of `call` with the library's words for `status`.
Failure describe(const CublasLt &library, const char *call, CublasStatus status,
                 const std::string &context);

/// Calls a function of the library; on failure returns its description.
#define BPTT_CUBLASLT_TRY(library, context, name, ...)                         \
  if (::bptt::cuda::CublasStatus status = (library).name(__VA_ARGS__))         \
  return ::bptt::cuda::describe(library, #name, status, context)

} // namespace bptt::cuda

#endif
