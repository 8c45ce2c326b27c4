//===- WarpgroupStages.h - Tiles on their way -------------------*- C++ -*-===//

#ifndef BPTT_LIB_CONVERSION_GPU_WARPGROUPSTAGES_H
#define BPTT_LIB_CONVERSION_GPU_WARPGROUPSTAGES_H

#include "ProductFrame.h"

namespace bptt {

/// Places in shared memory that one thread fills and warps empty, in turn, the
/// same for all products of a kernel. Two barriers (mbarrier) belong to each:
/// its phases are over when all bytes have come, and when all warps are done.
/// Tile `number` is the `number` / stages th in its place, which is the phase.
class WarpgroupStages {
public:
  /// What starts a place: the strictest swizzle repeats after as many bytes.
  static constexpr int64_t kAlignment = 1024;

  /// `stages` places of `stageBytes` bytes for `readers` warps, in memory that
  /// is taken here.
  WarpgroupStages(ProductFrame &frame, int64_t stages, int64_t stageBytes,
                  int64_t readers);

  static int64_t getBytes(int64_t stages, int64_t stageBytes) {
    return kAlignment + stages * (stageBytes + 2 * kBarrierBytes);
  }

  /// Once, by one thread, before all threads meet.
  void initialize();

  /// The address of the place of tile `number`.
  mlir::Value getPlace(mlir::Value number);

  /// For the one who fills: waits until the place is free, and announces what
  /// will come; returns the barrier where it counts.
  mlir::Value beginFilling(mlir::Value number);
  /// For those who read: waits until all of it has come, and says that the warp
  /// is done.
  void waitUntilFull(mlir::Value number);
  void release(mlir::Value number);

private:
  static constexpr int64_t kBarrierBytes = 8;

  mlir::Value getBarrier(mlir::Value number, bool isOfFilling);
  void wait(mlir::Value barrier, mlir::Value number, int64_t phasesBefore);

  ProductFrame &frame;
  int64_t stages, stageBytes, readers;
  mlir::Value first; // address
};

} // namespace bptt

#endif
