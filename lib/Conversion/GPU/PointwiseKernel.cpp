//===- PointwiseKernel.cpp - Threads that work on their own ---------------===//

#include "KernelEmitters.h"
#include "LargePoint.h"
#include "PointEmitter.h"

#include "../Elementwise.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace bptt;

constexpr int64_t kThreads = 128;

Location bptt::getLoc(const KernelNode &node) {
  linalg::GenericOp op = node.op;
  return op.getLoc();
}

Type bptt::getElementType(const KernelNode &node) {
  linalg::GenericOp op = node.op;
  return cast<MemRefType>(op.getDpsInits()[0].getType()).getElementType();
}

SmallVector<Value> bptt::getHostExtents(OpBuilder &host, linalg::GenericOp op) {
  return llvm::map_to_vector(getLoopExtents(host, op),
                             [](const LoopExtent &loop) { return loop.value; });
}

llvm::MaybeAlign bptt::getAlignment(VectorType type) {
  return llvm::Align(llvm::bit_floor(static_cast<uint64_t>(
      type.getNumElements() * type.getElementTypeBitWidth() / 8)));
}

SmallVector<Value> bptt::delinearize(OpBuilder &builder, Location loc,
                                     Value linear, ArrayRef<Value> extents) {
  SmallVector<Value> positions(extents.size());
  for (size_t i = extents.size(); i-- > 0;) {
    if (getConstantIntValue(extents[i]) == 1) {
      positions[i] = arith::ConstantIndexOp::create(builder, loc, 0);
      continue;
    }
    bool isSlowest = llvm::all_of(extents.take_front(i), [](Value extent) {
      return getConstantIntValue(extent) == 1;
    });
    positions[i] =
        isSlowest ? linear
                  : arith::RemUIOp::create(builder, loc, linear, extents[i]);
    if (!isSlowest)
      linear = arith::DivUIOp::create(builder, loc, linear, extents[i]);
  }
  return positions;
}

namespace {

/// Operations whose points are shared by threads in the same way.
struct PointGroup {
  SmallVector<const KernelNode *> nodes;
  /// Of the loops in their order, on the host; the last one in vectors.
  SmallVector<Value> extents;
  /// Threads that have something to do.
  Value count;
};

class PointwiseEmitter {
public:
  PointwiseEmitter(OpBuilder &host, ArrayRef<const KernelNode *> nodes)
      : host(host), loc(getLoc(*nodes.front())) {
    for (const KernelNode *node : nodes)
      addToGroup(node);
  }

  void emit(StringRef name) {
    Value one = constant(host, 1), most = one;
    for (PointGroup &group : groups)
      most = host.createOrFold<arith::MaxUIOp>(loc, most, group.count);
    Value blocks = host.createOrFold<arith::CeilDivUIOp>(
        loc, most, constant(host, kThreads));
    KernelBuilder kernel(host, loc, {blocks, one, one}, kThreads, name);
    OpBuilder &body = kernel.body;
    Value first = arith::MulIOp::create(body, loc, kernel.getBlock(0),
                                        constant(body, kThreads));
    Value thread = arith::AddIOp::create(body, loc, first, kernel.getThread());
    for (PointGroup &group : groups) {
      OpBuilder::InsertionGuard guard(body);
      Value isWorking =
          arith::CmpIOp::create(body, loc, arith::CmpIPredicate::ult, thread,
                                kernel.import(group.count));
      auto branch = scf::IfOp::create(body, loc, isWorking);
      body.setInsertionPointToStart(branch.thenBlock());
      emitGroup(kernel, group, thread);
    }
  }

  void emitRows(int64_t numRows, int64_t threads, StringRef name) {
    Value one = constant(host, 1);
    KernelBuilder kernel(host, loc, {constant(host, numRows), one, one},
                         threads, name);
    OpBuilder &body = kernel.body;
    for (PointGroup &group : groups) {
      OpBuilder::InsertionGuard guard(body);
      Value size = constant(body, *getConstantIntValue(group.count) / numRows);
      Value first = arith::MulIOp::create(body, loc, kernel.getBlock(0), size);
      auto loop = scf::ForOp::create(body, loc, kernel.getThread(), size,
                                     constant(body, threads));
      body.setInsertionPointToStart(loop.getBody());
      emitGroup(
          kernel, group,
          arith::AddIOp::create(body, loc, first, loop.getInductionVar()));
    }
  }

private:
  Value constant(OpBuilder &builder, int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }

