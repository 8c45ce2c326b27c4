//===- Purity.cpp - A cell must give the same result whenever it is run ---===//

#include "bptt/Dialect/BPTT/IR/Recurrence.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

LogicalResult bptt::verifyPureCell(Operation *user, func::FuncOp cell,
                                   SymbolTableCollection &symbols) {
  llvm::SetVector<Operation *> callees;
  callees.insert(cell);
  for (size_t next = 0; next < callees.size(); ++next) {
    Operation *function = callees[next];
    auto fail = [&](Operation *op, const Twine &why) -> WalkResult {
      InFlightDiagnostic error =
          user->emitOpError()
          << "cell @" << cell.getName()
          << " is not pure, so it cannot be evaluated again";
      error.attachNote(op->getLoc()) << "'" << op->getName() << "' " << why;
      return WalkResult::interrupt();
    };
    WalkResult result = function->walk([&](Operation *op) -> WalkResult {
      if (op == function || op->hasTrait<OpTrait::IsTerminator>())
        return WalkResult::advance();
      if (auto call = dyn_cast<func::CallOp>(op)) {
        auto callee = symbols.lookupNearestSymbolFrom<FunctionOpInterface>(
            op, call.getCalleeAttr());
        if (!callee || callee.isExternal())
          return fail(op, "calls a function without a body");
        callees.insert(callee);
        return WalkResult::advance();
      }
      // Operations of this dialect name their own cells, whose purity their own
      // verifiers check.
      if (op->getDialect() == user->getDialect())
        return WalkResult::advance();
      if (op->hasTrait<OpTrait::HasRecursiveMemoryEffects>())
        return WalkResult::advance();
      if (!isMemoryEffectFree(op))
        return fail(op, "has or may have a side effect");
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      return failure();
  }
  return success();
}
