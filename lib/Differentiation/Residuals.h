//===- Residuals.h - What a step hands to its backward ----------*- C++ -*-===//

#ifndef BPTT_LIB_DIFFERENTIATION_RESIDUALS_H
#define BPTT_LIB_DIFFERENTIATION_RESIDUALS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace bptt {

/// The ways to tape a step of `cell`, at most `maxModes`: for each, the values
/// to keep so that, with the arguments and the `numCarries` first results at
/// hand, every value of `needed` can be had. In the order of their definition.
///
/// The first way computes no contraction and no reduction again, and keeps the
/// fewest bytes; among equals, the values nearest to those needed. The others
/// keep fewer bytes each, and compute some contractions and reductions again:
/// the least work for what they save, and less than evaluating the step again,
/// which a plan can have without them; a tape, the state included, is a tenth
/// smaller with each.
llvm::SmallVector<llvm::SmallVector<mlir::Value>>
chooseResiduals(mlir::func::FuncOp cell, size_t numCarries,
                llvm::ArrayRef<mlir::Value> needed, unsigned maxModes);

} // namespace bptt

#endif
