//===- AllocationCounter.cpp - Calls of the allocator in a run ------------===//
//
// Interposes the C allocator of this process. The sanitizers do that
// themselves.
//
//===----------------------------------------------------------------------===//

#include "AllocationCounter.h"

#include <atomic>
#include <cerrno>
#include <cstdlib>

#if defined(BPTT_SANITIZED)

void bptt::startCountingAllocations() {}
void bptt::stopCountingAllocations() {}
int64_t bptt::getCountedAllocations() { return -1; }

#else

namespace {
std::atomic<bool> isCounting{false};
std::atomic<int64_t> numCalls{0};
} // namespace

void bptt::startCountingAllocations() { isCounting = true; }
void bptt::stopCountingAllocations() { isCounting = false; }
int64_t bptt::getCountedAllocations() { return numCalls; }

static void count() {
  if (isCounting.load(std::memory_order_relaxed))
    numCalls.fetch_add(1, std::memory_order_relaxed);
}

extern "C" {
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

void *malloc(size_t size) {
  count();
  return __libc_malloc(size);
}
void *calloc(size_t number, size_t size) {
  count();
  return __libc_calloc(number, size);
}
void *realloc(void *pointer, size_t size) {
  count();
  return __libc_realloc(pointer, size);
}
void *memalign(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}
int posix_memalign(void **result, size_t alignment, size_t size) {
  count();
  *result = __libc_memalign(alignment, size);
  return *result ? 0 : ENOMEM;
}
}

#endif
