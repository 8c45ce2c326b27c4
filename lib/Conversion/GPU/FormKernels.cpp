//===- FormKernels.cpp - Structured operations to kernels -----------------===//

#include "HostConstants.h"
#include "KernelEmitters.h"
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

/// Beyond, an operation gets a kernel of its own. All chips take 4 KiB, of
/// which sizes and scalars are some.
constexpr int64_t kMaxParameterBytes = 2048;

/// The only chip that has wgmma: sm_90 is what later chips run as well.
constexpr llvm::StringLiteral kWarpgroupChip = "sm_90a";

/// A kernel to be, of one product or reduction or of several pointwise nodes.
struct Kernel {
  KernelKind kind;
  std::vector<KernelNode> nodes;

  bool conflictsWith(const Kernel &other) const {
    return llvm::any_of(nodes, [&](const KernelNode &node) {
      return llvm::any_of(other.nodes, [&](const KernelNode &otherNode) {
        return node.conflictsWith(otherNode);
      });
    });
  }
};

/// Decides which operations of a stretch of straight-line code share a kernel.
class Scheduler {
public:
  void add(KernelNode node) {
    foldStart(node);
    if (node.kind == KernelKind::Product)
      foldProduct(node);
    size_t earliest = 0;
    for (auto [index, kernel] : llvm::enumerate(kernels))
      for (const KernelNode &other : kernel.nodes)
        if (node.conflictsWith(other))
          earliest =
              std::max(earliest, index + (node.staysInThread(other) ? 0 : 1));
    if (node.kind == KernelKind::Pointwise)
      for (Kernel &kernel : MutableArrayRef(kernels).drop_front(earliest))
        if (kernel.kind == KernelKind::Pointwise && hasRoom(kernel, node)) {
          kernel.nodes.push_back(std::move(node));
          return;
        }
    kernels.push_back({node.kind, {std::move(node)}});
  }

  /// The kernels, those together that have to wait for as many others: they may
  /// run side by side.
  SmallVector<SmallVector<const Kernel *>> getLevels() const {
    SmallVector<SmallVector<const Kernel *>> levels;
    for (const Kernel &kernel : kernels) {
      size_t level = levels.size();
      while (level > 0 &&
             llvm::none_of(levels[level - 1], [&](const Kernel *other) {
               return kernel.conflictsWith(*other);
             }))
        --level;
      if (level == levels.size())
        levels.emplace_back();
      levels[level].push_back(&kernel);
    }
    return levels;
  }

private:
  static bool hasRoom(const Kernel &kernel, const KernelNode &node) {
    int64_t bytes = node.countParameterBytes();
    for (const KernelNode &other : kernel.nodes)
      bytes += other.countParameterBytes();
    return bytes <= kMaxParameterBytes;
  }

  /// Walks back over what may stay behind `node`, to the last node that is in
  /// its way for one of `accesses`. Null if it is not the only one of its kind.
  KernelNode *findLast(ArrayRef<MemoryAccess> accesses) {
    KernelNode probe;
    probe.accesses.assign(accesses.begin(), accesses.end());
    for (Kernel &kernel : llvm::reverse(kernels))
      for (KernelNode &other : llvm::reverse(kernel.nodes))
        if (probe.conflictsWith(other))
          return &other;
    return nullptr;
  }

  /// Whether nothing behind `first` writes what it reads.
  bool canMoveDown(const KernelNode &first) {
    bool isBehind = false;
    for (const Kernel &kernel : kernels)
      for (const KernelNode &other : kernel.nodes) {
        if (&other == &first)
          isBehind = true;
        else if (isBehind && first.conflictsWith(other))
          return false;
      }
    return true;
  }

  void erase(const KernelNode *node) {
    for (Kernel &kernel : kernels)
      llvm::erase_if(kernel.nodes,
                     [&](const KernelNode &other) { return &other == node; });
    llvm::erase_if(kernels,
                   [](const Kernel &kernel) { return kernel.nodes.empty(); });
  }

  /// A result that starts from zero, a bias or a copy starts there directly.
  void foldStart(KernelNode &node) {
    linalg::GenericOp op = node.op;
    if (op.getNumDpsInits() != 1 || op.getNumReductionLoops() == 0 ||
        hasMovingResults(op) ||
        !op.getMatchingIndexingMap(op.getDpsInitOperand(0))
             .isProjectedPermutation())
      return;
    KernelNode *last = findLast(node.getResult());
    if (!last || last->start || !isElementFunction(last->op) ||
        last->kind != KernelKind::Pointwise ||
        !last->getResult().region.isSameAs(node.getResult().region) ||
        !canMoveDown(*last))
      return;
    node.start = last->op;
    // What the start reads is read here now, in the order of its own loops.
    for (MemoryAccess access : ArrayRef(last->accesses).drop_back()) {
      access.map = std::nullopt;
      node.accesses.insert(node.accesses.begin(), access);
    }
    erase(last);
  }

  /// A product that is added to the result of another.
  void foldProduct(KernelNode &node) {
    KernelNode *last = findLast(node.getResult());
    // Which products meet in a kernel must not show in the result: it is not
    // rounded in between.
    bool isNarrow = getElementType(node).getIntOrFloatBitWidth() < 32;
    if (node.start || !last || last->kind != KernelKind::Product || isNarrow ||
        last->product->tensor.has_value() != node.product->tensor.has_value() ||
        last->product->inWarpgroups != node.product->inWarpgroups ||
        !last->getResult().region.isSameAs(node.getResult().region) ||
        !haveSameTiles(*last, node) || !canMoveDown(*last))
      return;
    node.accesses.insert(node.accesses.begin(), last->accesses.begin(),
                         last->accesses.end());
    node.before = std::move(last->before);
    last->before.clear();
    node.before.push_back(*last);
    erase(last);
  }

  static bool haveSameTiles(KernelNode &a, KernelNode &b) {
    auto place = [](KernelNode &node, unsigned loop) {
      AffineMap map =
          node.op.getMatchingIndexingMap(node.op.getDpsInitOperand(0));
      return map.getResultPosition(getAffineDimExpr(loop, map.getContext()));
    };
    return a.product->outer.empty() && b.product->outer.empty() &&
           place(a, a.product->row) == place(b, b.product->row) &&
           place(a, a.product->column) == place(b, b.product->column);
  }

  std::vector<Kernel> kernels;
};

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
    Scheduler scheduler;
    for (linalg::GenericOp op : stretch) {
      if (llvm::is_contained(op.getStaticLoopRanges(), 0))
        continue;
      KernelNode node = KernelNode::get(op, alignments, precision);
      if (warpgroups.covers(node))
        node.product->inWarpgroups = true;
      scheduler.add(std::move(node));
    }
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
