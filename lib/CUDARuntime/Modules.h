//===- Modules.h - The run that a thread is in ------------------*- C++ -*-===//

#ifndef BPTT_LIB_CUDARUNTIME_MODULES_H
#define BPTT_LIB_CUDARUNTIME_MODULES_H

#include "Driver.h"

namespace bptt::cuda {

/// From bptt_cuda_begin to bptt_cuda_end; outside, there is no driver here.
struct RunState {
  const Driver *driver = nullptr;
  ContextId context = 0;
  std::string deviceName, chip;
  Failure failure;
};
RunState &getRunState();

/// Gives back what was made in a context for compiled code, while the context
/// is there: modules, and what cuBLASLt has. Nothing may be running in it.
void unloadModules(const Driver &driver, ContextId context);
void forgetProducts(ContextId context);

/// Whether what this thread puts into its stream is recorded.
bool isRecording();

/// Called before each launch: divides what this thread records, if it does.
Failure beforeLaunch(Stream stream);

} // namespace bptt::cuda

#endif
