//===- EmulatedWarpgroup.cpp - Products of four warps ---------------------===//
//
// Where the elements of a matrix are is as in the PTX ISA, section "Shared
// Memory Matrix Layout" of the warpgroup-level instructions: a descriptor has,
// in units of 16 bytes, the address of the first byte (bits 0 to 13), the
// leading offset (16 to 29) and the stride (32 to 45), and how rows are
// swizzled (62 and 63: by 128, 64 or 32 bytes). Eight rows lie one behind the
// other, the next eight a stride away. A row has neighbouring terms of a line,
// or else, where the matrix is turned, neighbouring lines; what does not fit
// into a row is then a leading offset away.
//
//===----------------------------------------------------------------------===//

#include "EmulatedWarpgroup.h"

#include <cstring>

using namespace bptt;

constexpr int64_t kTerms = 16, kRows = 64, kElementBytes = 2;

static uint16_t getElement(const SharedMemory &memory, uint64_t descriptor,
                           bool isTurned, int64_t line, int64_t term) {
  auto getField = [&](int bit) { return (descriptor >> bit & 0x3fff) << 4; };
  uint64_t mode = descriptor >> 62;
  if (mode == 0 || (descriptor >> 49 & 7) != 0)
    failEmulation("a layout of shared memory is not emulated");
  int64_t rowBytes = 256 >> mode;
  int64_t row = isTurned ? term : line, place = isTurned ? line : term;
  int64_t inRow = rowBytes / kElementBytes, offset = 0;
  if (isTurned) {
    offset = place / inRow * getField(16);
    place %= inRow;
  }
  offset += row / 8 * getField(32) + row % 8 * rowBytes + place * kElementBytes;
  uint16_t bits;
  std::memcpy(&bits, memory.find(swizzle(getField(0) + offset, rowBytes)),
              sizeof(bits));
  return bits;
}

uint16_t WarpgroupProduct::getLeft(const SharedMemory &memory, int64_t line,
                                   int64_t term) const {
  return getElement(memory, left, leftTurned, line, term);
}

uint16_t WarpgroupProduct::getRight(const SharedMemory &memory, int64_t line,
                                    int64_t term) const {
  return getElement(memory, right, rightTurned, line, term);
}

uint64_t WarpgroupProduct::hash(const SharedMemory &memory) const {
  uint64_t result = 0;
  auto add = [&](uint16_t bits) {
    result = (result ^ bits) * 0x100000001b3;
    result ^= result >> 29;
  };
  for (int64_t term = 0; term < kTerms; ++term) {
    for (int64_t line = 0; line < kRows; ++line)
      add(getLeft(memory, line, term));
    for (int64_t line = 0; line < columns; ++line)
      add(getRight(memory, line, term));
  }
  return result;
}

void WarpgroupQueue::add(const WarpgroupProduct &product,
                         const SharedMemory &memory) {
  if (!isFenced)
    failEmulation("a warpgroup multiplies without a fence");
  if (size == kMaxProducts)
    failEmulation("more products are in flight than are emulated");
  entries[size++] = {product, product.hash(memory), group};
}

void WarpgroupQueue::wait(int64_t pending, const SharedMemory &memory) {
  int64_t done = 0;
  for (; done < size && entries[done].group < group - pending; ++done)
    if (entries[done].product.hash(memory) != entries[done].hash)
      failEmulation("shared memory changes while tensor cores read it");
  size -= done;
  std::memmove(entries, entries + done, size * sizeof(Entry));
  isFenced = false;
}
