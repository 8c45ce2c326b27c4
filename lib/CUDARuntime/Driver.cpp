//===- Driver.cpp - NVIDIA's driver, loaded when needed -------------------===//

#include "Driver.h"

#include <algorithm>
#include <cstring>
#include <dlfcn.h>

using namespace bptt::cuda;

bptt_status bptt::cuda::report(const Failure &failure, bptt_message *message) {
  if (message) {
    size_t length = std::min(failure.text.size(), sizeof(message->text) - 1);
    std::memcpy(message->text, failure.text.data(), length);
    message->text[length] = '\0';
  }
  return failure.status;
}

Failure bptt::cuda::describe(const Driver &driver, const char *call,
                             Result result, const std::string &context) {
  const char *name = nullptr, *meaning = nullptr;
  if (driver.cuGetErrorName(result, &name) != kSuccess || !name)
    name = "unknown error";
  if (driver.cuGetErrorString(result, &meaning) != kSuccess || !meaning)
    meaning = "the driver has no words for it";
  bptt_status status = BPTT_DEVICE_ERROR;
  if (result == kOutOfMemory)
    status = BPTT_OUT_OF_DEVICE_MEMORY;
  if (result == kNoDevice)
    status = BPTT_NO_DEVICE;
  return {status, (context.empty() ? "" : context + ": ") + call +
                      " failed with " + name + " (" + std::to_string(result) +
                      "): " + meaning};
}

static Failure load(Driver &driver) {
  void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return {BPTT_NO_DEVICE,
            std::string("there is no NVIDIA driver here: ") + dlerror()};
  const char *missing = nullptr;
#define BPTT_CUDA_LOAD(name, parameters)                                       \
  driver.name = reinterpret_cast<Result(*) parameters>(dlsym(library, #name)); \
  if (!driver.name)                                                            \
    missing = #name;
  BPTT_CUDA_FUNCTIONS(BPTT_CUDA_LOAD)
#undef BPTT_CUDA_LOAD
#define BPTT_CUDA_LOAD(name, parameters)                                       \
  driver.name = reinterpret_cast<Result(*) parameters>(dlsym(library, #name));
  BPTT_CUDA_OPTIONAL_FUNCTIONS(BPTT_CUDA_LOAD)
#undef BPTT_CUDA_LOAD
  if (missing)
    return {BPTT_NO_DEVICE,
            std::string("the NVIDIA driver is too old: it has no ") + missing};
  if (Result result = driver.cuInit(0))
    return describe(driver, "cuInit", result,
                    "the NVIDIA driver cannot be used");
  return {};
}

Failure bptt::cuda::getDriver(const Driver *&result) {
  static Driver driver;
  static const Failure failure = load(driver);
  result = &driver;
  return failure;
}

Failure bptt::cuda::describeDevice(const Driver &driver, DeviceOrdinal device,
                                   std::string &name, int &capability) {
  char text[256] = "";
  int major = 0, minor = 0;
  BPTT_CUDA_TRY(driver, cuDeviceGetName, text, sizeof(text), device);
  BPTT_CUDA_TRY(driver, cuDeviceGetAttribute, &major, kComputeCapabilityMajor,
                device);
  BPTT_CUDA_TRY(driver, cuDeviceGetAttribute, &minor, kComputeCapabilityMinor,
                device);
  capability = 10 * major + minor;
  name = std::string(text) + ", sm_" + std::to_string(capability);
  return {};
}

Failure bptt::cuda::identify(const Driver &driver, Context context,
                             ContextId &id) {
  id = reinterpret_cast<uintptr_t>(context);
  if (driver.cuCtxGetId)
    BPTT_CUDA_TRY(driver, cuCtxGetId, context, &id);
  return {};
}
