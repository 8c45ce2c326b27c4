//===- ElementwiseFusion.cpp - Fusion that computes nothing twice ---------===//
//
// Upstream's fusion patterns leave a producer with several users alone. Here
// such a producer joins its first user, and its results become further results
// of the fused operation.

#include "Normalize.h"
#include "bptt/Differentiation/Adjoint.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using linalg::GenericOp;

namespace {

bool isElementwise(GenericOp op) {
  return op.getNumLoops() == op.getNumParallelLoops();
}

AffineMap getResultMap(GenericOp op, OpResult result) {
  return op
      .getIndexingMapsArray()[op.getNumDpsInputs() + result.getResultNumber()];
}

/// How loops of `producer` follow from those of `consumer`, if the consumer
/// meets every element of what it takes from the producer once, and all of it
/// in the same order; null otherwise.
AffineMap getLoopMap(GenericOp producer, GenericOp consumer) {
  AffineMap loops;
  for (OpOperand &operand : consumer->getOpOperands()) {
    if (operand.get().getDefiningOp() != producer)
      continue;
    AffineMap written = getResultMap(producer, cast<OpResult>(operand.get()));
    AffineMap read = consumer.getMatchingIndexingMap(&operand);
    if (consumer.isDpsInit(&operand) || !written.isPermutation() ||
        !read.isPermutation())
      return {};
    AffineMap map = inversePermutation(written).compose(read);
    if (loops && loops != map)
      return {};
    loops = map;
  }
  return loops;
}

/// Builds one operation out of two that are related by `loops`, in the place of
/// the consumer.
class Fusion {
public:
  Fusion(GenericOp producer, GenericOp consumer, AffineMap loops)
      : producer(producer), consumer(consumer), loops(loops) {}

  GenericOp run() {
    for (OpOperand *input : producer.getDpsInputOperands())
      addInput(producer, *input, loops);
    for (OpOperand *input : consumer.getDpsInputOperands())
      if (input->get().getDefiningOp() != producer)
        addInput(consumer, *input,
                 AffineMap::getMultiDimIdentityMap(consumer.getNumLoops(),
                                                   consumer.getContext()));
    for (OpOperand &init : producer.getDpsInitsMutable())
      addInit(producer, init, loops);
    for (OpOperand &init : consumer.getDpsInitsMutable())
      addInit(consumer, init,
              AffineMap::getMultiDimIdentityMap(consumer.getNumLoops(),
                                                consumer.getContext()));
    SmallVector<AffineMap> maps(inputMaps);
    llvm::append_range(maps, initMaps);
    OpBuilder builder(consumer);
    auto fused = GenericOp::create(
        builder, builder.getFusedLoc({producer.getLoc(), consumer.getLoc()}),
        ValueRange(inits).getTypes(), inputs, inits, maps,
        consumer.getIteratorTypesArray(),
        [&](OpBuilder &nested, Location loc, ValueRange arguments) {
          buildBody(nested, loc, arguments);
        });
    size_t position = 0;
    for (GenericOp op : {producer, consumer})
      for (OpResult result : op->getResults())
        result.replaceAllUsesWith(fused->getResult(position++));
    consumer.erase();
    producer.erase();
    return fused;
  }

private:
  void addInput(GenericOp op, OpOperand &input, AffineMap through) {
    inputs.push_back(input.get());
    inputMaps.push_back(op.getMatchingIndexingMap(&input).compose(through));
    inputScalars.push_back(op.getMatchingBlockArgument(&input));
  }
  void addInit(GenericOp op, OpOperand &init, AffineMap through) {
    inits.push_back(init.get());
    initMaps.push_back(op.getMatchingIndexingMap(&init).compose(through));
    initScalars.push_back(op.getMatchingBlockArgument(&init));
  }

  void buildBody(OpBuilder &builder, Location loc, ValueRange arguments) {
    IRMapping mapping;
    mapping.map(inputScalars, arguments.take_front(inputScalars.size()));
    mapping.map(initScalars, arguments.drop_front(inputScalars.size()));
    SmallVector<Value> yields;
    cloneBody(builder, producer, mapping, yields);
    for (OpOperand *input : consumer.getDpsInputOperands())
      if (input->get().getDefiningOp() == producer)
        mapping.map(consumer.getMatchingBlockArgument(input),
                    yields[cast<OpResult>(input->get()).getResultNumber()]);
    cloneBody(builder, consumer, mapping, yields);
    linalg::YieldOp::create(builder, loc, yields);
  }

  void cloneBody(OpBuilder &builder, GenericOp op, IRMapping &mapping,
                 SmallVector<Value> &yields) {
    for (Operation &scalar : op.getBody()->without_terminator()) {
      Operation *clone = builder.clone(scalar, mapping);
      if (auto index = dyn_cast<linalg::IndexOp>(clone);
          index && op == producer)
        index.setDim(loops.getDimPosition(index.getDim()));
    }
    for (Value value : op.getBody()->getTerminator()->getOperands())
      yields.push_back(mapping.lookupOrDefault(value));
  }

  GenericOp producer, consumer;
  AffineMap loops;
  SmallVector<Value> inputs, inputScalars, inits, initScalars;
  SmallVector<AffineMap> inputMaps, initMaps;
};

/// The first user of `producer` to fuse with, and what stands between the two
/// that depends on `producer` and has to move behind.
struct Candidate {
  GenericOp consumer;
  AffineMap loops;
  SmallVector<Operation *> between;
};

Candidate findCandidate(GenericOp producer) {
  Candidate candidate;
  llvm::DenseSet<Operation *> dependent;
  for (Operation *op = producer->getNextNode();
       op && !op->hasTrait<OpTrait::IsTerminator>(); op = op->getNextNode()) {
    bool uses = false, indirectly = false;
    for (Value used : bptt::getUsedValues(op)) {
      uses |= used.getDefiningOp() == producer;
      indirectly |= dependent.contains(used.getDefiningOp());
    }
    auto consumer = dyn_cast<GenericOp>(op);
    if (uses && !indirectly && consumer && isElementwise(consumer))
      if ((candidate.loops = getLoopMap(producer, consumer))) {
        candidate.consumer = consumer;
        return candidate;
      }
    if (uses || indirectly) {
      dependent.insert(op);
      candidate.between.push_back(op);
    }
  }
  return {};
}

/// Fuses `producer` into one of its users, if there is one to fuse with.
bool fuseIntoUser(GenericOp producer) {
  Candidate candidate = findCandidate(producer);
  if (!candidate.consumer)
    return false;
  Operation *last = Fusion(producer, candidate.consumer, candidate.loops).run();
  for (Operation *op : candidate.between) {
    op->moveAfter(last);
    last = op;
  }
  return true;
}

} // namespace

void bptt::fuseElementwise(func::FuncOp function) {
  Block &body = function.getBody().front();
  for (bool changed = true; changed;) {
    changed = false;
    for (Operation &op : body) {
      auto producer = dyn_cast<GenericOp>(op);
      if (producer && isElementwise(producer) && fuseIntoUser(producer)) {
        changed = true;
        break;
      }
    }
  }
}
