//===- Model.cpp - Reading the recurrences of a program -------------------===//

#include "Model.h"

#include "bptt/Execution/Compiler.h"
#include "bptt/Pipelines/Registration.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/SourceMgr.h"

using namespace bptt::planning;

static llvm::Expected<Model> readRecurrences(mlir::ModuleOp module,
                                             const Options &options) {
  bptt::Target wanted;
  wanted.function = options.function;
  wanted.wrt.assign(options.wrt.begin(), options.wrt.end());
  llvm::Expected<bptt::Target> target = bptt::resolveTarget(module, wanted);
  if (!target)
    return target.takeError();
  llvm::Expected<SharedProblem> shared =
      bptt::measureRecurrences(module, *target);
  if (!shared)
    return shared.takeError();
  if (shared->problems.empty())
    return llvm::createStringError("@" + target->function +
                                   " has no recurrence to plan");
  for (const Problem &problem : shared->problems)
    if (problem.numSteps < 0 || shared->otherBytes < 0)
      return llvm::createStringError(
          "the length of a recurrence in @" + target->function +
          " is known only at run time; give its inputs a static length");
  return Model{target->function, std::move(*shared)};
}

llvm::Expected<Model> bptt::planning::readModel(const Options &options) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  bptt::registerDialects(registry);
  mlir::MLIRContext context(registry);
  context.printOpOnDiagnostic(false);
  std::string message;
  auto file = mlir::openInputFile(options.modelFile, &message);
  if (!file)
    return llvm::createStringError(message);
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(file), llvm::SMLoc());
  mlir::SourceMgrDiagnosticHandler handler(sources, &context);
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(sources, &context);
  if (!module)
    return llvm::createStringError("");
  return readRecurrences(*module, options);
}
