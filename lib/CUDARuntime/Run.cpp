//===- Run.cpp - Checks around a run on a device --------------------------===//

#include "CublasLt.h"
#include "Modules.h"

#include <cstdlib>
#include <cstring>

using namespace bptt::cuda;

/// Code for `sm_90` runs on 9.x from 9.0 on, PTX on anything later as well;
/// `sm_90a` is for exactly 9.0, `sm_100f` for 10.x from 10.0 on. What finer
/// rules there are the driver knows.
static Failure checkChip(const std::string &chip, const std::string &device,
                         int capability) {
  int needed = std::atoi(chip.c_str() + std::strlen("sm_"));
  bool runs = capability >= needed;
  const char *others = " or later";
  if (chip.back() == 'a') {
    runs = capability == needed;
    others = " alone";
  } else if (chip.back() == 'f') {
    runs = runs && capability / 10 == needed / 10;
    others = " or later of its family";
  }
  if (runs)
    return {};
  return {BPTT_NO_DEVICE, "the device is " + device +
                              ", the program was compiled for " + chip +
                              others};
}

/// Not while recording: a program that is recorded has run before, and not
/// every question may be asked then.
static Failure checkWorkspace(const Driver &driver, const void *workspace) {
  bool hasNoBytes = !workspace;
  if (hasNoBytes || isRecording())
    return {};
  unsigned type = 0;
  Result result = driver.cuPointerGetAttribute(
      &type, kMemoryType, reinterpret_cast<uintptr_t>(workspace));
  if (result != kSuccess && result != kInvalidValue)
    return describe(driver, "cuPointerGetAttribute", result,
                    "cannot find out where the workspace lies");
  // An address that the driver does not know, or knows for host memory.
  if (result == kInvalidValue || type == kMemoryTypeHost)
    return {BPTT_INVALID_ARGUMENT,
            "the workspace does not lie in device memory"};
  return {};
}

static Failure begin(const bptt_program &program, const void *workspace,
                     RunState &state) {
  if (program.abi_version != BPTT_ABI_VERSION)
    return {BPTT_VERSION_MISMATCH,
            "the library has version " + std::to_string(program.abi_version) +
                " of the binary interface, this runtime for GPUs has version " +
                std::to_string(BPTT_ABI_VERSION) +
                ": use the runtime it was made with"};
  const Driver *driver = nullptr;
  if (Failure failure = getDriver(driver))
    return failure;
  Context context = nullptr;
  BPTT_CUDA_TRY(*driver, cuCtxGetCurrent, &context);
  if (!context)
    return {BPTT_DEVICE_ERROR,
            "the calling thread has no current CUDA context: make one current "
            "(cudaSetDevice, cuCtxSetCurrent), or call bptt_cuda_open"};
  if (Failure failure = identify(*driver, context, state.context))
    return failure;
  DeviceOrdinal device = 0;
  int capability = 0;
  BPTT_CUDA_TRY(*driver, cuCtxGetDevice, &device);
  if (Failure failure =
          describeDevice(*driver, device, state.deviceName, capability))
    return failure;
  state.chip = program.chip;
  if (Failure failure = checkChip(state.chip, state.deviceName, capability))
    return failure;
  if (Failure failure = checkWorkspace(*driver, workspace))
    return failure;
  if (program.needs & BPTT_NEEDS_CUBLASLT) {
    const CublasLt *library = nullptr;
    if (Failure failure = getCublasLt(library))
      return failure;
  }
  state.driver = driver;
  return {};
}

bptt_status bptt_cuda_begin(const bptt_program *program, const void *workspace,
                            bptt_message *message) {
  RunState &state = getRunState();
  state = RunState();
  return report(begin(*program, workspace, state), message);
}

bptt_status bptt_cuda_end(const bptt_program *, bptt_message *message) {
  RunState &state = getRunState();
  bptt_status status = report(state.failure, message);
  state = RunState();
  return status;
}
