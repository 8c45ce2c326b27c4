//===- Placement.cpp - Offsets for buffers with known lives ---------------===//

#include "bptt/Dialect/BPTT/IR/Recurrence.h"
#include "bptt/Transforms/Arena.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/Support/MathExtras.h"

using namespace bptt;

Placement bptt::placeBuffers(llvm::ArrayRef<LiveBuffer> buffers) {
  Placement placement;
  placement.offsets.assign(buffers.size(), 0);
  auto order = llvm::to_vector(llvm::seq<size_t>(0, buffers.size()));
  llvm::stable_sort(order, [&](size_t a, size_t b) {
    return buffers[a].bytes > buffers[b].bytes;
  });
  llvm::SmallVector<size_t> placed;
  for (size_t index : order) {
    const LiveBuffer &buffer = buffers[index];
    llvm::SmallVector<std::pair<int64_t, int64_t>> taken;
    for (size_t other : placed)
      if (buffers[other].begin <= buffer.end &&
          buffer.begin <= buffers[other].end)
        taken.push_back({placement.offsets[other],
                         placement.offsets[other] +
                             int64_t(llvm::alignTo(buffers[other].bytes,
                                                   kArenaAlignment))});
    llvm::sort(taken);
    int64_t bytes = llvm::alignTo(buffer.bytes, kArenaAlignment), offset = 0;
    for (auto [begin, end] : taken) {
      if (offset + bytes <= begin)
        break;
      offset = std::max(offset, end);
    }
    placement.offsets[index] = offset;
    placement.bytes = std::max(placement.bytes, offset + bytes);
    placed.push_back(index);
  }
  return placement;
}
