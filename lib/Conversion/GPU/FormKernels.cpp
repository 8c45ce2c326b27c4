//===- FormKernels.cpp - Structured operations to kernels -----------------===//

#include "HostConstants.h"
#include "KernelEmitters.h"
#include "KernelScheduler.h"
#include "MergeLaunches.h"
#include "PointEmitter.h"
#include "SinkScalars.h"
#include "WarpgroupChoice.h"

#include "bptt/Conversion/Passes.h"
#include "bptt/Transforms/Arena.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace bptt;

namespace bptt {
#define GEN_PASS_DEF_FORMKERNELS
#include "bptt/Conversion/Passes.h.inc"
} // namespace bptt

namespace {

/// The only chip that has wgmma: sm_90 is what later chips run as well.
constexpr llvm::StringLiteral kWarpgroupChip = "sm_90a";

/// Emits the kernels of one function.
class KernelFormer {
public:
  KernelFormer(func::FuncOp function, AlignmentAnalysis &alignments,
               Precision precision, const WarpgroupChoice &warpgroups)
      : function(function), alignments(alignments), precision(precision),
        warpgroups(warpgroups) {}

  LogicalResult run() {
    SmallVector<Block *> blocks;
    function.walk([&](Operation *op) {
      if (isa<linalg::GenericOp>(op))
        return WalkResult::skip();
      for (Region &region : op->getRegions())
        for (Block &block : region)
          blocks.push_back(&block);
      return WalkResult::advance();
    });
    for (Block *block : blocks)
      if (failed(runOnBlock(*block)))
        return failure();
    return success();
  }

private:
  LogicalResult runOnBlock(Block &block) {
    SmallVector<linalg::GenericOp> stretch;
    SmallVector<Operation *> all =
        llvm::map_to_vector(block, [](Operation &op) { return &op; });
    for (Operation *op : all) {
      if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
        if (!generic.hasPureBufferSemantics())
          return op->emitOpError("is not bufferized");
        stretch.push_back(generic);
        continue;
      }
      if (!op->hasTrait<OpTrait::IsTerminator>() &&
          (isPure(op) || isa<memref::LoadOp, memref::GetGlobalOp>(op)))
        continue;
      emit(stretch, op);
      stretch.clear();
    }
    return success();
  }

  void emit(ArrayRef<linalg::GenericOp> stretch, Operation *end) {
    KernelScheduler scheduler;
    for (linalg::GenericOp op : stretch) {
      if (llvm::is_contained(op.getStaticLoopRanges(), 0))
        continue;
      KernelNode node = KernelNode::get(op, alignments, precision);
      if (warpgroups.covers(node))
        node.product->inWarpgroups = true;
      scheduler.add(std::move(node));
    }
    scheduler.gatherRows();
    for (ArrayRef<const Kernel *> level : scheduler.getLevels()) {
      SmallVector<gpu::LaunchOp> launches;
      bool hasPointwise = false;
      for (const Kernel *kernel : level) {
        OpBuilder host(end);
        emit(*kernel, host);
        // What has room in one pointwise kernel is in one.
        bool isPointwise = kernel->kind == KernelKind::Pointwise;
        if (!isPointwise || !hasPointwise)
          launches.push_back(cast<gpu::LaunchOp>(end->getPrevNode()));
        hasPointwise |= isPointwise;
      }
      mergeLaunches(launches);
    }
    for (linalg::GenericOp op : stretch)
      op.erase();
  }

  void emit(const Kernel &kernel, OpBuilder &host) {
    if (!kernel.parts.empty())
      return emitRows(kernel, host);
    std::string number = std::to_string(numKernels++);
    auto name = [&](StringRef kind) {
      return (function.getName() + "_" + number + "_" + kind).str();
    };
    switch (kernel.kind) {
    case KernelKind::Pointwise: {
      SmallVector<const KernelNode *> nodes;
      for (const KernelNode &node : kernel.nodes)
        nodes.push_back(&node);
      return emitPointwiseKernel(host, nodes, name("pointwise"));
    }
    case KernelKind::Reduction:
      return emitReductionKernel(host, kernel.nodes.front(), name("reduction"));
    case KernelKind::Product:
      return emitProduct(kernel.nodes.front(), host, name("product"));
    }
  }

