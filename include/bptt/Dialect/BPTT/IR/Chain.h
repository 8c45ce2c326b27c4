//===- Chain.h - Recurrences whose steps differ -----------------*- C++ -*-===//

#ifndef BPTT_DIALECT_BPTT_IR_CHAIN_H
#define BPTT_DIALECT_BPTT_IR_CHAIN_H

#include "bptt/Dialect/BPTT/IR/BPTTDialect.h"

namespace bptt {

/// Positions, among the invariants of a chain, of those that `step` uses.
inline llvm::ArrayRef<int64_t> getUses(mlir::ArrayAttr uses, size_t step) {
  return llvm::cast<mlir::DenseI64ArrayAttr>(uses[step]).asArrayRef();
}

/// The function that `chain` applies at `step`. The chain has been verified.
mlir::func::FuncOp getCell(ChainOp chain, size_t step);

/// Replaces a chain by its steps.
void splitChain(ChainOp chain);

} // namespace bptt

#endif
