//===- GenericAdjoint.cpp - The adjoint of a linalg.generic ---------------===//

#include "GenericAdjoint.h"

#include "GenericBody.h"
#include "Lookup.h"
#include "ScalarBuilder.h"
#include "bptt/Dialect/BPTT/IR/Recurrence.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace bptt;
using linalg::GenericOp;

namespace {

/// Inputs of a generic under construction, and what their elements stand for in
/// the primal body.
struct BodyInputs {
  SmallVector<Value> values;
  SmallVector<AffineMap> maps;
  SmallVector<Value> scalars;
  IRMapping captured;

  void add(Value value, AffineMap map, Value scalar) {
    values.push_back(value);
    maps.push_back(map);
    scalars.push_back(scalar);
  }
  void add(GenericOp op, const BodyReads &reads, AdjointBuilder &adjoint) {
    for (unsigned number : reads.operands)
      add(adjoint.getPrimal(op->getOperand(number)),
          op.getIndexingMapsArray()[number], op.getBody()->getArgument(number));
    for (unsigned number : reads.results)
      add(adjoint.getPrimal(op.getResult(number)), getResultMap(op, number),
          getYielded(op, number));
    for (Value value : reads.captured)
      captured.map(value, adjoint.getPrimal(value));
  }
  /// From values of the primal body to those of the new one.
  IRMapping bind(ValueRange arguments) const {
    IRMapping mapping(captured);
    for (auto [scalar, argument] : llvm::zip(scalars, arguments))
      if (scalar)
        mapping.map(scalar, argument);
    return mapping;
  }
  static AffineMap getResultMap(GenericOp op, unsigned number) {
    return op.getIndexingMapsArray()[op.getNumDpsInputs() + number];
  }
  static Value getYielded(GenericOp op, unsigned number) {
    return op.getBody()->getTerminator()->getOperand(number);
  }
};

/// Builds the adjoint of one linalg.generic.
class GenericAdjoint {
public:
  GenericAdjoint(GenericOp op, AdjointBuilder &adjoint)
      : op(op), adjoint(adjoint), builder(adjoint.builder), loc(op.getLoc()),
        seeds(getSeeds(op, [&](Value value) {
          return bool(adjoint.getCotangent(value));
        })) {}

  LogicalResult build() {
    for (const Seed &seed : seeds)
      cotangents.push_back(getElementCotangent(seed));
    // Operands whose elements are all met once, and with equal maps, share one
    // operation.
    llvm::MapVector<AffineMap, SmallVector<unsigned>> together;
    SmallVector<unsigned> alone;
    for (OpOperand &operand : op->getOpOperands()) {
      unsigned number = operand.getOperandNumber();
      if (!adjoint.wantsCotangent(operand.get()))
        continue;
      if (op.isDpsInit(&operand) && op.getNumReductionLoops() != 0)
        continue;
      AffineMap map = op.getMatchingIndexingMap(&operand);
      if (map.isPermutation() && isa<RankedTensorType>(operand.get().getType()))
        together[map].push_back(number);
      else
        alone.push_back(number);
    }
    for (auto &[map, targets] : together)
      if (failed(buildElementwise(map, targets)))
        return failure();
    for (unsigned target : alone)
      if (failed(buildAccumulation(target)))
        return failure();
    for (tensor::ExtractOp lookup : getLookups(
             op, [&](Value value) { return adjoint.wantsCotangent(value); }))
      if (failed(buildLookup(lookup)))
        return failure();
    if (op.getNumReductionLoops() != 0)
      for (const Seed &seed : seeds)
        if (seed.accumulation == Accumulation::Sum)
          adjoint.addCotangent(loc, op.getDpsInits()[seed.result],
                               adjoint.getCotangent(op.getResult(seed.result)));
    return success();
  }

private:
  /// The cotangent of a result or, under an extremum, the share of each of the
  /// elements that attain it.
  Value getElementCotangent(const Seed &seed) {
    Value g = adjoint.getCotangent(op.getResult(seed.result));
    if (seed.accumulation != Accumulation::Extremum)
      return g;
    BodyReads reads;
    reads.add(op, seed.scalar);
    reads.results.insert(seed.result);
    BodyInputs inputs;
    inputs.add(op, reads, adjoint);
    AffineMap map = BodyInputs::getResultMap(op, seed.result);
    Value zeros = adjoint.createZero(loc, op.getResult(seed.result));
    Value count = create(inputs, {zeros}, map,
                         [&](AdjointBuilder &nested, ValueRange arguments) {
                           ScalarBuilder b{nested.builder, loc};
                           Value sum = arguments.back();
                           Value one = b.select(attains(nested, b, seed),
                                                b.constant(1.0, sum),
                                                b.constant(0.0, sum));
                           return SmallVector<Value>{b.add(sum, one)};
                         })
                      .front();
    return createElementwise(
        builder, loc,
        {adjoint.getAccumulator(loc, op.getResult(seed.result)), count},
        [](OpBuilder &nested, Location at, ValueRange elements) -> Value {
          return arith::DivFOp::create(nested, at, elements[0], elements[1]);
        });
  }

