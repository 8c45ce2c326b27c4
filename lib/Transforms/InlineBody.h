//===- InlineBody.h - Code in the place of a call ---------------*- C++ -*-===//

#ifndef BPTT_LIB_TRANSFORMS_INLINEBODY_H
#define BPTT_LIB_TRANSFORMS_INLINEBODY_H

#include "bptt/Dialect/BPTT/IR/BPTTDialect.h"

namespace bptt {

/// A copy of `body` in front of `op`, in place of it. Every copy has its own
/// values: nothing is shared with another evaluation of the same step.
void inlineBody(mlir::Operation *op, mlir::Block &body,
                mlir::ValueRange arguments);

/// The same for a step and its cell, a function of one block.
void inlineStep(StepOp step, mlir::func::FuncOp cell);

} // namespace bptt

#endif
