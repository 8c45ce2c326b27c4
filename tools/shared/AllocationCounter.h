//===- AllocationCounter.h - Calls of the allocator in a run ----*- C++ -*-===//

#ifndef BPTT_TOOLS_SHARED_ALLOCATIONCOUNTER_H
#define BPTT_TOOLS_SHARED_ALLOCATIONCOUNTER_H

#include <cstdint>

namespace bptt {

/// From one call to the other every call of the allocator is counted, on any
/// thread.
void startCountingAllocations();
void stopCountingAllocations();

/// Calls so far; -1 where the allocator cannot be interposed (sanitizers).
int64_t getCountedAllocations();

} // namespace bptt

#endif