  Value attains(AdjointBuilder &nested, ScalarBuilder &b, const Seed &seed) {
    return b.compare(arith::CmpFPredicate::OEQ, nested.getPrimal(seed.scalar),
                     nested.getPrimal(BodyInputs::getYielded(op, seed.result)));
  }

  /// One operation for `targets`, each element of which is met exactly once.
  LogicalResult buildElementwise(AffineMap map, ArrayRef<unsigned> targets) {
    SmallVector<Value> scalars = getElements(targets);
    FailureOr<AdjointRequest> request = requestBody(op, seeds, scalars);
    if (failed(request))
      return failure();
    SmallVector<unsigned> reached;
    SmallVector<Value> empties;
    for (auto [target, scalar] : llvm::zip(targets, scalars))
      if (request->hasCotangent(scalar)) {
        reached.push_back(target);
        empties.push_back(adjoint.createEmpty(loc, op->getOperand(target)));
      }
    if (reached.empty())
      return success();
    SmallVector<Value> results = createAdjoint(*request, getElements(reached),
                                               empties, map, /*add=*/false);
    for (auto [target, result] : llvm::zip(reached, results))
      adjoint.addCotangent(loc, op->getOperand(target), result);
    return success();
  }

  /// An operation that adds to the cotangent of `target`.
  LogicalResult buildAccumulation(unsigned target) {
    Value scalar = op.getBody()->getArgument(target);
    FailureOr<AdjointRequest> request = requestBody(op, seeds, scalar);
    if (failed(request))
      return failure();
    if (!request->hasCotangent(scalar))
      return success();
    Value operand = op->getOperand(target);
    AffineMap map = op.getIndexingMapsArray()[target];
    if (isa<RankedTensorType>(operand.getType())) {
      Value accumulator = adjoint.getAccumulator(loc, operand);
      adjoint.setCotangent(operand, createAdjoint(*request, scalar, accumulator,
                                                  map, /*add=*/true)
                                        .front());
      return success();
    }
    Value zero = adjoint.createZero(loc, operand);
    Value sum = tensor::FromElementsOp::create(
        builder, loc, RankedTensorType::get({}, zero.getType()), zero);
    sum = createAdjoint(*request, scalar, sum, map, /*add=*/true).front();
    adjoint.addCotangent(
        loc, operand,
        tensor::ExtractOp::create(builder, loc, sum, ValueRange()));
    return success();
  }

  /// The cotangents of all elements looked up, then their sum by position.
  LogicalResult buildLookup(tensor::ExtractOp lookup) {
    Value scalar = lookup.getResult(), table = lookup.getTensor();
    FailureOr<AdjointRequest> request = requestBody(op, seeds, scalar);
    if (failed(request))
      return failure();
    if (!request->hasCotangent(scalar))
      return success();
    Value empty =
        tensor::EmptyOp::create(builder, loc, op.getStaticLoopRanges(),
                                getCotangentType(scalar.getType()));
    AffineMap identity = builder.getMultiDimIdentityMap(op.getNumLoops());
    Value elements =
        createAdjoint(*request, scalar, empty, identity, /*add=*/false).front();
    Value accumulator = adjoint.getAccumulator(loc, table);
    adjoint.setCotangent(
        table, scatterAdd(op, lookup, elements, accumulator, adjoint));
    return success();
  }

