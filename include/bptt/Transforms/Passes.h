//===- Passes.h - Passes on recurrences -------------------------*- C++ -*-===//

#ifndef BPTT_TRANSFORMS_PASSES_H
#define BPTT_TRANSFORMS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::func {
class FuncOp;
} // namespace mlir::func

namespace bptt {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "bptt/Transforms/Passes.h.inc"

} // namespace bptt

#endif
