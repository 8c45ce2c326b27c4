//===- Materialize.h - The passes that make storage appear ------*- C++ -*-===//

#ifndef BPTT_TRANSFORMS_MATERIALIZE_H
#define BPTT_TRANSFORMS_MATERIALIZE_H

#include "llvm/ADT/StringRef.h"

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace bptt {

/// Recurrences on tensors to recurrences on memrefs. Cells without recurrences
/// have a workspace.
void addCellBufferizationPasses(mlir::OpPassManager &pm);

/// The same, and recurrences inside cells to loops; all cells have a workspace:
/// sizes are known now.
void addBufferizationPasses(mlir::OpPassManager &pm);

/// The unrolled form: planned recurrences to straight-line code, in front of
/// bufferization.
void addUnrollingPasses(mlir::OpPassManager &pm);

/// Those to loops, and every buffer to its place in the arena. `form` is
/// `rolled` or `plain`.
void addExpansionPasses(mlir::OpPassManager &pm, llvm::StringRef form);

} // namespace bptt

#endif
