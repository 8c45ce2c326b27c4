//===- DifferentiableOpInterface.h - Reverse-mode rules ---------*- C++ -*-===//

#ifndef BPTT_DIFFERENTIATION_DIFFERENTIABLEOPINTERFACE_H
#define BPTT_DIFFERENTIATION_DIFFERENTIABLEOPINTERFACE_H

#include "bptt/Differentiation/Adjoint.h"

#include "mlir/IR/OpDefinition.h"

#include "bptt/Differentiation/DifferentiableOpInterface.h.inc"

#endif
