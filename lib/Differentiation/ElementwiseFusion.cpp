//===- ElementwiseFusion.cpp - Fusion that computes nothing twice ---------===//
//
// Upstream's fusion patterns leave a producer with several users alone. Here
// such a producer joins its first user, and its results become further results
// of the fused operation.

#include "Normalize.h"
#include "bptt/Differentiation/Adjoint.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using linalg::GenericOp;

namespace {

bool isElementwise(GenericOp op) {
  return op.getNumLoops() == op.getNumParallelLoops();
}

/// The operand through which `consumer` can take `producer` in.
OpOperand *getFusable(GenericOp producer, GenericOp consumer) {
  for (OpOperand *operand : consumer.getDpsInputOperands()) {
    if (operand->get().getDefiningOp() != producer)
      continue;
    auto result = cast<OpResult>(operand->get());
    AffineMap written =
        producer.getIndexingMapsArray()[producer.getNumDpsInputs() +
                                        result.getResultNumber()];
    if (consumer.getMatchingIndexingMap(operand).isPermutation() &&
        written.isPermutation() && linalg::areElementwiseOpsFusable(operand))
      return operand;
  }
  return nullptr;
}

/// The first user of `producer` to fuse with, and what stands between the two
/// that depends on `producer` and has to move behind.
struct Candidate {
  OpOperand *operand = nullptr;
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
      if ((candidate.operand = getFusable(producer, consumer)))
        return candidate;
    if (uses || indirectly) {
      dependent.insert(op);
      candidate.between.push_back(op);
    }
  }
  return {};
}

/// Fuses `producer` into one of its users; null if there is none to fuse with.
GenericOp fuseIntoUser(RewriterBase &rewriter, GenericOp producer) {
  Candidate candidate = findCandidate(producer);
  if (!candidate.operand)
    return {};
  Operation *consumer = candidate.operand->getOwner();
  rewriter.setInsertionPoint(consumer);
  FailureOr<linalg::ElementwiseOpFusionResult> fusion =
      linalg::fuseElementwiseOps(rewriter, candidate.operand);
  if (failed(fusion))
    return {};
  Operation *last = fusion->fusedOp;
  for (Operation *op : candidate.between) {
    op->moveAfter(last);
    last = op;
  }
  for (Operation *replaced : {consumer, producer.getOperation()}) {
    for (OpResult result : replaced->getResults())
      if (Value replacement = fusion->replacements.lookup(result))
        rewriter.replaceAllUsesWith(result, replacement);
    if (replaced->use_empty())
      rewriter.eraseOp(replaced);
  }
  return cast<GenericOp>(fusion->fusedOp);
}

} // namespace

void bptt::fuseElementwise(func::FuncOp function) {
  IRRewriter rewriter(function.getContext());
  Block &body = function.getBody().front();
  for (bool changed = true; changed;) {
    changed = false;
    for (Operation &op : body) {
      auto producer = dyn_cast<GenericOp>(op);
      if (producer && isElementwise(producer) &&
          fuseIntoUser(rewriter, producer)) {
        changed = true;
        break;
      }
    }
  }
}
