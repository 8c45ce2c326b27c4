//===- ChainEmitter.h - The sweeps of a chain -------------------*- C++ -*-===//

#ifndef BPTT_LIB_TRANSFORMS_CHAINEMITTER_H
#define BPTT_LIB_TRANSFORMS_CHAINEMITTER_H

#include "ChainMemory.h"

namespace bptt {

/// Replaces `forward` and its backward by code over the memory `stack`: with a
/// `table`, one loop a sweep over the table's actions, which selects the step's
/// cells; without, plain BPTT, one step after the other. The memory beside the
/// stack is allocated in front of the first sweep.
void expandChain(ChainForwardOp forward, mlir::Value stack, mlir::Value table);

} // namespace bptt

#endif
