//===- Differentiate.h - Value and gradient of a function -------*- C++ -*-===//

#ifndef BPTT_DIFFERENTIATION_DIFFERENTIATE_H
#define BPTT_DIFFERENTIATION_DIFFERENTIATE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Support/LogicalResult.h"
#include "llvm/ADT/ArrayRef.h"

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace bptt {

/// Marks an argument that gradients are wanted for.
constexpr llvm::StringLiteral kWrtAttrName = "bptt.wrt";

/// The arguments of `function` marked `bptt.wrt`, else all of floating-point
/// type.
llvm::SmallVector<int64_t> getDefaultWrt(mlir::func::FuncOp function);

/// Adds `@<name>_value_and_grad` behind `function`: same arguments; its
/// results, then one gradient per entry of `wrt`. The first result of
/// `function` is the loss, a float or a tensor of rank 0. Cells that are
/// differentiated are brought into the normal form (calls inlined, structured
/// operations generic), with their meaning unchanged; what is derived from them
/// is added to the module. A step can be taped in at most `maxTapeModes` ways,
/// at least one. Fails with an error where something cannot be differentiated.
mlir::FailureOr<mlir::func::FuncOp> differentiate(mlir::func::FuncOp function,
                                                  llvm::ArrayRef<int64_t> wrt,
                                                  unsigned maxTapeModes);

/// Attaches the rules for upstream operations and for this dialect's.
void registerDifferentiationRules(mlir::DialectRegistry &registry);

} // namespace bptt

#endif
