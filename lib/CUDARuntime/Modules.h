//===- Modules.h - The run that a thread is in ------------------*- C++ -*-===//

#ifndef BPTT_LIB_CUDARUNTIME_MODULES_H
#define BPTT_LIB_CUDARUNTIME_MODULES_H

#include "Driver.h"

namespace bptt::cuda {

/// From bptt_cuda_begin to bptt_cuda_end; outside, there is no driver here.
struct RunState {
  const Driver *driver = nullptr;
  Context context = nullptr;
  std::string deviceName, chip;
  Failure failure;
};
RunState &getRunState();

/// Called before each launch: divides what this thread records, if it does.
Failure beforeLaunch(Stream stream);

} // namespace bptt::cuda

#endif
