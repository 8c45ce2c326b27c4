//===- VerifyCells.h - What verifiers of recurrences share ------*- C++ -*-===//
//
// Each of these emits its own error at `op`.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_LIB_DIALECT_BPTT_IR_VERIFYCELLS_H
#define BPTT_LIB_DIALECT_BPTT_IR_VERIFYCELLS_H

#include "bptt/Dialect/BPTT/IR/BPTTDialect.h"

namespace bptt {

/// Cells become destination-passing functions on memrefs; from then on only
/// their names are checked.
bool isBufferized(mlir::func::FuncOp cell);

/// The function `name`, which has a body.
mlir::FailureOr<mlir::func::FuncOp>
lookUpCell(mlir::Operation *op, mlir::FlatSymbolRefAttr name,
           mlir::SymbolTableCollection &symbols);

/// `found` are the argument or result types (`what`) of `cell`; with `prefix`,
/// more than the expected ones may follow.
mlir::LogicalResult compare(mlir::Operation *op, mlir::func::FuncOp cell,
                            mlir::TypeRange found, mlir::TypeRange expected,
                            llvm::StringRef what, bool prefix = false);

/// `types` are ranked tensors of static shape, of integers or floats.
mlir::LogicalResult verifyStatic(mlir::Operation *op, mlir::func::FuncOp cell,
                                 mlir::TypeRange types, llvm::StringRef what);

/// Results of the tensor form, `outs` of the buffer form; never both.
mlir::LogicalResult collectResults(mlir::Operation *op,
                                   mlir::ValueRange results,
                                   mlir::ValueRange outs,
                                   llvm::SmallVector<mlir::Type> &types);

/// The types of two lists of values agree, up to tensors and memrefs.
mlir::LogicalResult verifySame(mlir::Operation *op, mlir::ValueRange found,
                               mlir::ValueRange expected, llvm::StringRef what);

/// `positions` are increasing and below `bound`.
mlir::LogicalResult verifyPositions(mlir::Operation *op,
                                    llvm::ArrayRef<int64_t> positions,
                                    size_t bound, llvm::StringRef what);

/// `found`, tensors or memrefs, are `expected`, tensors.
mlir::LogicalResult verifyTypes(mlir::Operation *op, mlir::TypeRange found,
                                llvm::ArrayRef<mlir::Type> expected,
                                llvm::StringRef what);

} // namespace bptt

#endif
