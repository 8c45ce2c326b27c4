//===- Passes.h - Lowering towards a target ---------------------*- C++ -*-===//

#ifndef BPTT_CONVERSION_PASSES_H
#define BPTT_CONVERSION_PASSES_H

#include "mlir/Pass/Pass.h"

namespace bptt {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "bptt/Conversion/Passes.h.inc"

} // namespace bptt

#endif
