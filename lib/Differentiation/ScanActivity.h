//===- ScanActivity.h - What depends on what through a scan -----*- C++ -*-===//

#ifndef BPTT_LIB_DIFFERENTIATION_SCANACTIVITY_H
#define BPTT_LIB_DIFFERENTIATION_SCANACTIVITY_H

#include "bptt/Dialect/BPTT/IR/BPTTDialect.h"
#include "bptt/Differentiation/Adjoint.h"

#include "llvm/ADT/BitVector.h"

namespace bptt {

/// Positions of the values of a scan that have cotangents, in the terms of
/// `bptt.backward`.
struct ScanActivity {
  llvm::SmallVector<int64_t> carries, outputs, inputs, invariants;

  bool operator==(const ScanActivity &other) const {
    return carries == other.carries && outputs == other.outputs &&
           inputs == other.inputs && invariants == other.invariants;
  }
};

/// The function that `scan` applies. The scan has been verified.
mlir::func::FuncOp getCell(ScanOp scan);

/// Results of `scan` that depend on `varying` values, by the fixed point over
/// its carries.
llvm::SmallVector<mlir::Value> getVaryingResults(ScanOp scan,
                                                 const ValueSet &varying);

/// What is active in `scan`: carries that depend on what is differentiated for
/// and lead to a result with a cotangent, such outputs, and the inputs and
/// invariants that lead to either. With a rule supplied by the user, everything
/// of floating-point type.
ScanActivity getActivity(ScanOp scan,
                         llvm::function_ref<bool(mlir::Value)> wantsCotangent,
                         llvm::function_ref<bool(mlir::Value)> hasCotangent);

} // namespace bptt

#endif
