//===- Modules.cpp - Kernels, loaded when first launched ------------------===//
//
// Compiled host code registers its modules when the library is loaded, which
// may be on a machine without a driver, and looks a kernel up before every
// launch. It has no way to hear of failures, so the first one is kept, for the
// thread, until the run is over.
//
//===----------------------------------------------------------------------===//

#include "Modules.h"

#include <map>
#include <mutex>
#include <set>

using namespace bptt::cuda;

namespace {

/// One image in the library, and what became of it in each context.
struct Image {
  const void *data;
  int jitLevel; ///< for PTX text; -1 for machine code
  std::mutex mutex;
  struct Loaded {
    Context context = nullptr;
    Module module = nullptr;
    /// By the address of the name, which is a constant of the library.
    std::map<const char *, Function> functions;
  };
  std::map<ContextId, Loaded> loaded;
};

thread_local RunState state;

/// All images; never destroyed, since libraries are unloaded at the very end.
struct Images {
  std::mutex mutex;
  std::set<Image *> images;
};
Images &getImages() {
  static auto *images = new Images;
  return *images;
}

Image *addImage(const void *data, int jitLevel) {
  auto *image = new Image{data, jitLevel, {}, {}};
  std::lock_guard<std::mutex> lock(getImages().mutex);
  getImages().images.insert(image);
  return image;
}

} // namespace

RunState &bptt::cuda::getRunState() { return state; }

static Failure loadModule(const Driver &driver, const Image &image,
                          Module &module) {
  char log[2048] = "";
  int options[] = {kJitErrorLog, kJitErrorLogBytes, kJitOptimizationLevel};
  void *values[] = {log, reinterpret_cast<void *>(sizeof(log)),
                    reinterpret_cast<void *>(intptr_t(image.jitLevel))};
  bool isText = image.jitLevel >= 0;
  Result result = driver.cuModuleLoadDataEx(&module, image.data, isText ? 3 : 0,
                                            options, values);
  if (result == kSuccess)
    return {};
  std::string context = "the kernels cannot be loaded on " + state.deviceName;
  if (result == kNoBinaryForGpu)
    context = "the kernels were compiled for " + state.chip +
              " and cannot run on " + state.deviceName;
  if (result == kUnsupportedPtxVersion)
    context = "the driver is too old for the kernels' PTX";
  Failure failure = describe(driver, "cuModuleLoadDataEx", result, context);
  if (log[0])
    failure.text += std::string("\n") + log;
  return failure;
}

static Failure loadInto(const Image &image, Image::Loaded &loaded) {
  BPTT_CUDA_TRY(*state.driver, cuCtxGetCurrent, &loaded.context);
  return loadModule(*state.driver, image, loaded.module);
}

static Failure findFunction(Image &image, const char *name,
                            Function &function) {
  if (!state.driver)
    return {BPTT_DEVICE_ERROR,
            "compiled code for a device was called without bptt_run"};
  std::lock_guard<std::mutex> lock(image.mutex);
  Image::Loaded &loaded = image.loaded[state.context];
  if (!loaded.module)
    if (Failure failure = loadInto(image, loaded)) {
      image.loaded.erase(state.context);
      return failure;
    }
  auto known = loaded.functions.find(name);
  if (known == loaded.functions.end()) {
    if (Result result =
            state.driver->cuModuleGetFunction(&function, loaded.module, name))
      return describe(*state.driver, "cuModuleGetFunction", result,
                      std::string("kernel '") + name + "'");
    known = loaded.functions.emplace(name, function).first;
  }
  function = known->second;
  return {};
}

void *mgpuModuleLoad(void *data, size_t) { return addImage(data, -1); }

void *mgpuModuleLoadJIT(void *ptx, int32_t level) {
  return addImage(ptx, level);
}

void bptt::cuda::unloadModules(const Driver &driver, ContextId context) {
  std::lock_guard<std::mutex> lock(getImages().mutex);
  for (Image *image : getImages().images) {
    std::lock_guard<std::mutex> imageLock(image->mutex);
    auto loaded = image->loaded.find(context);
    if (loaded == image->loaded.end())
      continue;
    driver.cuModuleUnload(loaded->second.module);
    image->loaded.erase(loaded);
  }
}

/// Whether this is still the context that it was.
static bool isThere(const Driver &driver, Context context, ContextId id) {
  ContextId now = 0;
  return !identify(driver, context, now) && now == id;
}

/// Called when the library is unloaded, perhaps at the end of the process, when
/// contexts that the caller made are gone and took the modules with them: a
/// failure means nothing.
void mgpuModuleUnload(void *handle) {
  auto *image = static_cast<Image *>(handle);
  {
    std::lock_guard<std::mutex> lock(getImages().mutex);
    getImages().images.erase(image);
  }
  const Driver *driver = nullptr;
  if (!image->loaded.empty() && !getDriver(driver)) {
    Context previous = nullptr;
    driver->cuCtxGetCurrent(&previous);
    for (auto &[id, loaded] : image->loaded)
      if (isThere(*driver, loaded.context, id) &&
          driver->cuCtxSetCurrent(loaded.context) == kSuccess)
        driver->cuModuleUnload(loaded.module);
    driver->cuCtxSetCurrent(previous);
  }
  delete image;
}

void *mgpuModuleGetFunction(void *module, const char *name) {
  if (state.failure)
    return nullptr;
  Function function = nullptr;
  state.failure = findFunction(*static_cast<Image *>(module), name, function);
  return state.failure ? nullptr : function;
}

/// What a block may have without asking.
constexpr int32_t kSmallSharedBytes = 48 * 1024;

/// Asks before every launch: a function does not tell whether it has asked.
static Failure allowShared(Function function, int32_t sharedBytes) {
  if (sharedBytes <= kSmallSharedBytes)
    return {};
  if (Result result = state.driver->cuFuncSetAttribute(
          function, kMaxDynamicSharedBytes, sharedBytes))
    return describe(*state.driver, "cuFuncSetAttribute", result,
                    std::to_string(sharedBytes) + " bytes of shared memory");
  return {};
}

void mgpuLaunchKernel(void *function, intptr_t gridX, intptr_t gridY,
                      intptr_t gridZ, intptr_t blockX, intptr_t blockY,
                      intptr_t blockZ, int32_t sharedBytes, void *stream,
                      void **parameters, void **extra, size_t) {
  if (state.failure)
    return;
  state.failure = allowShared(static_cast<Function>(function), sharedBytes);
  if (!state.failure)
    state.failure = beforeLaunch(static_cast<Stream>(stream));
  if (state.failure)
    return;
  Result result = state.driver->cuLaunchKernel(
      static_cast<Function>(function), gridX, gridY, gridZ, blockX, blockY,
      blockZ, sharedBytes, static_cast<Stream>(stream), parameters, extra);
  if (result == kSuccess)
    return;
  auto size = [](intptr_t x, intptr_t y, intptr_t z) {
    return std::to_string(x) + "x" + std::to_string(y) + "x" +
           std::to_string(z);
  };
  state.failure =
      describe(*state.driver, "cuLaunchKernel", result,
               size(gridX, gridY, gridZ) + " blocks of " +
                   size(blockX, blockY, blockZ) + " threads with " +
                   std::to_string(sharedBytes) + " bytes of shared memory");
}
