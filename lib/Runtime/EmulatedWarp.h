//===- EmulatedWarp.h - What 32 threads do together -------------*- C++ -*-===//

#ifndef BPTT_LIB_RUNTIME_EMULATEDWARP_H
#define BPTT_LIB_RUNTIME_EMULATEDWARP_H

#include "EmulatedWarpgroup.h"

#include <cstdint>

namespace bptt {

constexpr int kLanes = 32;

/// One lane's part in what its warp does together: arguments as in
/// bptt/Runtime/EmulatedLaunch.h.
struct LaneRequest {
  enum class Kind { Exchange, LoadMatrices, Multiply, MultiplyGroup } kind;
  /// The distance, whether transposed, or the type: the same for all lanes.
  int64_t how;
  /// A number, a row of a matrix, or the parts of A, B and C.
  const void *a, *b, *c;
  void *result;
  /// The warp's number, and what its group of four multiplies.
  int64_t warp = 0;
  WarpgroupProduct product = {};

  bool agreesWith(const LaneRequest &other) const {
    return kind == other.kind && how == other.how && product == other.product;
  }
};

/// Does what the 32 lanes of a warp ask for. They agree.
void performTogether(const LaneRequest *lanes, const SharedMemory &shared);

} // namespace bptt

#endif
