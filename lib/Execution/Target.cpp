//===- Target.cpp - What is differentiated, and by what -------------------===//

#include "bptt/Execution/Compiler.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace bptt;

llvm::Expected<Target> bptt::resolveTarget(ModuleOp module, Target target) {
  func::FuncOp function;
  if (!target.function.empty()) {
    function = module.lookupSymbol<func::FuncOp>(target.function);
    if (!function || function.isExternal())
      return llvm::createStringError("there is no function @" +
                                     target.function);
  } else {
    for (auto candidate : module.getOps<func::FuncOp>()) {
      if (!candidate.isPublic() || candidate.isExternal())
        continue;
      if (function)
        return llvm::createStringError(
            "there are several public functions, @" + function.getName() +
            " and @" + candidate.getName() + ": choose one with --function");
      function = candidate;
    }
    if (!function)
      return llvm::createStringError("there is no public function");
    target.function = function.getName().str();
  }
  if (target.wrt.empty())
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      if (function.getArgAttr(i, "bptt.wrt"))
        target.wrt.push_back(i);
  if (target.wrt.empty())
    for (auto [i, type] : llvm::enumerate(function.getArgumentTypes()))
      if (isa<FloatType>(getElementTypeOrSelf(type)))
        target.wrt.push_back(i);
  return target;
}
