//===- TensorMaps.cpp - Matrices as the copy engine sees them -------------===//

#include "Modules.h"

using namespace bptt::cuda;

/// The driver's number for how rows are swizzled; -1 if it has none.
static int getSwizzle(int64_t bytes) {
  return bytes == 0     ? 0
         : bytes == 32  ? 1
         : bytes == 64  ? 2
         : bytes == 128 ? 3
                        : -1;
}

/// The same for elements.
static int getType(int64_t element) {
  return element == BPTT_F16    ? kTensorMapF16
         : element == BPTT_BF16 ? kTensorMapBF16
         : element == BPTT_F32  ? kTensorMapF32
                                : -1;
}

static Failure encode(void *map, int64_t address, int64_t columns, int64_t rows,
                      int64_t strideBytes, int64_t boxColumns, int64_t boxRows,
                      int64_t swizzleBytes, int64_t element) {
  const Driver *driver = getRunState().driver;
  if (!driver)
    return {BPTT_DEVICE_ERROR,
            "compiled code for a device was called without bptt_run"};
  std::string what = "a tensor map of " + std::to_string(rows) + "x" +
                     std::to_string(columns) + " elements";
  if (!driver->cuTensorMapEncodeTiled)
    return {BPTT_NO_DEVICE,
            "the driver is too old for " + what + ": it needs CUDA 12"};
  int swizzle = getSwizzle(swizzleBytes), type = getType(element);
  if (swizzle < 0 || type < 0)
    return {BPTT_INVALID_ARGUMENT, what + ": its boxes are of no known kind"};
  uint64_t extents[] = {uint64_t(columns), uint64_t(rows)};
  uint64_t strides[] = {uint64_t(strideBytes)};
  uint32_t box[] = {uint32_t(boxColumns), uint32_t(boxRows)};
  uint32_t steps[] = {1, 1};
  Result result = driver->cuTensorMapEncodeTiled(
      map, type, /*rank=*/2, reinterpret_cast<void *>(address), extents,
      strides, box, steps,
      /*interleave=*/0, swizzle, kPromoteTo128Bytes, /*fill=*/0);
  if (result != kSuccess)
    return describe(*driver, "cuTensorMapEncodeTiled", result, what);
  return {};
}

void bptt_cuda_tensor_map(void *map, int64_t address, int64_t columns,
                          int64_t rows, int64_t strideBytes, int64_t boxColumns,
                          int64_t boxRows, int64_t swizzleBytes,
                          int64_t element) {
  RunState &state = getRunState();
  if (!state.failure)
    state.failure = encode(map, address, columns, rows, strideBytes, boxColumns,
                           boxRows, swizzleBytes, element);
}
