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

/// Null is nowhere, which is fine.
static Failure checkMemory(const Driver &driver, const void *address,
                           const std::string &what) {
  if (!address)
    return {};
  unsigned type = 0;
  Result result = driver.cuPointerGetAttribute(
      &type, kMemoryType, reinterpret_cast<uintptr_t>(address));
  if (result != kSuccess && result != kInvalidValue)
    return describe(driver, "cuPointerGetAttribute", result,
                    "cannot find out where " + what + " lies");
  // An address that the driver does not know, or knows for host memory.
  if (result == kInvalidValue || type == kMemoryTypeHost)
    return {BPTT_INVALID_ARGUMENT, what + " does not lie in device memory"};
  return {};
}

/// Not while recording: a program that is recorded has run before, and not
/// every question may be asked then.
static Failure checkMemory(const Driver &driver, const bptt_program &program,
                           const void *const *arrays, const void *workspace) {
  if (isRecording())
    return {};
  auto check = [&](const char *kind, const bptt_array *described, uint32_t i,
                   const void *address) {
    return checkMemory(driver, address,
                       std::string(kind) + " #" + std::to_string(i) + ", '" +
                           described[i].name + "',");
  };
  for (uint32_t i = 0; i < program.num_arguments; ++i)
    if (Failure failure = check("argument", program.arguments, i, *arrays++))
      return failure;
  for (uint32_t i = 0; i < program.num_results; ++i)
    if (Failure failure = check("result", program.results, i, *arrays++))
      return failure;
  return checkMemory(driver, workspace, "the workspace");
}

static Failure begin(const bptt_program &program, const void *const *arrays,
                     const void *workspace, RunState &state) {
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
  if (Failure failure = checkMemory(*driver, program, arrays, workspace))
    return failure;
  if (program.needs & BPTT_NEEDS_CUBLASLT) {
    const CublasLt *library = nullptr;
    if (Failure failure = getCublasLt(library))
      return failure;
  }
  state.driver = driver;
  return {};
}

bptt_status bptt_cuda_begin(const bptt_program *program,
                            const void *const *arrays, const void *workspace,
                            bptt_message *message) {
  RunState &state = getRunState();
  state = RunState();
  return report(begin(*program, arrays, workspace, state), message);
}

bptt_status bptt_cuda_end(const bptt_program *, bptt_message *message) {
  RunState &state = getRunState();
  bptt_status status = report(state.failure, message);
  state = RunState();
  return status;
}
