//===- EmulateWarps.h - Calls for what threads do together ------*- C++ -*-===//

#ifndef BPTT_LIB_CONVERSION_GPU_EMULATEWARPS_H
#define BPTT_LIB_CONVERSION_GPU_EMULATEWARPS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/SymbolTable.h"

namespace bptt {

/// Replaces barriers, exchanges, fragments of matrices and asynchronous copies
/// by calls of the functions in bptt/Runtime/EmulatedLaunch.h, which it
/// declares.
class WarpEmulator {
public:
  WarpEmulator(mlir::ModuleOp module, mlir::SymbolTable &symbols)
      : module(module), symbols(symbols) {}

  /// Whether `op` is one that only GPUs have: where threads wait for one
  /// another, do something together, copy for themselves or round to TF32.
  static bool isCooperative(mlir::Operation *op);

  /// Replaces `op`, for which isCooperative() holds.
  void replace(mlir::Operation *op);

  /// A call of a runtime function.
  mlir::func::CallOp call(mlir::OpBuilder &builder, mlir::Location loc,
                          llvm::StringRef name, mlir::ValueRange arguments,
                          mlir::TypeRange results = {});

private:
  mlir::ModuleOp module;
  mlir::SymbolTable &symbols;
};

/// Memory of the thread for `bytes` bytes.
mlir::Value allocateForThread(mlir::OpBuilder &builder, mlir::Location loc,
                              int64_t bytes);

} // namespace bptt

#endif
