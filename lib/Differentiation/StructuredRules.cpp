//===- StructuredRules.cpp - Rules for linalg operations ------------------===//
//
// The adjoint of a linalg.generic with respect to an operand is a
// linalg.generic over the same iteration space whose output map is that
// operand's map, and whose body is the scalar adjoint of the body. Dimensions
// that the map drops are reduced: products, sums and broadcasts are one
// another's adjoints by this alone.

#include "GenericAdjoint.h"
#include "GenericBody.h"
#include "Rules.h"
#include "bptt/Differentiation/DifferentiableOpInterface.h"

using namespace mlir;
using namespace bptt;
using linalg::GenericOp;

namespace {

LogicalResult refuse(GenericOp op, const Seed &seed, AdjointRequest &request) {
  Value init = op.getDpsInits()[seed.result];
  switch (seed.accumulation) {
  case Accumulation::None:
  case Accumulation::Sum:
    return success();
  case Accumulation::Extremum:
    if (!request.wantsCotangent(init))
      return success();
    return op.emitError() << "a maximum or minimum that starts from a "
                             "differentiated value has no "
                             "differentiation rule; start it from a constant "
                             "and combine the two "
                             "element-wise";
  case Accumulation::Product:
    return op.emitError() << "a product reduction has no differentiation rule; "
                             "use the exponential "
                             "of a sum of logarithms";
  case Accumulation::Unknown:
    return op.emitError() << "result #" << seed.result
                          << " is neither a sum nor a maximum or minimum over "
                             "its reduction loops, "
                             "so it has no differentiation rule";
  }
  llvm_unreachable("covered switch");
}

struct GenericRule
    : DifferentiableOpInterface::ExternalModel<GenericRule, GenericOp> {
  LogicalResult describeAdjoint(Operation *operation,
                                AdjointRequest &request) const {
    auto op = cast<GenericOp>(operation);
    SmallVector<Seed> seeds =
        getSeeds(op, [&](Value value) { return request.hasCotangent(value); });
    for (const Seed &seed : seeds)
      if (failed(refuse(op, seed, request)))
        return failure();
    bool isReduction = op.getNumReductionLoops() != 0;
    // What the body computes from, and the tensors whose elements they are.
    SmallVector<Value> scalars, tensors;
    for (OpOperand &operand : op->getOpOperands())
      if (request.wantsCotangent(operand.get()) &&
          !(isReduction && op.isDpsInit(&operand))) {
        scalars.push_back(op.getMatchingBlockArgument(&operand));
        tensors.push_back(operand.get());
      }
    for (tensor::ExtractOp lookup : getLookups(
             op, [&](Value value) { return request.wantsCotangent(value); })) {
      scalars.push_back(lookup.getResult());
      tensors.push_back(lookup.getTensor());
    }
    FailureOr<AdjointRequest> body = requestBody(op, seeds, scalars);
    if (failed(body))
      return failure();
    BodyReads reads = getReads(op, seeds, *body);
    for (unsigned number : reads.operands)
      request.need(op->getOperand(number));
    for (unsigned number : reads.results)
      request.need(op->getResult(number));
    for (Value value : reads.captured)
      request.need(value);
    for (auto [scalar, tensor] : llvm::zip(scalars, tensors))
      if (body->hasCotangent(scalar))
        request.contribute(tensor);
    if (isReduction)
      for (const Seed &seed : seeds)
        request.contribute(op.getDpsInits()[seed.result]);
    return refuseCaptured(op, request);
  }
  LogicalResult buildAdjoint(Operation *op, AdjointBuilder &adjoint) const {
    return buildGenericAdjoint(cast<GenericOp>(op), adjoint);
  }

  static LogicalResult refuseCaptured(GenericOp op, AdjointRequest &request) {
    bool isStatic =
        llvm::none_of(op.getStaticLoopRanges(), ShapedType::isDynamic);
    for (Operation &inner : op.getBody()->without_terminator())
      for (Value value : getUsedValues(&inner)) {
        if (!request.wantsCotangent(value))
          continue;
        if (!isa<tensor::ExtractOp>(inner))
          return inner.emitError()
                 << "'" << inner.getName()
                 << "' of a differentiated value inside '" << op->getName()
                 << "' has no differentiation rule";
        if (!isStatic)
          return inner.emitError()
                 << "a table lookup over dynamic extents has no "
                    "differentiation rule; write it as a product with a "
                    "one-hot matrix";
      }
    return success();
  }
};

/// A fill is a broadcast of a scalar.
struct FillRule
    : DifferentiableOpInterface::ExternalModel<FillRule, linalg::FillOp> {
  LogicalResult describeAdjoint(Operation *op, AdjointRequest &request) const {
    request.contribute(cast<linalg::FillOp>(op).value());
    return success();
  }
  LogicalResult buildAdjoint(Operation *op, AdjointBuilder &adjoint) const {
    auto fill = cast<linalg::FillOp>(op);
    if (adjoint.wantsCotangent(fill.value()))
      adjoint.addCotangent(op->getLoc(), fill.value(),
                           createSum(adjoint.builder, op->getLoc(),
                                     adjoint.getCotangent(op->getResult(0))));
    return success();
  }
};

void attachLinalg(MLIRContext *context, linalg::LinalgDialect *) {
  GenericOp::attachInterface<GenericRule>(*context);
  linalg::FillOp::attachInterface<FillRule>(*context);
}

} // namespace

void bptt::registerStructuredRules(DialectRegistry &registry) {
  registry.addExtension(attachLinalg);
}
