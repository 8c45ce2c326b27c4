//===- Device.h - What a bptt_cuda is ---------------------------*- C++ -*-===//

#ifndef BPTT_LIB_CUDARUNTIME_DEVICE_H
#define BPTT_LIB_CUDARUNTIME_DEVICE_H

#include "Driver.h"

struct bptt_cuda {
  const bptt::cuda::Driver *driver = nullptr;
  bptt::cuda::DeviceOrdinal ordinal = 0;
  bptt::cuda::Context context = nullptr; ///< null: not retained
  /// What was current to the thread that opened it.
  bptt::cuda::Context previous = nullptr;
  bptt::cuda::Stream stream = nullptr;
  bptt::cuda::Event begin = nullptr, end = nullptr;
  std::string name;
};

namespace bptt::cuda {
/// Makes the device's context current to the calling thread, whatever was.
Failure makeCurrent(const bptt_cuda &device);
} // namespace bptt::cuda

#endif
