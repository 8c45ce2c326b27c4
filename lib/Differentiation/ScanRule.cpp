//===- ScanRule.cpp - Recurrences become forward and backward -------------===//

#include "Cells.h"
#include "Rules.h"
#include "bptt/Dialect/BPTT/IR/Recurrence.h"
#include "bptt/Differentiation/DifferentiableOpInterface.h"

using namespace mlir;
using namespace bptt;

namespace {

/// The value sweep takes the place of the scan, the gradient sweep stands where
/// adjoints are built. In the adjoint of a cell both stand there: the value
/// sweep is run again.
class ScanAdjoint {
public:
  ScanAdjoint(ScanOp scan, AdjointBuilder &adjoint)
      : scan(scan), adjoint(adjoint) {}

  LogicalResult build() {
    if (!adjoint.isInPlace() && ShapedType::isDynamic(getStaticNumSteps(
                                    scan.getInputs(), scan.getSteps())))
      return scan.emitOpError("stands inside a cell, where its length must be "
                              "static to be differentiated");
    activity = getActivity(
        scan, [&](Value value) { return adjoint.wantsCotangent(value); },
        [&](Value value) { return bool(adjoint.getCotangent(value)); });
    FailureOr<DerivedCell> derived =
        adjoint.cells->derive(scan, activity, !adjoint.isInPlace());
    if (failed(derived))
      return failure();
    ForwardOp forward = createForward(*derived);
    BackwardOp backward = createBackward(*derived, forward);
    auto results = backward.getResults().begin();
    for (int64_t carry : activity.carries)
      adjoint.addCotangent(scan.getLoc(), scan.getCarry()[carry], *results++);
    for (int64_t input : activity.inputs)
      adjoint.addCotangent(scan.getLoc(), scan.getInputs()[input], *results++);
    for (int64_t invariant : activity.invariants)
      adjoint.addCotangent(scan.getLoc(), scan.getInvariants()[invariant],
                           *results++);
    return success();
  }

private:
  static FlatSymbolRefAttr getFirst(ArrayRef<Attribute> modes) {
    return cast<FlatSymbolRefAttr>(modes.front());
  }
  static ArrayAttr getOthers(Builder &builder, ArrayRef<Attribute> modes) {
    return modes.size() == 1 ? ArrayAttr()
                             : builder.getArrayAttr(modes.drop_front());
  }

  ForwardOp createForward(const DerivedCell &derived) {
    OpBuilder builder(adjoint.builder);
    if (adjoint.isInPlace())
      builder.setInsertionPoint(scan);
    auto forward = ForwardOp::create(
        builder, scan.getLoc(), scan.getResultTypes(),
        TapeType::get(scan.getContext()), scan.getCellAttr(),
        getFirst(derived.taped), getOthers(builder, derived.taped),
        getPrimals(scan.getCarry()), getPrimals(scan.getInputs()),
        getPrimals(scan.getInvariants()), getSteps(), /*outs=*/ValueRange(),
        /*plan=*/PlanAttr(), scan.getReverseAttr());
    if (adjoint.isInPlace())
      scan.replaceAllUsesWith(forward.getResults());
    return forward;
  }

  SmallVector<Value> getPrimals(ValueRange values) {
    return llvm::map_to_vector(
        values, [&](Value value) { return adjoint.getPrimal(value); });
  }
  Value getSteps() {
    return scan.getSteps() ? adjoint.getPrimal(scan.getSteps()) : Value();
  }

  BackwardOp createBackward(const DerivedCell &derived, ForwardOp forward) {
    Location loc = scan.getLoc();
    size_t numCarries = scan.getCarry().size();
    SmallVector<Value> cotangents;
    for (int64_t carry : activity.carries)
      cotangents.push_back(getCotangent(
          carry, forward, getCotangentType(scan.getCarry()[carry].getType())));
    for (int64_t output : activity.outputs)
      cotangents.push_back(
          getCotangent(numCarries + output, forward,
                       scan.getResult(numCarries + output).getType()));
    SmallVector<Type> types;
    for (int64_t carry : activity.carries)
      types.push_back(getCotangentType(scan.getCarry()[carry].getType()));
    for (int64_t input : activity.inputs)
      types.push_back(scan.getInputs()[input].getType());
    for (int64_t invariant : activity.invariants)
      types.push_back(
          getCotangentType(scan.getInvariants()[invariant].getType()));
    Builder &attributes = adjoint.builder;
    return BackwardOp::create(
        adjoint.builder, loc, types, derived.advance, getFirst(derived.retaped),
        getOthers(attributes, derived.retaped), getFirst(derived.adjoints),
        getOthers(attributes, derived.adjoints), forward.getTape(),
        forward.getCarry(), forward.getInputs(), forward.getInvariants(),
        cotangents, forward.getSteps(),
        /*outs=*/ValueRange(),
        attributes.getDenseI64ArrayAttr(activity.carries),
        attributes.getDenseI64ArrayAttr(activity.outputs),
        attributes.getDenseI64ArrayAttr(activity.inputs),
        attributes.getDenseI64ArrayAttr(activity.invariants),
        scan.getReverseAttr());
  }

  /// Zeros where nothing uses the result; their sizes, where types do not say
  /// them, are read from the forward, which has replaced the scan.
  Value getCotangent(size_t result, ForwardOp forward, Type type) {
    Location loc = scan.getLoc();
    Value cotangent = adjoint.getCotangent(scan.getResult(result));
    if (!cotangent)
      cotangent = adjoint.createZero(loc, forward.getResults()[result]);
    return convertFloats(adjoint.builder, loc, cotangent, type);
  }

  ScanOp scan;
  AdjointBuilder &adjoint;
  ScanActivity activity;
};

struct ScanRule : DifferentiableOpInterface::ExternalModel<ScanRule, ScanOp> {
  LogicalResult describeAdjoint(Operation *op, AdjointRequest &request) const {
    auto scan = cast<ScanOp>(op);
    ScanActivity activity = getActivity(
        scan, [&](Value value) { return request.wantsCotangent(value); },
        [&](Value value) { return request.hasCotangent(value); });
    for (Value operand : scan->getOperands())
      request.need(operand);
    for (int64_t carry : activity.carries)
      request.contribute(scan.getCarry()[carry]);
    for (int64_t input : activity.inputs)
      request.contribute(scan.getInputs()[input]);
    for (int64_t invariant : activity.invariants)
      request.contribute(scan.getInvariants()[invariant]);
    return success();
  }
  LogicalResult buildAdjoint(Operation *op, AdjointBuilder &adjoint) const {
    return ScanAdjoint(cast<ScanOp>(op), adjoint).build();
  }
};

void attachBPTT(MLIRContext *context, BPTTDialect *) {
  ScanOp::attachInterface<ScanRule>(*context);
}

} // namespace

void bptt::registerScanRule(DialectRegistry &registry) {
  registry.addExtension(attachBPTT);
}
