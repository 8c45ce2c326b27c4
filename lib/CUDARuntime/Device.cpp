//===- Device.cpp - Memory, stream and clock of a device ------------------===//

#include "Device.h"
#include "Modules.h"

#include <map>
#include <mutex>

using namespace bptt::cuda;

static DeviceAddress toAddress(const void *pointer) {
  return reinterpret_cast<uintptr_t>(pointer);
}

Failure bptt::cuda::makeCurrent(const bptt_cuda &device) {
  BPTT_CUDA_TRY(*device.driver, cuCtxSetCurrent, device.context);
  return {};
}

/// How many devices are open in a context, after `change`.
static int countUser(Context context, int change) {
  static std::mutex mutex;
  static std::map<Context, int> users;
  std::lock_guard<std::mutex> lock(mutex);
  return users[context] += change;
}

static Failure open(int ordinal, bptt_cuda &device) {
  if (Failure failure = getDriver(device.driver))
    return failure;
  const Driver &driver = *device.driver;
  BPTT_CUDA_TRY(driver, cuCtxGetCurrent, &device.previous);
  int count = 0;
  BPTT_CUDA_TRY(driver, cuDeviceGetCount, &count);
  if (ordinal < 0 || ordinal >= count)
    return {BPTT_NO_DEVICE,
            "there is no NVIDIA device #" + std::to_string(ordinal) +
                (count == 0   ? ", or any other"
                 : count == 1 ? ", only #0"
                              : ", only #0 to #" + std::to_string(count - 1))};
  BPTT_CUDA_TRY(driver, cuDeviceGet, &device.ordinal, ordinal);
  int capability;
  if (Failure failure =
          describeDevice(driver, device.ordinal, device.name, capability))
    return failure;
  BPTT_CUDA_TRY(driver, cuDevicePrimaryCtxRetain, &device.context,
                device.ordinal);
  countUser(device.context, +1);
  BPTT_CUDA_TRY(driver, cuCtxSetCurrent, device.context);
  BPTT_CUDA_TRY(driver, cuStreamCreate, &device.stream, kNonBlockingStream);
  BPTT_CUDA_TRY(driver, cuEventCreate, &device.begin, 0);
  BPTT_CUDA_TRY(driver, cuEventCreate, &device.end, 0);
  return {};
}

bptt_status bptt_cuda_open(int ordinal, bptt_cuda **result,
                           bptt_message *message) {
  auto *device = new bptt_cuda;
  Failure failure = open(ordinal, *device);
  if (failure) {
    bptt_cuda_close(device);
    device = nullptr;
  }
  *result = device;
  return report(failure, message);
}

/// What is to be current once `device` is closed: what is current now, or was
/// before it was opened.
static Context findSuccessor(const bptt_cuda &device) {
  Context current = nullptr;
  device.driver->cuCtxGetCurrent(&current);
  return current == device.context ? device.previous : current;
}

/// Gives back what was made in the context for compiled code: the driver may
/// destroy it with the last user.
static void forgetContext(const Driver &driver, Context context) {
  ContextId id;
  if (identify(driver, context, id))
    return;
  unloadModules(driver, id);
  forgetProducts(id);
}

/// What fails here can be neither used nor undone any more.
void bptt_cuda_close(bptt_cuda *device) {
  if (!device)
    return;
  const Driver &driver = *device->driver;
  if (device->context) {
    Context successor = findSuccessor(*device);
    driver.cuCtxSetCurrent(device->context);
    for (Event event : {device->begin, device->end})
      if (event)
        driver.cuEventDestroy_v2(event);
    if (device->stream)
      driver.cuStreamDestroy_v2(device->stream);
    if (countUser(device->context, -1) == 0)
      forgetContext(driver, device->context);
    driver.cuCtxSetCurrent(successor);
    driver.cuDevicePrimaryCtxRelease_v2(device->ordinal);
  }
  delete device;
}

const char *bptt_cuda_name(const bptt_cuda *device) {
  return device->name.c_str();
}

void *bptt_cuda_stream(const bptt_cuda *device) { return device->stream; }

static Failure allocate(const bptt_cuda &device, int64_t bytes,
                        void **address) {
  const Driver &driver = *device.driver;
  if (Failure failure = makeCurrent(device))
    return failure;
  DeviceAddress memory = 0;
  // The driver refuses to allocate nothing.
  Result result = driver.cuMemAlloc_v2(&memory, bytes > 0 ? bytes : 1);
  if (result == kSuccess) {
    *address = reinterpret_cast<void *>(static_cast<uintptr_t>(memory));
    return {};
  }
  std::string asked =
      "cannot allocate " + std::to_string(bytes) + " bytes on the device";
  size_t free = 0, total = 0;
  if (driver.cuMemGetInfo_v2(&free, &total) == kSuccess)
    asked += ", where " + std::to_string(free) + " of " +
             std::to_string(total) + " are free";
  return describe(driver, "cuMemAlloc_v2", result, asked);
}

