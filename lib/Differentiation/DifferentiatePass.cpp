//===- DifferentiatePass.cpp - Differentiation as a pass ------------------===//

#include "bptt/Differentiation/Passes.h"

#include "bptt/Dialect/BPTT/IR/BPTTDialect.h"
#include "bptt/Differentiation/Differentiate.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace bptt {
#define GEN_PASS_DEF_DIFFERENTIATE
#include "bptt/Differentiation/Passes.h.inc"
} // namespace bptt

namespace {

struct Differentiate : bptt::impl::DifferentiateBase<Differentiate> {
  using DifferentiateBase::DifferentiateBase;

  void runOnOperation() override {
    func::FuncOp target = findFunction();
    if (!target)
      return signalPassFailure();
    SmallVector<int64_t> positions(wrt.begin(), wrt.end());
    if (positions.empty())
      positions = bptt::getDefaultWrt(target);
    if (tapeModes == 0) {
      target.emitError("tape-modes is 0, expected at least 1");
      return signalPassFailure();
    }
    if (failed(bptt::differentiate(target, positions, tapeModes)))
      signalPassFailure();
  }

  /// The function named by the option, else the only public one; null after an
  /// error.
  func::FuncOp findFunction() {
    ModuleOp module = getOperation();
    if (!function.empty()) {
      auto named = module.lookupSymbol<func::FuncOp>(function);
      if (!named)
        module.emitError() << "there is no function @" << function.getValue();
      return named;
    }
    func::FuncOp only;
    for (func::FuncOp candidate : module.getOps<func::FuncOp>()) {
      if (!candidate.isPublic())
        continue;
      if (only) {
        module.emitError() << "has several public functions, @"
                           << only.getName() << " and @" << candidate.getName()
                           << " among them; name one with function=";
        return {};
      }
      only = candidate;
    }
    if (!only)
      module.emitError("has no public function to differentiate");
    return only;
  }
};

} // namespace
