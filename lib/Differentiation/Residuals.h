//===- Residuals.h - What a step hands to its backward ----------*- C++ -*-===//

#ifndef BPTT_LIB_DIFFERENTIATION_RESIDUALS_H
#define BPTT_LIB_DIFFERENTIATION_RESIDUALS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace bptt {

/// The values of `cell` to keep so that, with the arguments and the
/// `numCarries` first results at hand, every value of `needed` can be had
/// without computing a contraction or a reduction again: the fewest bytes;
/// among equals, the values nearest to those needed. In the order of their
/// definition.
llvm::SmallVector<mlir::Value>
chooseResiduals(mlir::func::FuncOp cell, size_t numCarries,
                llvm::ArrayRef<mlir::Value> needed);

} // namespace bptt

#endif
