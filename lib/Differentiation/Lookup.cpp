//===- Lookup.cpp - Table lookups inside structured operations ------------===//
//
// Where two iterations read the same element, both add to it: that is a loop,
// no structured operation.

#include "Lookup.h"

#include "GenericBody.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using linalg::GenericOp;

namespace bptt {

namespace {

/// A primal tensor, and the map by which `op` reads its elements.
using Source = std::tuple<Value, AffineMap, Value>;

/// The tensors that the positions of `lookup` are computed from, with the
/// scalars of the body that their elements are; captured values go into
/// `known`.
SmallVector<Source> getSources(GenericOp op, tensor::ExtractOp lookup,
                               AdjointBuilder &adjoint, IRMapping &known) {
  BodyReads reads;
  for (Value index : lookup.getIndices())
    reads.add(op, index);
  SmallVector<Source> sources;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  for (unsigned number : reads.operands)
    sources.push_back({adjoint.getPrimal(op->getOperand(number)), maps[number],
                       op.getBody()->getArgument(number)});
  for (unsigned number : reads.results)
    sources.push_back({adjoint.getPrimal(op->getResult(number)),
                       maps[op.getNumDpsInputs() + number],
                       op.getBody()->getTerminator()->getOperand(number)});
  for (Value value : reads.captured)
    known.map(value, adjoint.getPrimal(value));
  return sources;
}

/// The positions that `lookup` reads in the iteration `loops`.
SmallVector<Value> buildPositions(OpBuilder &builder, GenericOp op,
                                  tensor::ExtractOp lookup,
                                  ArrayRef<Source> sources, IRMapping known,
                                  ValueRange loops) {
  Location loc = lookup.getLoc();
  for (auto index : op.getBody()->getOps<linalg::IndexOp>())
    known.map(index.getResult(), loops[index.getDim()]);
  SmallVector<OpFoldResult> operands(loops.begin(), loops.end());
  for (auto [tensor, map, scalar] : sources) {
    Value element = tensor;
    if (isa<RankedTensorType>(tensor.getType())) {
      SmallVector<Value> indices;
      for (unsigned dim = 0; dim < map.getNumResults(); ++dim)
        indices.push_back(getValueOrCreateConstantIndexOp(
            builder, loc,
            affine::makeComposedFoldedAffineApply(
                builder, loc, map.getSubMap({dim}), operands)));
      element = tensor::ExtractOp::create(builder, loc, tensor, indices);
    }
    known.map(scalar, element);
  }
  AdjointBuilder scalars(builder, {}, known, /*inPlace=*/false);
  return llvm::map_to_vector(lookup.getIndices(), [&](Value index) {
    return scalars.getPrimal(index);
  });
}

} // namespace

Value scatterAdd(GenericOp op, tensor::ExtractOp lookup, Value elements,
                 Value accumulator, AdjointBuilder &adjoint) {
  Location loc = lookup.getLoc();
  OpBuilder &builder = adjoint.builder;
  IRMapping known;
  SmallVector<Source> sources = getSources(op, lookup, adjoint, known);
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  Value one = arith::ConstantIndexOp::create(builder, loc, 1);
  SmallVector<Value> lower(op.getNumLoops(), zero), upper,
      step(op.getNumLoops(), one);
  for (int64_t extent : op.getStaticLoopRanges())
    upper.push_back(arith::ConstantIndexOp::create(builder, loc, extent));
  scf::LoopNest nest = scf::buildLoopNest(
      builder, loc, lower, upper, step, accumulator,
      [&](OpBuilder &nested, Location, ValueRange loops, ValueRange sums) {
        SmallVector<Value> positions =
            buildPositions(nested, op, lookup, sources, known, loops);
        Value sum =
            tensor::ExtractOp::create(nested, loc, sums.front(), positions);
        Value element = tensor::ExtractOp::create(nested, loc, elements, loops);
        Value more = arith::AddFOp::create(nested, loc, sum, element);
        return scf::ValueVector{tensor::InsertOp::create(
            nested, loc, more, sums.front(), positions)};
      });
  return nest.results.front();
}

} // namespace bptt