  static bool isSharedAlike(const KernelNode &a, const KernelNode &b) {
    if (a.lanes != b.lanes || a.order.size() != b.order.size())
      return false;
    for (auto [x, y] : llvm::zip_equal(a.order, b.order))
      if (ShapedType::isDynamic(a.extents[x]) || a.extents[x] != b.extents[y])
        return false;
    return true;
  }

  void addToGroup(const KernelNode *node) {
    if (!groups.empty() && isSharedAlike(*groups.back().nodes.front(), *node)) {
      groups.back().nodes.push_back(node);
      return;
    }
    PointGroup group;
    group.nodes.push_back(node);
    SmallVector<Value> all = getHostExtents(host, node->op);
    group.count = constant(host, 1);
    for (unsigned loop : node->order) {
      Value extent = all[loop];
      if (loop == node->order.back() && node->lanes > 1)
        extent = constant(host, *getConstantIntValue(extent) / node->lanes);
      group.extents.push_back(extent);
      group.count = host.createOrFold<arith::MulIOp>(loc, group.count, extent);
    }
    groups.push_back(group);
  }

  /// What is number `linear` of the group's.
  void emitGroup(KernelBuilder &kernel, const PointGroup &group, Value linear) {
    OpBuilder &body = kernel.body;
    SmallVector<Value> extents = llvm::map_to_vector(
        group.extents, [&](Value extent) { return kernel.import(extent); });
    SmallVector<Value> place = delinearize(body, loc, linear, extents);
    int64_t lanes = group.nodes.front()->lanes;
    if (lanes > 1)
      place.back() =
          arith::MulIOp::create(body, loc, place.back(), constant(body, lanes));
    for (const KernelNode *node : group.nodes) {
      linalg::GenericOp op = kernel.clone(node->op);
      SmallVector<Value> indices(op.getNumLoops());
      for (auto [loop, position] : llvm::zip_equal(node->order, place))
        indices[loop] = position;
      body.setInsertionPoint(op);
      if (lanes > 1)
        emitVectors(body, op, indices, lanes);
      else if (node->isLarge)
        emitLargePoint(body, *node, op, indices);
      else if (op.getNumReductionLoops() > 0)
        emitSums(body, kernel, *node, op, indices);
      else
        emitPoint(body, op, indices);
      body.setInsertionPointAfter(op);
      op.erase();
    }
  }

  static void emitPoint(OpBuilder &body, linalg::GenericOp op,
                        ValueRange indices) {
    PointEmitter point(op, body);
    SmallVector<Value> results = point.evaluate(
        point.loadInputs(indices), point.loadInits(indices), indices);
    point.store(results, indices);
  }

  /// One result of a reduction, all of it in this thread.
  void emitSums(OpBuilder &body, KernelBuilder &kernel, const KernelNode &node,
                linalg::GenericOp op, SmallVector<Value> indices) {
    PointEmitter point(op, body);
    if (hasMovingResults(op)) {
      OpBuilder::InsertionGuard guard(body);
      emitNest(body, op, indices, {});
      return emitPoint(body, op, indices);
    }
    for (Value &index : indices)
      if (!index)
        index = constant(body, 0);
    SmallVector<Value> carried;
    if (node.start) {
      linalg::GenericOp start = kernel.clone(node.start);
      carried.push_back(
          PointEmitter(start, body).evaluateAt(getElement(op, indices)));
      start.erase();
    } else {
      for (OpOperand &operand : op.getDpsInitsMutable())
        carried.push_back(point.load(operand, indices));
    }
    OpBuilder::InsertionGuard guard(body);
    auto [outermost, innermost] = emitNest(body, op, indices, carried);
    carried = llvm::to_vector_of<Value>(innermost.getRegionIterArgs());
    scf::YieldOp::create(
        body, loc, point.evaluate(point.loadInputs(indices), carried, indices));
    body.setInsertionPointAfter(outermost);
    point.store(outermost.getResults(), indices);
  }

