//===- SinkScalars.cpp - No device memory on the host ---------------------===//

#include "SinkScalars.h"

#include "MemoryRegion.h"

#include "bptt/Transforms/Arena.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace bptt;

static bool isOnHost(Value memref) {
  auto argument = dyn_cast<BlockArgument>(MemoryRegion::get(memref).root);
  Operation *owner = argument ? argument.getOwner()->getParentOp() : nullptr;
  auto tables =
      owner ? owner->getAttrOfType<DenseI64ArrayAttr>(kTablesAttr) : nullptr;
  return tables && llvm::is_contained(tables.asArrayRef(),
                                      int64_t(argument.getArgNumber()));
}

static bool isDeviceLoad(Operation *op) {
  auto load = dyn_cast<memref::LoadOp>(op);
  return load && !isOnHost(load.getMemref());
}

/// Adds to `slice`, operands first, what computes `value` from elements of
/// buffers. Returns whether there is such an element.
static bool collect(Value value, llvm::SetVector<Operation *> &slice) {
  Operation *op = value.getDefiningOp();
  if (!op || isa<MemRefType>(value.getType()) || op->getNumRegions() > 0 ||
      (!isPure(op) && !isDeviceLoad(op)))
    return false;
  if (slice.contains(op))
    return true;
  bool found = isDeviceLoad(op);
  for (Value operand : op->getOperands())
    found |= collect(operand, slice);
  if (found)
    slice.insert(op);
  return found;
}

/// Whether `root`, or something in it, may write a byte of `region`, or read
/// one if `readsCount`.
static bool touches(Operation *root, const MemoryRegion &region,
                    bool readsCount) {
  return root
      ->walk([&](Operation *op) {
        auto structured = dyn_cast<linalg::GenericOp>(op);
        if (isPure(op) || (!readsCount && isa<memref::LoadOp>(op)))
          return WalkResult::advance();
        for (OpOperand &operand : op->getOpOperands()) {
          if (!isa<MemRefType>(operand.get().getType()) ||
              (!readsCount && structured && structured.isDpsInput(&operand)))
            continue;
          if (!MemoryRegion::get(operand.get()).isDisjointFrom(region))
            return WalkResult::interrupt();
        }
        return WalkResult::advance();
      })
      .wasInterrupted();
}

/// Whether nothing between `begin` and `end` touches `region`.
static bool isUntouched(Operation *begin, Operation *end,
                        const MemoryRegion &region, bool readsCount) {
  if (begin->getBlock() != end->getBlock())
    return false;
  for (Operation *op = begin->getNextNode(); op != end; op = op->getNextNode())
    if (touches(op, region, readsCount))
      return false;
  return true;
}

/// Whether `load` would load the same in front of `user`.
static bool canMove(memref::LoadOp load, Operation *user) {
  return isUntouched(load, user, MemoryRegion::get(load.getMemref()),
                     /*readsCount=*/false);
}

/// Computes the captured values of a structured operation, and its operands
/// that are numbers, in its body.
static void sinkInto(linalg::GenericOp op) {
  for (OpOperand *operand : op.getDpsInputOperands()) {
    llvm::SetVector<Operation *> slice;
    if (!collect(operand->get(), slice))
      continue;
    op.getMatchingBlockArgument(operand).replaceAllUsesWith(operand->get());
    OpBuilder builder(op);
    operand->set(arith::ConstantOp::create(
        builder, op.getLoc(), builder.getZeroAttr(operand->get().getType())));
  }
  llvm::SetVector<Value> captured;
  getUsedValuesDefinedAbove(op->getRegions(), captured);
  for (Value value : captured) {
    llvm::SetVector<Operation *> slice;
    if (!collect(value, slice))
      continue;
    if (!llvm::all_of(slice, [&](Operation *inside) {
          auto load = dyn_cast<memref::LoadOp>(inside);
          return !load || isOnHost(load.getMemref()) || canMove(load, op);
        }))
      continue;
    OpBuilder builder = OpBuilder::atBlockBegin(op.getBody());
    IRMapping mapping;
    for (Operation *inside : slice)
      builder.clone(*inside, mapping);
    replaceAllUsesInRegionWith(value, mapping.lookup(value), op.getRegion());
  }
}

static bool isDefinedBefore(Value value, Operation *op) {
  Operation *definition = value.getDefiningOp();
  return !definition || (definition->getBlock() == op->getBlock() &&
                         definition->isBeforeInBlock(op));
}

/// The one element that `store` writes. The host knows where it is.
static Value getStoredElement(OpBuilder &builder, memref::StoreOp store) {
  SmallVector<OpFoldResult> offsets = getAsOpFoldResult(store.getIndices());
  SmallVector<OpFoldResult> ones(offsets.size(), builder.getIndexAttr(1));
  MemRefType type = memref::SubViewOp::inferRankReducedResultType(
      {}, store.getMemRefType(), offsets, ones, ones);
  return memref::SubViewOp::create(builder, store.getLoc(), type,
                                   store.getMemref(), offsets, ones, ones);
}

/// A stored scalar is a structured operation without loops.
static void replaceStore(memref::StoreOp store) {
  // As early as its value is known: what that is computed from may be
  // overwritten later, such as temporaries that share their place.
  OpBuilder builder(store);
  llvm::SetVector<Operation *> slice;
  if (collect(store.getValue(), slice)) {
    Operation *last = slice.back();
    if (isUntouched(last, store, MemoryRegion::get(store.getMemref()),
                    /*readsCount=*/true) &&
        llvm::all_of(store->getOperands().drop_front(), [&](Value operand) {
          return isDefinedBefore(operand, last);
        }))
      builder.setInsertionPointAfter(last);
  }
  Value element = getStoredElement(builder, store);
  AffineMap map = builder.getMultiDimIdentityMap(0);
  linalg::GenericOp::create(
      builder, store.getLoc(), TypeRange(), ValueRange(), element,
      ArrayRef(map), ArrayRef<utils::IteratorType>(),
      [&](OpBuilder &nested, Location loc, ValueRange) {
        linalg::YieldOp::create(nested, loc, store.getValue());
      });
  store.erase();
}

/// An operation that needs `op` and does more than compute; null where what
/// is computed is not used any more.
static Operation *findHostUser(Operation *op) {
  for (Operation *user : op->getUsers()) {
    if (!isPure(user) || user->hasTrait<OpTrait::IsTerminator>())
      return user;
    if (Operation *needed = findHostUser(user))
      return needed;
  }
  return nullptr;
}

LogicalResult bptt::sinkScalars(func::FuncOp function) {
  SmallVector<memref::StoreOp> stores;
  function.walk([&](memref::StoreOp store) {
    if (!store->getParentOfType<linalg::GenericOp>())
      stores.push_back(store);
  });
  llvm::for_each(stores, replaceStore);
  function.walk([](linalg::GenericOp op) { sinkInto(op); });
  IRRewriter rewriter(function.getContext());
  (void)runRegionDCE(rewriter, function->getRegions());
  WalkResult checked = function.walk([&](memref::LoadOp load) -> WalkResult {
    if (!isDeviceLoad(load) || load->getParentOfType<linalg::GenericOp>())
      return WalkResult::advance();
    Operation *user = findHostUser(load);
    if (!user)
      return WalkResult::advance();
    InFlightDiagnostic error = load.emitOpError(
        "reads device memory on the host, where it is not seen; what depends "
        "on it must be computed by structured operations");
    error.attachNote(user->getLoc()) << "needed here";
    return error;
  });
  return failure(checked.wasInterrupted());
}
