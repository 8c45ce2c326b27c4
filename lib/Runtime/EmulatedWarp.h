//===- EmulatedWarp.h - What 32 threads do together -------------*- C++ -*-===//

#ifndef BPTT_LIB_RUNTIME_EMULATEDWARP_H
#define BPTT_LIB_RUNTIME_EMULATEDWARP_H

#include <cstdint>

namespace bptt {

constexpr int kLanes = 32;

/// One lane's part in what its warp does together: arguments as in
/// bptt/Runtime/EmulatedLaunch.h.
struct LaneRequest {
  enum class Kind { Exchange, LoadMatrices, Multiply } kind;
  /// The distance, whether transposed, or the type: the same for all lanes.
  int64_t how;
  /// A number, a row of a matrix, or the parts of A, B and C.
  const void *a, *b, *c;
  void *result;

  bool agreesWith(const LaneRequest &other) const {
    return kind == other.kind && how == other.how;
  }
};

/// Does what the 32 lanes of a warp ask for. They agree.
void performTogether(const LaneRequest *lanes);

} // namespace bptt

#endif
