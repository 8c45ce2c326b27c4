//===- LargePoint.cpp - Points of many results, one by one ----------------===//

#include "LargePoint.h"

#include "PointEmitter.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/BitVector.h"

using namespace mlir;
using namespace bptt;

namespace {

class ResultByResult {
public:
  ResultByResult(OpBuilder &builder, const KernelNode &node,
                 linalg::GenericOp op, ValueRange indices)
      : builder(builder), op(op), indices(indices), point(op, builder),
        block(*op.getBody()), loaded(op->getNumOperands()) {
    for (OpOperand &init : op.getDpsInitsMutable()) {
      needed.push_back(collectNeeds(getYielded(needed.size())));
      overwritten.push_back(collectOverlaps(node, init));
    }
  }

  void emit() {
    auto left = llvm::to_vector(llvm::seq<unsigned>(needed.size()));
    while (!left.empty()) {
      // The fewest loads first: what is there may not be needed any more then.
      auto *next = llvm::min_element(left, [&](unsigned a, unsigned b) {
        return countLoads(a) < countLoads(b);
      });
      unsigned result = *next;
      left.erase(next);
      Value value = get(getYielded(result));
      llvm::BitVector still(op->getNumOperands());
      for (unsigned other : left)
        still |= needed[other];
      still &= overwritten[result];
      for (unsigned operand : still.set_bits())
        (void)get(block.getArgument(operand));
      store(result, value);
    }
  }

private:
  Value getYielded(unsigned result) {
    return block.getTerminator()->getOperand(result);
  }

  /// The operands that `value` is computed from.
  llvm::BitVector collectNeeds(Value value) {
    llvm::BitVector operands(op->getNumOperands());
    SmallVector<Value> stack = {value};
    llvm::DenseSet<Value> seen;
    while (!stack.empty()) {
      Value each = stack.pop_back_val();
      if (!seen.insert(each).second)
        continue;
      if (auto argument = dyn_cast<BlockArgument>(each))
        operands.set(argument.getArgNumber());
      else if (each.getDefiningOp()->getBlock() == &block)
        llvm::append_range(stack, each.getDefiningOp()->getOperands());
    }
    return operands;
  }

  /// The operands that may share memory with a result. Asked of the host's
  /// memrefs: those in the kernel do not show what they are views of.
  llvm::BitVector collectOverlaps(const KernelNode &node, OpOperand &init) {
    linalg::GenericOp host = node.op;
    auto written = MemoryRegion::get(host->getOperand(init.getOperandNumber()));
    llvm::BitVector operands(op->getNumOperands());
    for (OpOperand &operand : host->getOpOperands())
      if (isa<MemRefType>(operand.get().getType()) &&
          !written.isDisjointFrom(MemoryRegion::get(operand.get())))
        operands.set(operand.getOperandNumber());
    return operands;
  }

  unsigned countLoads(unsigned result) {
    llvm::BitVector missing = needed[result];
    return missing.reset(loaded).count();
  }

  /// `value` of the body at this point.
  Value get(Value value) {
    if (Value known = mapping.lookupOrNull(value))
      return known;
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      unsigned number = argument.getArgNumber();
      loaded.set(number);
      Value element = point.load(op->getOpOperand(number), indices);
      mapping.map(value, element);
      return element;
    }
    Operation *inside = value.getDefiningOp();
    if (inside->getBlock() != &block)
      return value;
    if (auto index = dyn_cast<linalg::IndexOp>(inside))
      return indices[index.getDim()];
    for (Value operand : inside->getOperands())
      (void)get(operand);
    builder.clone(*inside, mapping);
    return mapping.lookup(value);
  }

  void store(unsigned result, Value value) {
    OpOperand &init = *op.getDpsInitOperand(result);
    memref::StoreOp::create(builder, op.getLoc(), value, init.get(),
                            point.getElement(init, indices));
  }

  OpBuilder &builder;
  linalg::GenericOp op;
  SmallVector<Value> indices;
  PointEmitter point;
  Block &block;
  IRMapping mapping;
  llvm::BitVector loaded;
  SmallVector<llvm::BitVector> needed, overwritten;
};

} // namespace

void bptt::emitLargePoint(OpBuilder &builder, const KernelNode &node,
                          linalg::GenericOp op, ValueRange indices) {
  ResultByResult(builder, node, op, indices).emit();
}