  void emitProduct(const KernelNode &node, OpBuilder &host, StringRef name) {
    if (node.product->inWarpgroups)
      return emitWarpgroupKernel(host, node, name);
    if (!emitTensorKernel(host, node, name))
      emitProductKernel(host, node, name);
  }

  void emitRows(const Kernel &kernel, OpBuilder &host) {
    std::string name =
        (function.getName() + "_" + Twine(numKernels++) + "_rows").str();
    Operation *end = &*host.getInsertionPoint();
    SmallVector<gpu::LaunchOp> launches;
    for (const Kernel &part : kernel.parts) {
      SmallVector<const KernelNode *> nodes;
      for (const KernelNode &node : part.nodes)
        nodes.push_back(&node);
      OpBuilder here(end);
      if (part.kind == KernelKind::Reduction)
        emitReductionKernel(here, *nodes.front(), name);
      else
        emitRowKernel(here, nodes, *kernel.countRows(), *kernel.countThreads(),
                      name);
      launches.push_back(cast<gpu::LaunchOp>(end->getPrevNode()));
    }
    sequenceLaunches(launches);
  }

  func::FuncOp function;
  AlignmentAnalysis &alignments;
  Precision precision;
  const WarpgroupChoice &warpgroups;
  int64_t numKernels = 0;
};

/// Copies and named operations in their general form.
LogicalResult generalize(func::FuncOp function) {
  IRRewriter rewriter(function.getContext());
  SmallVector<Operation *> ops;
  function.walk([&](Operation *op) {
    // For the caches of a processor that will not read it.
    if (isa<memref::PrefetchOp>(op))
      return rewriter.eraseOp(op);
    if (isa<memref::CopyOp>(op) ||
        (isa<linalg::LinalgOp>(op) && !isa<linalg::GenericOp>(op)))
      ops.push_back(op);
  });
  for (Operation *op : ops) {
    rewriter.setInsertionPoint(op);
    if (auto copy = dyn_cast<memref::CopyOp>(op)) {
      auto named = linalg::CopyOp::create(rewriter, copy.getLoc(),
                                          copy.getSource(), copy.getTarget());
      rewriter.eraseOp(copy);
      op = named;
    }
    if (failed(linalg::generalizeNamedOp(rewriter, cast<linalg::LinalgOp>(op))))
      return op->emitOpError("has no general form, so no kernel");
  }
  return success();
}

struct FormKernels : bptt::impl::FormKernelsBase<FormKernels> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    std::optional<Precision> precision =
        llvm::StringSwitch<std::optional<Precision>>(matmulPrecision)
            .Case("f32", Precision::F32)
            .Case("tf32", Precision::TF32)
            .Case("bf16", Precision::BF16)
            .Default(std::nullopt);
    if (!precision) {
      module.emitError() << "unknown precision '" << matmulPrecision
                         << "' of products, expected f32, tf32 or bf16";
      return signalPassFailure();
    }
    if (wgmma && chip != kWarpgroupChip) {
      module.emitError() << "wgmma is an instruction of " << kWarpgroupChip
                         << ", not of " << chip;
      return signalPassFailure();
    }
    SmallVector<func::FuncOp> functions;
    for (auto function : module.getOps<func::FuncOp>())
      if (!function.isExternal() && !function->hasAttr(kCompanionAttr))
        functions.push_back(function);
    for (func::FuncOp function : functions)
      if (failed(generalize(function)) || failed(sinkScalars(function)))
        return signalPassFailure();
    AlignmentAnalysis alignments;
    WarpgroupChoice warpgroups;
    if (wgmma)
      for (func::FuncOp function : functions)
        function.walk([&](linalg::GenericOp op) {
          warpgroups.add(KernelNode::get(op, alignments, *precision));
        });
    for (func::FuncOp function : functions) {
      KernelFormer former(function, alignments, *precision, warpgroups);
      if (failed(former.run()))
        return signalPassFailure();
    }
    if (failed(refuseHostConstants(module)))
      signalPassFailure();
  }
};

} // namespace
