//===- CublasLt.cpp - NVIDIA's matrix products, loaded when needed --------===//

#include "CublasLt.h"

#include <dlfcn.h>

using namespace bptt::cuda;

Failure bptt::cuda::describe(const CublasLt &library, const char *call,
                             CublasStatus status, const std::string &context) {
  const char *name = library.cublasLtGetStatusName(status);
  const char *meaning = library.cublasLtGetStatusString(status);
  return {BPTT_DEVICE_ERROR,
          context + ": " + call + " failed with " +
              (name ? name : "unknown status") + " (" + std::to_string(status) +
              "): " + (meaning ? meaning : "the library has no words for it")};
}

static Failure load(CublasLt &library) {
  void *handle = nullptr;
  std::string said;
  for (const char *name :
       {"libcublasLt.so.13", "libcublasLt.so.12", "libcublasLt.so"}) {
    handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (handle)
      break;
    if (said.empty())
      said = dlerror();
  }
  if (!handle)
    return {BPTT_NO_DEVICE, "the program was compiled with matmul=cublas, but "
                            "there is no cuBLASLt here: " +
                                said};
  const char *missing = nullptr;
  auto find = [&](auto &function, const char *name) {
    function =
        reinterpret_cast<std::decay_t<decltype(function)>>(dlsym(handle, name));
    if (!function)
      missing = name;
  };
#define BPTT_CUBLASLT_LOAD(name, parameters) find(library.name, #name);
  BPTT_CUBLASLT_FUNCTIONS(BPTT_CUBLASLT_LOAD)
#undef BPTT_CUBLASLT_LOAD
  find(library.cublasLtGetStatusName, "cublasLtGetStatusName");
  find(library.cublasLtGetStatusString, "cublasLtGetStatusString");
  if (missing)
    return {BPTT_NO_DEVICE,
            std::string("cuBLASLt is too old: it has no ") + missing};
  return {};
}

Failure bptt::cuda::getCublasLt(const CublasLt *&result) {
  static CublasLt library;
  static const Failure failure = load(library);
  result = &library;
  return failure;
}
