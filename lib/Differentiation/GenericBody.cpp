//===- GenericBody.cpp - What the adjoint of a body reads -----------------===//

#include "GenericBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using linalg::GenericOp;

namespace bptt {

/// Whether the accumulator that `use` reads comes out with coefficient one.
static bool passesThrough(OpOperand &use) {
  return isa<arith::AddFOp>(use.getOwner()) ||
         (isa<arith::SubFOp>(use.getOwner()) && use.getOperandNumber() == 0) ||
         (isa<math::FmaOp>(use.getOwner()) && use.getOperandNumber() == 2);
}

static bool isExtremum(Operation *op) {
  return isa<arith::MaximumFOp, arith::MaxNumFOp, arith::MinimumFOp,
             arith::MinNumFOp>(op);
}

Accumulation getAccumulation(GenericOp op, unsigned result) {
  if (op.getNumLoops() == op.getNumParallelLoops())
    return Accumulation::None;
  Value accumulator = op.getRegionOutputArgs()[result];
  if (!accumulator.hasOneUse())
    return Accumulation::Unknown;
  OpOperand *use = &*accumulator.use_begin();
  auto isYielded = [&](OpOperand *yielded) {
    return isa<linalg::YieldOp>(yielded->getOwner()) &&
           yielded->getOperandNumber() == result;
  };
  Operation *first = use->getOwner();
  if (isExtremum(first) && first->hasOneUse() &&
      isYielded(&*first->use_begin()))
    return Accumulation::Extremum;
  if (isa<arith::MulFOp>(first) && first->hasOneUse() &&
      isYielded(&*first->use_begin()))
    return Accumulation::Product;
  if (isYielded(use))
    return Accumulation::Sum;
  while (passesThrough(*use)) {
    if (!use->getOwner()->hasOneUse())
      return Accumulation::Unknown;
    use = &*use->getOwner()->use_begin();
    if (isYielded(use))
      return Accumulation::Sum;
  }
  return Accumulation::Unknown;
}

SmallVector<utils::IteratorType> getIterators(AffineMap map) {
  SmallVector<utils::IteratorType> iterators(map.getNumDims(),
                                             utils::IteratorType::parallel);
  for (unsigned dim = 0; dim < map.getNumDims(); ++dim) {
    bool indexes = false;
    for (AffineExpr expr : map.getResults())
      indexes |= expr == getAffineDimExpr(dim, map.getContext());
    bool mixed = llvm::any_of(map.getResults(), [&](AffineExpr expr) {
      return !isa<AffineDimExpr>(expr) && expr.isFunctionOfDim(dim);
    });
    if (!indexes || mixed)
      iterators[dim] = utils::IteratorType::reduction;
  }
  return iterators;
}

SmallVector<Seed> getSeeds(GenericOp op,
                           function_ref<bool(Value)> hasCotangent) {
  SmallVector<Seed> seeds;
  for (OpResult result : op.getResults()) {
    if (!hasCotangent(result))
      continue;
    unsigned number = result.getResultNumber();
    Accumulation accumulation = getAccumulation(op, number);
    Value scalar = op.getBody()->getTerminator()->getOperand(number);
    if (accumulation == Accumulation::Extremum) {
      Operation *extremum = scalar.getDefiningOp();
      bool first = extremum->getOperand(0) == op.getRegionOutputArgs()[number];
      scalar = extremum->getOperand(first ? 1 : 0);
    }
    seeds.push_back({number, accumulation, scalar});
  }
  return seeds;
}

void BodyReads::add(GenericOp op, Value scalar) {
  if (auto argument = dyn_cast<BlockArgument>(scalar);
      argument && argument.getOwner() == op.getBody()) {
    operands.insert(argument.getArgNumber());
    return;
  }
  Operation *definition = scalar.getDefiningOp();
  if (!definition || definition->getBlock() != op.getBody()) {
    captured.insert(scalar);
    return;
  }
  if (op.getNumLoops() == op.getNumParallelLoops())
    for (OpOperand &use : scalar.getUses())
      if (isa<linalg::YieldOp>(use.getOwner())) {
        results.insert(use.getOperandNumber());
        return;
      }
  for (Value used : getUsedValues(definition))
    add(op, used);
}

SmallVector<tensor::ExtractOp>
getLookups(GenericOp op, function_ref<bool(Value)> wantsCotangent) {
  SmallVector<tensor::ExtractOp> lookups;
  for (auto lookup : op.getBody()->getOps<tensor::ExtractOp>())
    if (wantsCotangent(lookup.getTensor()))
      lookups.push_back(lookup);
  return lookups;
}

FailureOr<AdjointRequest> requestBody(GenericOp op, ArrayRef<Seed> seeds,
                                      ArrayRef<Value> targets) {
  AdjointRequest request(getVarying(*op.getBody(), targets));
  for (const Seed &seed : seeds)
    request.contribute(seed.scalar);
  if (failed(describeAdjoint(*op.getBody(), request)))
    return failure();
  return request;
}

BodyReads getReads(GenericOp op, ArrayRef<Seed> seeds,
                   const AdjointRequest &request) {
  BodyReads reads;
  for (Value scalar : request.getNeeded())
    reads.add(op, scalar);
  for (const Seed &seed : seeds)
    if (seed.accumulation == Accumulation::Extremum &&
        request.wantsCotangent(seed.scalar)) {
      reads.add(op, seed.scalar);
      reads.results.insert(seed.result);
    }
  return reads;
}

} // namespace bptt
