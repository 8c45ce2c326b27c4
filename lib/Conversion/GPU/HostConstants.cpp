//===- HostConstants.cpp - Constants that kernels would not see -----------===//

#include "HostConstants.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;
using namespace bptt;

bool bptt::isView(Operation *op) {
  return isa_and_nonnull<ViewLikeOpInterface>(op) && op->getNumResults() == 1 &&
         isa<MemRefType>(op->getResult(0).getType());
}

Operation *bptt::findConstant(Value memref) {
  Operation *op = memref.getDefiningOp();
  while (isView(op))
    op = op->getOperand(0).getDefiningOp();
  return isa_and_nonnull<memref::GetGlobalOp>(op) ? op : nullptr;
}

/// Whether an address in `memref` is used for more than further views.
static bool isPassed(Value memref) {
  return llvm::any_of(memref.getUsers(), [](Operation *user) {
    bool onHost = !user->getParentOfType<gpu::LaunchOp>();
    if (!onHost ||
        !(isView(user) || isa<memref::ExtractStridedMetadataOp>(user)))
      return true;
    return llvm::any_of(user->getResults(), [](Value result) {
      return isa<MemRefType>(result.getType()) && isPassed(result);
    });
  });
}

LogicalResult bptt::refuseHostConstants(ModuleOp module) {
  WalkResult checked =
      module.walk([](memref::GetGlobalOp constant) -> WalkResult {
        if (constant->getParentOfType<gpu::LaunchOp>() ||
            !isPassed(constant.getResult()))
          return WalkResult::advance();
        return constant.emitOpError("passes a constant of the host to kernels, "
                                    "which cannot see it; make it an argument "
                                    "of the function");
      });
  return failure(checked.wasInterrupted());
}
