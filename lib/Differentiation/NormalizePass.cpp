//===- NormalizePass.cpp - The normal form as a pass ----------------------===//

#include "bptt/Differentiation/Passes.h"

#include "Normalize.h"
#include "ScanActivity.h"
#include "bptt/Dialect/BPTT/IR/BPTTDialect.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace bptt {
#define GEN_PASS_DEF_NORMALIZE
#include "bptt/Differentiation/Passes.h.inc"
} // namespace bptt

namespace {

struct Normalize : bptt::impl::NormalizeBase<Normalize> {
  void runOnOperation() override {
    llvm::SetVector<Operation *> functions;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.isPublic() && !function.isExternal())
        functions.insert(function);
    for (size_t next = 0; next < functions.size(); ++next) {
      auto function = cast<func::FuncOp>(functions[next]);
      if (failed(bptt::normalize(function)))
        return signalPassFailure();
      function.walk(
          [&](bptt::ScanOp scan) { functions.insert(bptt::getCell(scan)); });
    }
    for (auto function :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (function.isPrivate() && !functions.contains(function) &&
          SymbolTable::symbolKnownUseEmpty(function, getOperation()))
        function.erase();
  }
};

} // namespace
