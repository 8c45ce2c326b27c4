//===- ExpandNested.cpp - Loops for recurrences inside cells --------------===//

#include "CellExpander.h"

#include "bptt/Transforms/Arena.h"
#include "bptt/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace bptt;

namespace bptt {
#define GEN_PASS_DEF_EXPANDNESTED
#include "bptt/Transforms/Passes.h.inc"
} // namespace bptt

namespace {

struct ExpandNested : bptt::impl::ExpandNestedBase<ExpandNested> {
  void runOnOperation() override {
    auto assignArena = [&](func::FuncOp cell) {
      OpPassManager pm(func::FuncOp::getOperationName());
      pm.addPass(createAssignArena());
      return runPipeline(pm, cell);
    };
    CellExpander expander(assignArena);
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function->hasAttr(kCellAttr) && failed(expander.expand(function)))
        return signalPassFailure();
  }
};

} // namespace
