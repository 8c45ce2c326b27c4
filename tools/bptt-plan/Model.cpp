//===- Model.cpp - Reading the recurrences of a program -------------------===//

#include "Model.h"

#include "bptt/Execution/Compiler.h"
#include "bptt/Pipelines/Registration.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "llvm/Support/SourceMgr.h"

using namespace bptt::planning;

namespace {
/// A program, with what it needs to be compiled.
struct Source {
  explicit Source(const mlir::DialectRegistry &registry)
      : context(registry), handler(sources, &context) {}

  mlir::MLIRContext context;
  llvm::SourceMgr sources;
  mlir::SourceMgrDiagnosticHandler handler;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};
} // namespace

static llvm::Expected<Model>
readRecurrences(const std::shared_ptr<Source> &source, const Options &options) {
  bptt::Target wanted;
  wanted.function = options.function;
  wanted.wrt.assign(options.wrt.begin(), options.wrt.end());
  llvm::Expected<bptt::Target> target =
      bptt::resolveTarget(*source->module, wanted);
  if (!target)
    return target.takeError();
  llvm::Expected<bptt::MeasuredRecurrences> measured = bptt::measureRecurrences(
      *source->module, *target, "max", "optimal", options.modelSteps);
  if (!measured)
    return measured.takeError();
  SharedProblem *shared = &measured->shared;
  if (shared->problems.empty())
    return llvm::createStringError("@" + target->function +
                                   " has no recurrence to plan");
  Model model{target->function, std::move(*shared), {}};
  if (measured->dependsOnBudget)
    model.measureFor =
        [source, target = *target, steps = options.modelSteps](
            Policy policy,
            int64_t budgetBytes) -> llvm::Expected<SharedProblem> {
      llvm::Expected<bptt::MeasuredRecurrences> measured =
          bptt::measureRecurrences(*source->module, target,
                                   std::to_string(budgetBytes),
                                   toString(policy).str(), steps);
      if (!measured)
        return measured.takeError();
      return std::move(measured->shared);
    };
  return std::move(model);
}

llvm::Expected<Model> bptt::planning::readModel(const Options &options) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::registerAllToLLVMIRTranslations(registry);
  bptt::registerDialects(registry);
  auto source = std::make_shared<Source>(registry);
  source->context.printOpOnDiagnostic(false);
  std::string message;
  auto file = mlir::openInputFile(options.modelFile, &message);
  if (!file)
    return llvm::createStringError(message);
  source->sources.AddNewSourceBuffer(std::move(file), llvm::SMLoc());
  source->module =
      mlir::parseSourceFile<mlir::ModuleOp>(source->sources, &source->context);
  if (!source->module)
    return llvm::createStringError("");
  return readRecurrences(source, options);
}
