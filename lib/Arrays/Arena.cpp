//===- Arena.cpp - Memory that tells how far it was used ------------------===//

#include "bptt/Arrays/Arena.h"

#include "llvm/Support/MathExtras.h"

#include <cstring>

using namespace bptt;

bool Arena::allocate(int64_t bytes) {
  totalBytes = bytes + kGuardBytes;
  memory.reset(static_cast<char *>(
      std::aligned_alloc(kAlignment, llvm::alignTo(totalBytes, kAlignment))));
  return memory != nullptr;
}

void Arena::poison() { std::memset(memory.get(), kPoison, totalBytes); }

int64_t Arena::peakBytes() const { return findPeak(memory.get(), totalBytes); }

int64_t bptt::findPeak(const char *memory, int64_t bytes) {
  while (bytes > 0 && memory[bytes - 1] == Arena::kPoison)
    --bytes;
  return llvm::alignTo(bytes, Arena::kAlignment);
}
