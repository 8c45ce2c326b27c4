//===- Driver.h - NVIDIA's driver, loaded when needed -----------*- C++ -*-===//
//
// The few functions of libcuda.so.1 that are used, declared from NVIDIA's
// public documentation of the driver API, so that nothing of CUDA is needed to
// build.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_LIB_CUDARUNTIME_DRIVER_H
#define BPTT_LIB_CUDARUNTIME_DRIVER_H

#include "bptt-c/cuda.h"

#include <string>

namespace bptt::cuda {

using Result = int;
using DeviceOrdinal = int;
using DeviceAddress = unsigned long long;
struct ContextHandle;
struct StreamHandle;
struct EventHandle;
struct ModuleHandle;
struct FunctionHandle;
struct GraphHandle;
struct GraphExecHandle;
using Context = ContextHandle *;
using Stream = StreamHandle *;
using Event = EventHandle *;
using Module = ModuleHandle *;
using Function = FunctionHandle *;
using Graph = GraphHandle *;
using GraphExec = GraphExecHandle *;

// Results.
constexpr Result kSuccess = 0;
constexpr Result kInvalidValue = 1;
constexpr Result kOutOfMemory = 2;
constexpr Result kDeinitialized = 4;
constexpr Result kNoDevice = 100;
constexpr Result kNoBinaryForGpu = 209;
constexpr Result kUnsupportedPtxVersion = 222;
// Device attributes.
constexpr int kComputeCapabilityMajor = 75;
constexpr int kComputeCapabilityMinor = 76;
// Options of the driver's compiler.
constexpr int kJitErrorLog = 5;
constexpr int kJitErrorLogBytes = 6;
constexpr int kJitOptimizationLevel = 7;
// Pointer attributes.
constexpr int kMemoryType = 2;
constexpr unsigned kMemoryTypeHost = 1;
// Attributes of functions.
constexpr int kMaxDynamicSharedBytes = 8;
// Tensor maps.
constexpr int kTensorMapF16 = 6;
constexpr int kTensorMapF32 = 7;
constexpr int kTensorMapBF16 = 9;
constexpr int kPromoteTo128Bytes = 2; // what the L2 cache reads at once
// Flags.
constexpr unsigned kNonBlockingStream = 1;
constexpr int kCaptureModeRelaxed = 2;

// Name, and parameters.
#define BPTT_CUDA_FUNCTIONS(X)                                                 \
  X(cuInit, (unsigned flags))                                                  \
  X(cuGetErrorName, (Result result, const char **name))                        \
  X(cuGetErrorString, (Result result, const char **text))                      \
  X(cuDeviceGetCount, (int *count))                                            \
  X(cuDeviceGet, (DeviceOrdinal * device, int ordinal))                        \
  X(cuDeviceGetName, (char *name, int length, DeviceOrdinal device))           \
  X(cuDeviceGetAttribute, (int *value, int attribute, DeviceOrdinal device))   \
  X(cuDevicePrimaryCtxRetain, (Context * context, DeviceOrdinal device))       \
  X(cuDevicePrimaryCtxRelease_v2, (DeviceOrdinal device))                      \
  X(cuCtxSetCurrent, (Context context))                                        \
  X(cuCtxGetCurrent, (Context * context))                                      \
  X(cuCtxGetDevice, (DeviceOrdinal * device))                                  \
  X(cuPointerGetAttribute,                                                     \
    (void *value, int attribute, DeviceAddress address))                       \
  X(cuMemGetInfo_v2, (size_t * free, size_t * total))                          \
  X(cuMemAlloc_v2, (DeviceAddress * address, size_t bytes))                    \
  X(cuMemFree_v2, (DeviceAddress address))                                     \
  X(cuMemcpyHtoD_v2, (DeviceAddress to, const void *from, size_t bytes))       \
  X(cuMemcpyDtoH_v2, (void *to, DeviceAddress from, size_t bytes))             \
  X(cuMemsetD8_v2, (DeviceAddress to, unsigned char value, size_t bytes))      \
  X(cuStreamCreate, (Stream * stream, unsigned flags))                         \
  X(cuStreamDestroy_v2, (Stream stream))                                       \
  X(cuStreamSynchronize, (Stream stream))                                      \
  X(cuEventCreate, (Event * event, unsigned flags))                            \
  X(cuEventDestroy_v2, (Event event))                                          \
  X(cuEventRecord, (Event event, Stream stream))                               \
  X(cuEventSynchronize, (Event event))                                         \
  X(cuEventElapsedTime, (float *milliseconds, Event begin, Event end))         \
  X(cuModuleLoadDataEx, (Module * module, const void *image, unsigned count,   \
                         int *options, void **values))                         \
  X(cuModuleUnload, (Module module))                                           \
  X(cuModuleGetFunction,                                                       \
    (Function * function, Module module, const char *name))                    \
  X(cuFuncSetAttribute, (Function function, int attribute, int value))         \
  X(cuStreamBeginCapture_v2, (Stream stream, int mode))                        \
  X(cuStreamEndCapture, (Stream stream, Graph * graph))                        \
  X(cuGraphInstantiateWithFlags,                                               \
    (GraphExec * exec, Graph graph, unsigned long long flags))                 \
  X(cuGraphLaunch, (GraphExec exec, Stream stream))                            \
  X(cuGraphExecDestroy, (GraphExec exec))                                      \
  X(cuGraphDestroy, (Graph graph))                                             \
  X(cuLaunchKernel,                                                            \
    (Function function, unsigned gridX, unsigned gridY, unsigned gridZ,        \
     unsigned blockX, unsigned blockY, unsigned blockZ, unsigned sharedBytes,  \
     Stream stream, void **parameters, void **extra))

// Which older drivers do not have: null then.
#define BPTT_CUDA_OPTIONAL_FUNCTIONS(X)                                        \
  X(cuCtxGetId, (Context context, unsigned long long *id))                     \
  X(cuTensorMapEncodeTiled,                                                    \
    (void *map, int type, uint32_t rank, void *address,                        \
     const uint64_t *extents, const uint64_t *strides, const uint32_t *box,    \
     const uint32_t *steps, int interleave, int swizzle, int promotion,        \
     int fill))

struct Driver {
#define BPTT_CUDA_MEMBER(name, parameters) Result(*name) parameters;
  BPTT_CUDA_FUNCTIONS(BPTT_CUDA_MEMBER)
  BPTT_CUDA_OPTIONAL_FUNCTIONS(BPTT_CUDA_MEMBER)
#undef BPTT_CUDA_MEMBER
};

/// What went wrong; nothing did for BPTT_SUCCESS.
struct Failure {
  bptt_status status = BPTT_SUCCESS;
  std::string text;
  explicit operator bool() const { return status != BPTT_SUCCESS; }
};

/// Puts a failure where C callers look for it.
bptt_status report(const Failure &failure, bptt_message *message);

/// Loads and initialises the driver once; every thread gets the same answer.
Failure getDriver(const Driver *&driver);

/// The failure of `call` with the driver's words for `result`. `context` says
/// what it was done for; it may be empty.
Failure describe(const Driver &driver, const char *call, Result result,
                 const std::string &context = "");

/// `NVIDIA A100, sm_80`, and the capability as 80.
Failure describeDevice(const Driver &driver, DeviceOrdinal device,
                       std::string &name, int &capability);

/// Which context it is: the driver may give the address of one that was
/// destroyed to another. Drivers before CUDA 12 have nothing but the address.
using ContextId = unsigned long long;
Failure identify(const Driver &driver, Context context, ContextId &id);

/// Calls a function of the driver; on failure returns its description.
#define BPTT_CUDA_TRY(driver, name, ...)                                       \
  if (::bptt::cuda::Result result = (driver).name(__VA_ARGS__))                \
  return ::bptt::cuda::describe(driver, #name, result)

} // namespace bptt::cuda

#endif
