//===- ChainRule.cpp - Chains become forward and backward -----------------===//

#include "Cells.h"
#include "Rules.h"
#include "bptt/Dialect/BPTT/IR/Chain.h"
#include "bptt/Dialect/BPTT/IR/Recurrence.h"
#include "bptt/Differentiation/DifferentiableOpInterface.h"

using namespace mlir;
using namespace bptt;

namespace {

/// The functions of every step of a chain, in every mode of its tape.
class StepFunctions {
public:
  void add(ArrayRef<Attribute> modes) {
    first.push_back(modes.front());
    others.push_back(
        ArrayAttr::get(modes.front().getContext(), modes.drop_front()));
    hasOthers |= modes.size() > 1;
  }
  ArrayAttr getFirst(OpBuilder &builder) const {
    return builder.getArrayAttr(first);
  }
  /// Null where every step has one mode.
  ArrayAttr getOthers(OpBuilder &builder) const {
    return hasOthers ? builder.getArrayAttr(others) : ArrayAttr();
  }

private:
  SmallVector<Attribute> first, others;
  bool hasOthers = false;
};

/// The value sweep takes the place of the chain, the gradient sweep stands
/// where adjoints are built. Chains stand in functions only: in cells they are
/// inlined.
class ChainAdjoint {
public:
  ChainAdjoint(ChainOp chain, AdjointBuilder &adjoint)
      : chain(chain), adjoint(adjoint) {}

  LogicalResult build() {
    findActive();
    if (failed(deriveSteps()))
      return failure();
    ChainForwardOp forward = createForward();
    ChainBackwardOp backward = createBackward(forward);
    auto results = backward.getResults().begin();
    for (int64_t carry : carries)
      adjoint.addCotangent(chain.getLoc(), chain.getCarry()[carry], *results++);
    for (int64_t invariant : wrt)
      adjoint.addCotangent(chain.getLoc(), chain.getInvariants()[invariant],
                           *results++);
    return success();
  }

private:
  /// Carries are active by their type: some step makes them depend on
  /// something, or they are not worth telling apart.
  void findActive() {
    for (auto [index, carry] : llvm::enumerate(chain.getCarry()))
      if (isDifferentiable(carry.getType()))
        carries.push_back(index);
    for (auto [index, output] : llvm::enumerate(
             chain.getResults().drop_front(chain.getCarry().size())))
      if (adjoint.getCotangent(output))
        outputs.push_back(index);
    for (auto [index, invariant] : llvm::enumerate(chain.getInvariants()))
      if (adjoint.wantsCotangent(invariant))
        wrt.push_back(index);
  }

  LogicalResult deriveSteps() {
    size_t numCarries = chain.getCarry().size();
    int64_t firstOutput = 0;
    for (size_t step = 0; step < chain.getCells().size(); ++step) {
      func::FuncOp cell = getCell(chain, step);
      int64_t numOutputs = cell.getNumResults() - numCarries;
      ScanActivity activity;
      activity.carries = carries;
      for (int64_t output : outputs)
        if (output >= firstOutput && output < firstOutput + numOutputs)
          activity.outputs.push_back(output - firstOutput);
      for (auto [index, use] : llvm::enumerate(getUses(chain.getUses(), step)))
        if (llvm::is_contained(wrt, use))
          activity.invariants.push_back(index);
      firstOutput += numOutputs;
      FailureOr<DerivedCell> derived =
          adjoint.cells->deriveStep(cell, activity, numCarries);
      if (failed(derived))
        return failure();
      advances.push_back(derived->advance);
      taped.add(derived->taped);
      retaped.add(derived->retaped);
      adjoints.add(derived->adjoints);
    }
    return success();
  }

  ChainForwardOp createForward() {
    OpBuilder builder(chain);
    auto forward = ChainForwardOp::create(
        builder, chain.getLoc(), chain.getResultTypes(),
        TapeType::get(chain.getContext()), chain.getCellsAttr(),
        taped.getFirst(builder), taped.getOthers(builder),
        chain.getIndicesAttr(), chain.getUsesAttr(), chain.getCarry(),
        chain.getInvariants(),
        /*outs=*/ValueRange(), /*plan=*/PlanAttr());
    chain.replaceAllUsesWith(forward.getResults());
    return forward;
  }

  ChainBackwardOp createBackward(ChainForwardOp forward) {
    SmallVector<Value> cotangents;
    SmallVector<Type> types;
    for (int64_t carry : carries) {
      cotangents.push_back(getCotangent(
          carry, forward, getCotangentType(chain.getResult(carry).getType())));
      types.push_back(getCotangentType(chain.getCarry()[carry].getType()));
    }
    for (int64_t output : outputs) {
      size_t result = chain.getCarry().size() + output;
      cotangents.push_back(
          getCotangent(result, forward, chain.getResult(result).getType()));
    }
    for (int64_t invariant : wrt)
      types.push_back(
          getCotangentType(chain.getInvariants()[invariant].getType()));
    OpBuilder &builder = adjoint.builder;
    return ChainBackwardOp::create(
        builder, chain.getLoc(), types, builder.getArrayAttr(advances),
        retaped.getFirst(builder), retaped.getOthers(builder),
        adjoints.getFirst(builder), adjoints.getOthers(builder),
        forward.getTape(), forward.getCarry(), forward.getInvariants(),
        cotangents, /*outs=*/ValueRange(),
        builder.getDenseI64ArrayAttr(carries),
        builder.getDenseI64ArrayAttr(outputs),
        builder.getDenseI64ArrayAttr(wrt));
  }

  /// Zeros where nothing uses the result.
  Value getCotangent(size_t result, ChainForwardOp forward, Type type) {
    Value cotangent = adjoint.getCotangent(chain.getResult(result));
    if (!cotangent)
      cotangent =
          adjoint.createZero(chain.getLoc(), forward.getResults()[result]);
    return convertFloats(adjoint.builder, chain.getLoc(), cotangent, type);
  }

  ChainOp chain;
  AdjointBuilder &adjoint;
  SmallVector<int64_t> carries, outputs, wrt;
  SmallVector<Attribute> advances; // one a step
  StepFunctions taped, retaped, adjoints;
};

struct ChainRule
    : DifferentiableOpInterface::ExternalModel<ChainRule, ChainOp> {
  LogicalResult describeAdjoint(Operation *op, AdjointRequest &request) const {
    for (Value operand : op->getOperands()) {
      request.need(operand);
      request.contribute(operand);
    }
    return success();
  }
  LogicalResult buildAdjoint(Operation *op, AdjointBuilder &adjoint) const {
    return ChainAdjoint(cast<ChainOp>(op), adjoint).build();
  }
};

void attachBPTT(MLIRContext *context, BPTTDialect *) {
  ChainOp::attachInterface<ChainRule>(*context);
}

} // namespace

void bptt::registerChainRule(DialectRegistry &registry) {
  registry.addExtension(attachBPTT);
}
