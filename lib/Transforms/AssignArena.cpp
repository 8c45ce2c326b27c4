//===- AssignArena.cpp - One buffer for all temporaries of a function -----===//

#include "SliceFunction.h"

#include "bptt/Transforms/Passes.h"

#include "bptt/Dialect/BPTT/IR/BPTTDialect.h"
#include "bptt/Dialect/BPTT/IR/Recurrence.h"
#include "bptt/Transforms/Arena.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bptt;

namespace bptt {
#define GEN_PASS_DEF_ASSIGNARENA
#include "bptt/Transforms/Passes.h.inc"
} // namespace bptt

namespace {

/// Positions of operations in program order; the end of an operation comes
/// after its regions.
struct ProgramOrder {
  explicit ProgramOrder(Operation *root) {
    int64_t next = 0;
    root->walk<WalkOrder::PreOrder>([&](Operation *op) { begin[op] = next++; });
    root->walk<WalkOrder::PreOrder>([&](Operation *op) {
      Operation *last = op;
      op->walk([&](Operation *nested) {
        if (begin[nested] > begin[last])
          last = nested;
      });
      end[op] = begin[last];
    });
  }
  DenseMap<Operation *, int64_t> begin, end;
};

/// From the allocation to the last use of any alias, seen from the allocation's
/// own block: a use in a loop keeps the buffer for the whole loop.
LiveBuffer getLife(memref::AllocOp alloc, const ProgramOrder &order,
                   const BufferViewFlowAnalysis &aliases) {
  LiveBuffer life{getDenseBytes(alloc.getType()), order.begin.lookup(alloc),
                  order.begin.lookup(alloc)};
  for (Value alias : aliases.resolve(alloc))
    for (Operation *user : alias.getUsers())
      if (Operation *ancestor = alloc->getBlock()->findAncestorOpInBlock(*user))
        life.end = std::max(life.end, order.end.lookup(ancestor));
  return life;
}

void replaceByView(memref::AllocOp alloc, Value arena, Value offset) {
  OpBuilder builder(alloc);
  Value view = memref::ViewOp::create(builder, alloc.getLoc(), alloc.getType(),
                                      arena, offset, alloc.getDynamicSizes());
  alloc.replaceAllUsesWith(view);
  alloc.erase();
}

struct AssignArena : bptt::impl::AssignArenaBase<AssignArena> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal() || function->hasAttr(kWorkspaceBytesAttr) ||
        function->hasAttr(kCompanionAttr) ||
        function
            .walk([](Operation *op) {
              return isa<ScanOp, ForwardOp, BackwardOp, ChainForwardOp,
                         ChainBackwardOp>(op)
                         ? WalkResult::interrupt()
                         : WalkResult::advance();
            })
            .wasInterrupted())
      return;
    // Callers of cells pass a workspace; other calls know nothing of it.
    bool isCalled = function.isPrivate() && !function->hasAttr(kCellAttr);
    SmallVector<memref::AllocOp> fixed, dynamic;
    WalkResult result = function.walk([&](Operation *op) -> WalkResult {
      if (isa<memref::AllocaOp>(op))
        return op->emitOpError("allocates outside the arena");
      auto alloc = dyn_cast<memref::AllocOp>(op);
      if (!alloc)
        return WalkResult::advance();
      if (isCalled)
        return alloc.emitOpError("stands in a function that is called like any "
                                 "other; inline it (bptt-normalize)");
      if (!alloc.getType().getLayout().isIdentity())
        return alloc.emitOpError("has a layout that the arena cannot give");
      (alloc.getType().hasStaticShape() ? fixed : dynamic).push_back(alloc);
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      return signalPassFailure();

    if (isCalled)
      return;
    Builder builder(&getContext());
    unsigned last = function.getNumArguments();
    (void)function.insertArgument(
        last, MemRefType::get({ShapedType::kDynamic}, builder.getI8Type()), {},
        function.getLoc());
    int64_t bytes = placeFixed(function, function.getArgument(last), fixed);
    function->setAttr(kWorkspaceBytesAttr, builder.getI64IntegerAttr(bytes));
    if (failed(
            placeDynamic(function, function.getArgument(last), dynamic, bytes)))
      return signalPassFailure();
  }

  int64_t placeFixed(func::FuncOp function, Value arena,
                     ArrayRef<memref::AllocOp> allocs) {
    ProgramOrder order(function);
    BufferViewFlowAnalysis aliases(function);
    auto lives = llvm::map_to_vector(allocs, [&](memref::AllocOp alloc) {
      return getLife(alloc, order, aliases);
    });
    Placement placement = placeBuffers(lives);
    for (auto [constAlloc, offset] :
         llvm::zip_equal(allocs, placement.offsets)) {
      memref::AllocOp alloc = constAlloc;
      OpBuilder builder(alloc);
      replaceByView(
          alloc, arena,
          arith::ConstantIndexOp::create(builder, alloc.getLoc(), offset));
    }
    return placement.bytes;
  }

  /// Buffers whose size is known at run time follow one after the other, above
  /// the others.
  LogicalResult placeDynamic(func::FuncOp function, Value arena,
                             ArrayRef<memref::AllocOp> allocs,
                             int64_t fixedBytes) {
    if (allocs.empty())
      return success();
    OpBuilder builder(allocs.front());
    Value offset =
        arith::ConstantIndexOp::create(builder, function.getLoc(), fixedBytes);
    for (memref::AllocOp alloc : allocs) {
      if (alloc->getBlock() != &function.getBody().front())
        return alloc.emitOpError(
            "of a size known only at run time stands in a loop or branch");
      builder.setInsertionPoint(alloc);
      Location loc = alloc.getLoc();
      Value bytes = arith::ConstantIndexOp::create(
          builder, loc,
          getElementBytes(alloc.getType()) *
              llvm::product_of(llvm::make_filter_range(
                  alloc.getType().getShape(), [](int64_t extent) {
                    return extent != ShapedType::kDynamic;
                  })));
      for (Value size : alloc.getDynamicSizes())
        bytes = arith::MulIOp::create(builder, loc, bytes, size);
      Value unit =
          arith::ConstantIndexOp::create(builder, loc, kArenaAlignment);
      Value lines = arith::CeilDivUIOp::create(builder, loc, bytes, unit);
      Value next = arith::AddIOp::create(
          builder, loc, offset,
          arith::MulIOp::create(builder, loc, lines, unit));
      replaceByView(alloc, arena, offset);
      offset = next;
    }
    return addSliceFunction(function, offset, "_workspace_bytes");
  }
};

} // namespace