  SmallVector<Value> getElements(ArrayRef<unsigned> operands) {
    return llvm::map_to_vector(operands, [&](unsigned operand) -> Value {
      return op.getBody()->getArgument(operand);
    });
  }

  SmallVector<Value> createAdjoint(const AdjointRequest &request,
                                   ArrayRef<Value> targets, ValueRange outputs,
                                   AffineMap map, bool add) {
    BodyInputs inputs;
    SmallVector<std::pair<size_t, Seed>> entering; // position among the inputs
    for (auto [seed, cotangent] : llvm::zip(seeds, cotangents))
      if (request.wantsCotangent(seed.scalar)) {
        entering.push_back({inputs.values.size(), seed});
        inputs.add(cotangent, BodyInputs::getResultMap(op, seed.result), {});
      }
    inputs.add(op, getReads(op, seeds, request), adjoint);
    auto body = [&](AdjointBuilder &nested, ValueRange arguments) {
      ScalarBuilder b{nested.builder, loc};
      for (auto &[position, seed] : entering) {
        Value g = arguments[position];
        if (seed.accumulation == Accumulation::Extremum)
          g = b.select(attains(nested, b, seed), g, b.constant(0.0, g));
        nested.addCotangent(loc, seed.scalar, g);
      }
      (void)bptt::buildAdjoint(*op.getBody(), nested);
      SmallVector<Value> yields;
      for (auto [index, element] : llvm::enumerate(targets)) {
        Value contribution = nested.getCotangent(element);
        if (!contribution)
          contribution = nested.createZero(loc, element);
        if (add)
          contribution =
              b.add(arguments[arguments.size() - targets.size() + index],
                    contribution);
        yields.push_back(contribution);
      }
      return yields;
    };
    return create(inputs, outputs, map, body, request.getVaryingValues());
  }

  /// A generic over the iteration space of `op` whose outputs all have `map`.
  SmallVector<Value>
  create(BodyInputs &inputs, ValueRange outputs, AffineMap map,
         function_ref<SmallVector<Value>(AdjointBuilder &, ValueRange)> body,
         const ValueSet &varying = {}) {
    coverLoops(inputs, map);
    SmallVector<AffineMap> maps(inputs.maps);
    maps.append(outputs.size(), map);
    auto generic = GenericOp::create(
        builder, loc, outputs.getTypes(), inputs.values, outputs, maps,
        getIterators(map),
        [&](OpBuilder &nested, Location, ValueRange arguments) {
          AdjointBuilder scalars(nested, varying, inputs.bind(arguments),
                                 /*inPlace=*/false);
          SmallVector<Value> yields = body(scalars, arguments);
          linalg::YieldOp::create(nested, loc, yields);
        });
    return SmallVector<Value>(generic.getResults());
  }

  /// The extent of every loop must follow from some operand: adds operands for
  /// their shape where none of the others has it.
  void coverLoops(BodyInputs &inputs, AffineMap output) {
    for (OpOperand &operand : op->getOpOperands()) {
      SmallVector<AffineMap> maps(inputs.maps);
      maps.push_back(output);
      llvm::SmallBitVector covered(output.getNumDims());
      for (AffineMap map : maps)
        for (AffineExpr expr : map.getResults())
          if (auto dim = dyn_cast<AffineDimExpr>(expr))
            covered.set(dim.getPosition());
      if (covered.all())
        return;
      AffineMap map = op.getMatchingIndexingMap(&operand);
      if (llvm::any_of(map.getResults(), [&](AffineExpr expr) {
            auto dim = dyn_cast<AffineDimExpr>(expr);
            return dim && !covered.test(dim.getPosition());
          }))
        inputs.add(adjoint.createEmpty(loc, operand.get()), map, {});
    }
  }

  GenericOp op;
  AdjointBuilder &adjoint;
  OpBuilder &builder;
  Location loc;
  SmallVector<Seed> seeds;
  SmallVector<Value> cotangents; // by seed
};

} // namespace

LogicalResult bptt::buildGenericAdjoint(GenericOp op, AdjointBuilder &adjoint) {
  return GenericAdjoint(op, adjoint).build();
}
