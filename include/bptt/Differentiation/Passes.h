//===- Passes.h - Differentiation as a pass ---------------------*- C++ -*-===//

#ifndef BPTT_DIFFERENTIATION_PASSES_H
#define BPTT_DIFFERENTIATION_PASSES_H

#include "mlir/Pass/Pass.h"

namespace bptt {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "bptt/Differentiation/Passes.h.inc"

} // namespace bptt

#endif
