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

  /// How much shared memory there is for what.
  struct Sizes {
    int64_t stages, stageBytes;
    /// Beside the stages, for what readers make of what is there: for two tiles
    /// in turn, or for the only one.
    int64_t scratches, scratchBytes;

    int64_t getBytes() const {
      return kAlignment + getBarriers() + 2 * stages * kBarrierBytes;
    }
    int64_t getScratch() const { return stages * stageBytes; }
    int64_t getBarriers() const {
      return getScratch() + scratches * scratchBytes;
    }
  };

  /// For `readers` warps, in memory that is taken here.
  WarpgroupStages(ProductFrame &frame, const Sizes &sizes, int64_t readers);

  /// Once, by one thread, before all threads meet.
  void initialize();

  /// The address of the place of tile `number`.
  mlir::Value getPlace(mlir::Value number);

  /// That of its scratch memory, which the next but one has as well.
  mlir::Value getScratch(mlir::Value number);

  /// For the one who fills: waits until the place is free, and announces the
  /// bytes that will come; returns the barrier where they count.
  mlir::Value beginFilling(mlir::Value number, int64_t bytes);
  /// For those who read: waits until all of it has come, and says that the warp
  /// is done.
  void waitUntilFull(mlir::Value number);
  void release(mlir::Value number);
  /// For those who read: all of them come here. Makes what they wrote to
  /// scratch memory visible to the tensor cores of all, if each calls fence()
  /// before.
  void meet();
  void fence();

private:
  static constexpr int64_t kBarrierBytes = 8;

  mlir::Value getBarrier(mlir::Value number, bool isOfFilling);
  void wait(mlir::Value barrier, mlir::Value number, int64_t phasesBefore);

  ProductFrame &frame;
  Sizes sizes;
  int64_t readers;
  mlir::Value first; // address
};

} // namespace bptt

#endif