bptt_status bptt_cuda_allocate(bptt_cuda *device, int64_t bytes, void **address,
                               bptt_message *message) {
  return report(allocate(*device, bytes, address), message);
}

static Failure freeMemory(const bptt_cuda &device, void *address) {
  const Driver &driver = *device.driver;
  if (Failure failure = makeCurrent(device))
    return failure;
  BPTT_CUDA_TRY(driver, cuMemFree_v2, toAddress(address));
  return {};
}

bptt_status bptt_cuda_free(bptt_cuda *device, void *address,
                           bptt_message *message) {
  return report(freeMemory(*device, address), message);
}

static Failure getFreeBytes(const bptt_cuda &device, int64_t *bytes) {
  const Driver &driver = *device.driver;
  if (Failure failure = makeCurrent(device))
    return failure;
  size_t free = 0, total = 0;
  BPTT_CUDA_TRY(driver, cuMemGetInfo_v2, &free, &total);
  *bytes = free;
  return {};
}

bptt_status bptt_cuda_free_bytes(bptt_cuda *device, int64_t *bytes,
                                 bptt_message *message) {
  return report(getFreeBytes(*device, bytes), message);
}

/// Copies to the device and fills may return before they are done, and our
/// stream does not wait for them.
static Failure awaitCopies(const Driver &driver) {
  BPTT_CUDA_TRY(driver, cuStreamSynchronize, nullptr);
  return {};
}

static Failure upload(const bptt_cuda &device, void *to, const void *from,
                      int64_t bytes) {
  const Driver &driver = *device.driver;
  if (Failure failure = makeCurrent(device))
    return failure;
  if (bytes > 0)
    BPTT_CUDA_TRY(driver, cuMemcpyHtoD_v2, toAddress(to), from, bytes);
  return awaitCopies(driver);
}

bptt_status bptt_cuda_upload(bptt_cuda *device, void *to, const void *from,
                             int64_t bytes, bptt_message *message) {
  return report(upload(*device, to, from, bytes), message);
}

static Failure download(const bptt_cuda &device, void *to, const void *from,
                        int64_t bytes) {
  const Driver &driver = *device.driver;
  if (Failure failure = makeCurrent(device))
    return failure;
  if (bytes > 0)
    BPTT_CUDA_TRY(driver, cuMemcpyDtoH_v2, to, toAddress(from), bytes);
  return {};
}

bptt_status bptt_cuda_download(bptt_cuda *device, void *to, const void *from,
                               int64_t bytes, bptt_message *message) {
  return report(download(*device, to, from, bytes), message);
}

static Failure fill(const bptt_cuda &device, void *to, unsigned char value,
                    int64_t bytes) {
  const Driver &driver = *device.driver;
  if (Failure failure = makeCurrent(device))
    return failure;
  if (bytes > 0)
    BPTT_CUDA_TRY(driver, cuMemsetD8_v2, toAddress(to), value, bytes);
  return awaitCopies(driver);
}

bptt_status bptt_cuda_fill(bptt_cuda *device, void *to, unsigned char value,
                           int64_t bytes, bptt_message *message) {
  return report(fill(*device, to, value, bytes), message);
}

static Failure synchronize(const bptt_cuda &device) {
  if (Failure failure = makeCurrent(device))
    return failure;
  BPTT_CUDA_TRY(*device.driver, cuStreamSynchronize, device.stream);
  return {};
}

bptt_status bptt_cuda_synchronize(bptt_cuda *device, bptt_message *message) {
  return report(synchronize(*device), message);
}

static Failure startClock(const bptt_cuda &device) {
  if (Failure failure = makeCurrent(device))
    return failure;
  BPTT_CUDA_TRY(*device.driver, cuEventRecord, device.begin, device.stream);
  return {};
}

bptt_status bptt_cuda_start_clock(bptt_cuda *device, bptt_message *message) {
  return report(startClock(*device), message);
}

static Failure stopClock(const bptt_cuda &device, double *seconds) {
  const Driver &driver = *device.driver;
  float milliseconds = 0;
  if (Failure failure = makeCurrent(device))
    return failure;
  BPTT_CUDA_TRY(driver, cuEventRecord, device.end, device.stream);
  BPTT_CUDA_TRY(driver, cuEventSynchronize, device.end);
  BPTT_CUDA_TRY(driver, cuEventElapsedTime, &milliseconds, device.begin,
                device.end);
  *seconds = milliseconds * 1e-3;
  return {};
}

bptt_status bptt_cuda_stop_clock(bptt_cuda *device, double *seconds,
                                 bptt_message *message) {
  return report(stopClock(*device, seconds), message);
}
