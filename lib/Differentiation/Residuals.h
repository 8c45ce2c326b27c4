//===- Residuals.h - What a step hands to its backward ----------*- C++ -*-===//

#ifndef BPTT_LIB_DIFFERENTIATION_RESIDUALS_H
#define BPTT_LIB_DIFFERENTIATION_RESIDUALS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace bptt {

/// The ways to tape a step of `cell`, at most `maxModes`: for each, the values
/// to keep so that, with the arguments and the `numCarries` first results at
/// hand, every value of `needed` can be had. In the order of their definition.
///
/// The first way is the fastest: it computes no contraction and no reduction
/// again, and an element-wise value only where that takes less time than
/// writing and reading it, by the cost model; among equals, it keeps the values
/// nearest to those needed. The others keep fewer bytes each: the fewest
/// without a contraction or reduction computed again, then fewer with some of
/// them, at the least work for what they save, and less than evaluating the
/// step again, which a plan can have without them; a tape, the state included,
/// is a tenth smaller with each.
llvm::SmallVector<llvm::SmallVector<mlir::Value>>
chooseResiduals(mlir::func::FuncOp cell, size_t numCarries,
                llvm::ArrayRef<mlir::Value> needed, unsigned maxModes);

} // namespace bptt

#endif
