//===- Materialize.cpp - The passes that make storage appear --------------===//

#include "bptt/Transforms/Materialize.h"

#include "bptt/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void bptt::addCellBufferizationPasses(OpPassManager &pm) {
  // What is called needs memory in the caller's arena, and a cell that is also
  // called would have to return what it writes into destinations.
  pm.addPass(createInlinerPass({}, [](OpPassManager &) {}));
  pm.addNestedPass<func::FuncOp>(createConvertElementwiseToLinalgPass());
  pm.addPass(createBufferize());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addNestedPass<func::FuncOp>(createAssignArena());
}

void bptt::addBufferizationPasses(OpPassManager &pm) {
  addCellBufferizationPasses(pm);
  pm.addPass(createExpandNested());
}

void bptt::addUnrollingPasses(OpPassManager &pm) {
  pm.addPass(createUnrollRecurrences());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createDissolveFences());
  pm.addPass(createSymbolDCEPass());
}

void bptt::addExpansionPasses(OpPassManager &pm, StringRef form) {
  pm.addPass(createExpandRecurrences({form.str()}));
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addNestedPass<func::FuncOp>(createAssignArena());
  pm.addPass(createCanonicalizerPass());
}
