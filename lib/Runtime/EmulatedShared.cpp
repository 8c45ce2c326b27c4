//===- EmulatedShared.cpp - A block's shared memory -----------------------===//

#include "EmulatedShared.h"

#include "bptt-c/program.h"
#include "bptt/Runtime/EmulatedLaunch.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace bptt;

/// What descriptors of matrices can name. Aligned to its size, so that the last
/// 18 bits of an address here are those that it has on a chip.
constexpr int64_t kWindowBytes = 1 << 18;
/// What a block may ask for on sm_90.
constexpr int64_t kMaxBytes = 227 * 1024;
/// The chip promises no more than this for the first byte.
constexpr int64_t kBase = 16;
static char storage[2 * kWindowBytes];

static int64_t getWindow() {
  auto address = reinterpret_cast<intptr_t>(storage);
  return (address + kWindowBytes - 1) / kWindowBytes * kWindowBytes;
}

void bptt::failEmulation(const char *what) {
  std::fprintf(stderr, "bptt: emulated kernel: %s\n", what);
  std::abort();
}

/// As an mbarrier, 8 bytes of shared memory.
struct SharedMemory::Barrier {
  int32_t pendingBytes;
  uint16_t pendingArrivals;
  uint16_t arrivals : 15, phase : 1;
};

void SharedMemory::reserve(int64_t newBytes) {
  if (newBytes > kMaxBytes)
    failEmulation("a block asks for more than 227 KiB of shared memory");
  bytes = newBytes;
}

void SharedMemory::begin(bool copiesAreLate) {
  if (bytes > 0)
    std::memset(storage, 0xff, sizeof(storage)); // NaN
  numCopies = 0;
  areLate = copiesAreLate;
}

int64_t SharedMemory::getBase() const { return getWindow() + kBase; }

const char *SharedMemory::find(uint64_t address) const {
  return get(getWindow() + address % kWindowBytes, 1);
}

char *SharedMemory::get(int64_t address, int64_t size) const {
  if (address < getBase() || address + size > getBase() + bytes)
    failEmulation("an address is not in the shared memory of the block");
  return reinterpret_cast<char *>(address);
}

SharedMemory::Barrier &SharedMemory::getBarrier(int64_t address) const {
  static_assert(sizeof(Barrier) == 8);
  if (address % 8 != 0)
    failEmulation("a barrier is not aligned to 8 bytes");
  return *reinterpret_cast<Barrier *>(get(address, sizeof(Barrier)));
}

void SharedMemory::initializeBarrier(int64_t address, int64_t count) {
  Barrier &barrier = getBarrier(address);
  barrier.pendingBytes = 0;
  barrier.pendingArrivals = count;
  barrier.arrivals = count;
  barrier.phase = 0;
}

void SharedMemory::finishPhase(Barrier &barrier) {
  if (barrier.pendingArrivals > 0 || barrier.pendingBytes != 0)
    return;
  barrier.pendingArrivals = barrier.arrivals;
  barrier.phase ^= 1;
}

void SharedMemory::arrive(int64_t address, int64_t newBytes) {
  Barrier &barrier = getBarrier(address);
  if (barrier.pendingArrivals == 0)
    failEmulation("more threads arrive at a barrier than it waits for");
  barrier.pendingBytes += newBytes;
  --barrier.pendingArrivals;
  finishPhase(barrier);
}

bool SharedMemory::isOver(int64_t address, int64_t parity) const {
  return getBarrier(address).phase != parity;
}

void SharedMemory::copy(int64_t to, const EmulatedTensorMap &map,
                        int64_t barrier, int64_t column, int64_t row) {
  if (map.mark != EmulatedTensorMap::kMark)
    failEmulation("what boxes are copied by is not a tensor map");
  // The pattern of a swizzle repeats after eight rows.
  if (to % std::max<int64_t>(128, 8 * map.swizzleBytes) != 0)
    failEmulation("a box does not begin where its swizzle does");
  get(to, map.getBytes());
  Copy copy{to, barrier, column, row, map};
  if (!areLate)
    return perform(copy);
  if (numCopies == kMaxCopies)
    failEmulation("more copies are in flight than are emulated");
  copies[numCopies++] = copy;
}

/// Outside of the matrix there are zeros, which count as copied.
void SharedMemory::perform(const Copy &copy) {
  const EmulatedTensorMap &map = copy.map;
  int64_t size = map.elementBytes;
  for (int64_t i = 0; i < map.boxRows; ++i)
    for (int64_t j = 0; j < map.boxColumns; ++j) {
      int64_t row = copy.row + i, column = copy.column + j;
      auto *to = reinterpret_cast<char *>(swizzle(
          copy.to + i * map.getRowBytes() + j * size, map.swizzleBytes));
      if (row >= 0 && row < map.rows && column >= 0 && column < map.columns)
        std::memcpy(to, map.base + row * map.strideBytes + column * size, size);
      else
        std::memset(to, 0, size);
    }
  Barrier &barrier = getBarrier(copy.barrier);
  barrier.pendingBytes -= map.getBytes();
  finishPhase(barrier);
}

bool SharedMemory::hurry(int64_t barrier) {
  int64_t kept = 0;
  for (int64_t i = 0; i < numCopies; ++i)
    if (copies[i].barrier == barrier)
      perform(copies[i]);
    else
      copies[kept++] = copies[i];
  bool hadCopies = kept < numCopies;
  numCopies = kept;
  return hadCopies;
}

void bptt_emulated_tensor_map(void *map, int64_t address, int64_t columns,
                              int64_t rows, int64_t strideBytes,
                              int64_t boxColumns, int64_t boxRows,
                              int64_t swizzleBytes, int64_t element) {
  EmulatedTensorMap made{EmulatedTensorMap::kMark,
                         reinterpret_cast<const char *>(address),
                         columns,
                         rows,
                         strideBytes,
                         boxColumns,
                         boxRows,
                         swizzleBytes,
                         element == BPTT_F32 ? 4 : 2};
  int64_t rowBytes = made.getRowBytes();
  if (reinterpret_cast<uintptr_t>(map) % 64 != 0)
    failEmulation("a tensor map is not aligned to 64 bytes");
  if (address % 16 != 0 || strideBytes % 16 != 0)
    failEmulation("a tensor map's matrix is not aligned to 16 bytes");
  bool isKnown = swizzleBytes == 0 || swizzleBytes == 32 ||
                 swizzleBytes == 64 || swizzleBytes == 128;
  if (!isKnown || (swizzleBytes != 0 && rowBytes != swizzleBytes) ||
      boxRows > 256 || boxColumns > 256)
    failEmulation("a tensor map's boxes have a size that no swizzle has");
  std::memcpy(map, &made, sizeof(made));
}
