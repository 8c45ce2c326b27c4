//===- AllocationCounter.h - Calls of the allocator in a sweep --*- C++ -*-===//

#ifndef BPTT_TOOLS_BPTT_RUN_ALLOCATIONCOUNTER_H
#define BPTT_TOOLS_BPTT_RUN_ALLOCATIONCOUNTER_H

#include <cstdint>

namespace bptt {

/// Has every call of the allocator counted, on any thread, while compiled code
/// runs.
void installAllocationCounter();

/// Calls since the counter was installed; -1 where the allocator cannot be
/// interposed (sanitizers).
int64_t getAllocationsInSweeps();

} // namespace bptt

#endif