  /// The loops over sums, and `body` in the innermost one. Those with values to
  /// carry have all their terminators but the innermost's.
  std::pair<scf::ForOp, scf::ForOp> emitNest(OpBuilder &body,
                                             linalg::GenericOp op,
                                             MutableArrayRef<Value> indices,
                                             SmallVector<Value> carried) {
    SmallVector<unsigned> sums;
    op.getReductionDims(sums);
    SmallVector<Value> extents = getHostExtents(body, op);
    scf::ForOp outermost, innermost;
    for (unsigned loop : sums) {
      auto nest = scf::ForOp::create(body, loc, constant(body, 0),
                                     extents[loop], constant(body, 1), carried);
      if (outermost && !carried.empty())
        scf::YieldOp::create(body, loc, nest.getResults());
      if (!outermost)
        outermost = nest;
      innermost = nest;
      body.setInsertionPointToStart(nest.getBody());
      indices[loop] = nest.getInductionVar();
      carried = llvm::to_vector_of<Value>(nest.getRegionIterArgs());
    }
    return {outermost, innermost};
  }

  static SmallVector<Value> getElement(linalg::GenericOp op,
                                       ArrayRef<Value> indices) {
    AffineMap map = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
    return llvm::map_to_vector(map.getResults(), [&](AffineExpr expr) {
      return indices[cast<AffineDimExpr>(expr).getPosition()];
    });
  }

  /// `lanes` neighbours along the last loop, 16 bytes at a time.
  void emitVectors(OpBuilder &body, linalg::GenericOp op, ValueRange indices,
                   int64_t lanes) {
    std::optional<Elementwise> elementwise = Elementwise::match(body, op);
    SmallVector<Value> arguments;
    for (OpOperand &operand : op->getOpOperands()) {
      auto type = dyn_cast<MemRefType>(operand.get().getType());
      Type element = type ? type.getElementType() : operand.get().getType();
      auto wide = VectorType::get({lanes}, element);
      AffineMap map = op.getMatchingIndexingMap(&operand);
      if (!op.payloadUsesValueFromOperand(&operand))
        arguments.push_back(
            arith::ConstantOp::create(body, loc, body.getZeroAttr(wide)));
      else if (type && map.isFunctionOfDim(elementwise->laneLoop))
        arguments.push_back(vector::LoadOp::create(
            body, loc, wide, operand.get(), select(map, indices),
            /*nontemporal=*/false, getAlignment(wide)));
      else
        arguments.push_back(vector::BroadcastOp::create(
            body, loc, wide, PointEmitter(op, body).load(operand, indices)));
    }
    SmallVector<Value> results =
        emitVectorBody(body, *elementwise, lanes, arguments, indices);
    for (auto [operand, value] :
         llvm::zip_equal(op.getDpsInitsMutable(), results))
      vector::StoreOp::create(
          body, loc, value, operand.get(),
          select(op.getMatchingIndexingMap(&operand), indices),
          /*nontemporal=*/false,
          getAlignment(cast<VectorType>(value.getType())));
  }

  static SmallVector<Value> select(AffineMap map, ValueRange indices) {
    return llvm::map_to_vector(map.getResults(), [&](AffineExpr expr) {
      return indices[cast<AffineDimExpr>(expr).getPosition()];
    });
  }

  OpBuilder &host;
  Location loc;
  SmallVector<PointGroup> groups;
};

} // namespace

void bptt::emitPointwiseKernel(OpBuilder &host,
                               ArrayRef<const KernelNode *> nodes,
                               StringRef name) {
  PointwiseEmitter(host, nodes).emit(name);
}

void bptt::emitRowKernel(OpBuilder &host, ArrayRef<const KernelNode *> nodes,
                         int64_t numRows, int64_t threads, StringRef name) {
  // No vectors across rows.
  std::vector<KernelNode> ofRows;
  for (const KernelNode *node : nodes) {
    ofRows.push_back(*node);
    if (node->order.size() == 1)
      ofRows.back().lanes = 1;
  }
  SmallVector<const KernelNode *> pointers;
  for (const KernelNode &node : ofRows)
    pointers.push_back(&node);
  PointwiseEmitter(host, pointers).emitRows(numRows, threads, name);
}
