//===- SweepEmitter.h - The loop of one sweep -------------------*- C++ -*-===//

#ifndef BPTT_LIB_TRANSFORMS_SWEEPEMITTER_H
#define BPTT_LIB_TRANSFORMS_SWEEPEMITTER_H

#include "RecurrenceEmitter.h"

namespace bptt {

/// A forward and its backward, with what both sweeps share.
struct Sweeps {
  ForwardOp forward;
  BackwardOp backward;
  RecurrenceSizes sizes;
  mlir::Value stack,
      table;         // no table in the plain form
  mlir::Value fixed; // running states, then scratch; alive from the first sweep
                     // to the end of the second
};

/// Emits the sweep of `op`, the forward or the backward of `sweeps`, in front
/// of it: with `rolled`, a loop over the actions of the table, else plain BPTT.
void emitSweep(Sweeps &sweeps, mlir::Operation *op,
               mlir::ImplicitLocOpBuilder &builder, bool rolled);

} // namespace bptt

#endif
