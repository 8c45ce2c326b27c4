//===- Lookup.cpp - Table lookups inside structured operations ------------===//
//
// Where two iterations read the same element, both add to it. A loop nest over
// the iterations would need its table bufferized by itself; over iterations and
// table positions together it is a structured operation like every other, the
// order of whose sums is fixed on every target.

#include "Lookup.h"

#include "GenericBody.h"
#include "ScalarBuilder.h"

using namespace mlir;
using linalg::GenericOp;

namespace bptt {

namespace {

class ScatterAdd {
public:
  ScatterAdd(GenericOp op, tensor::ExtractOp lookup, AdjointBuilder &adjoint)
      : op(op), lookup(lookup), adjoint(adjoint), numLoops(op.getNumLoops()) {
    findPositions();
    readIndices();
  }

  Value build(Value elements, Value accumulator) {
    OpBuilder &builder = adjoint.builder;
    unsigned numDims = numLoops + compared.size();
    AffineMap output = AffineMap::get(numDims, 0, positions, op.getContext());
    SmallVector<Value> inputs{elements};
    SmallVector<AffineMap> maps{
        builder.getMultiDimIdentityMap(numDims).getMajorSubMap(numLoops)};
    for (auto [tensor, map] : llvm::zip(tensors, readMaps)) {
      inputs.push_back(tensor);
      maps.push_back(
          AffineMap::get(numDims, 0, map.getResults(), op.getContext()));
    }
    maps.push_back(output);
    auto generic = GenericOp::create(
        builder, lookup.getLoc(), accumulator.getType(), inputs, accumulator,
        maps, getIterators(output),
        [&](OpBuilder &nested, Location loc, ValueRange arguments) {
          linalg::YieldOp::create(nested, loc, buildBody(nested, arguments));
        });
    return generic.getResult(0);
  }

private:
  /// A position that is a loop's index needs no search; others are compared
  /// with a loop over the table's dimension.
  void findPositions() {
    llvm::SmallDenseSet<int64_t> taken;
    for (Value index : lookup.getIndices()) {
      auto loop = index.getDefiningOp<linalg::IndexOp>();
      if (loop && taken.insert(loop.getDim()).second) {
        positions.push_back(getAffineDimExpr(loop.getDim(), op.getContext()));
        continue;
      }
      positions.push_back(
          getAffineDimExpr(numLoops + compared.size(), op.getContext()));
      compared.push_back(index);
    }
  }

  void readIndices() {
    BodyReads reads;
    for (Value index : compared)
      reads.add(op, index);
    SmallVector<AffineMap> opMaps = op.getIndexingMapsArray();
    for (unsigned number : reads.operands) {
      tensors.push_back(adjoint.getPrimal(op->getOperand(number)));
      readMaps.push_back(opMaps[number]);
      scalars.push_back(op.getBody()->getArgument(number));
    }
    for (unsigned number : reads.results) {
      tensors.push_back(adjoint.getPrimal(op->getResult(number)));
      readMaps.push_back(opMaps[op.getNumDpsInputs() + number]);
      scalars.push_back(op.getBody()->getTerminator()->getOperand(number));
    }
    for (Value value : reads.captured)
      known.map(value, adjoint.getPrimal(value));
  }

  Value buildBody(OpBuilder &nested, ValueRange arguments) {
    ScalarBuilder b{nested, lookup.getLoc()};
    known.map(scalars, arguments.slice(1, scalars.size()));
    AdjointBuilder primal(nested, {}, known, /*inPlace=*/false);
    Value element = arguments.front(), sum = arguments.back();
    Value zero = b.constant(0.0, element);
    for (auto [number, index] : llvm::enumerate(compared)) {
      Value position = b.create<linalg::IndexOp>(numLoops + number);
      Value isRead = b.create<arith::CmpIOp>(arith::CmpIPredicate::eq,
                                             primal.getPrimal(index), position);
      element = b.select(isRead, element, zero);
    }
    return b.add(sum, element);
  }

  GenericOp op;
  tensor::ExtractOp lookup;
  AdjointBuilder &adjoint;
  unsigned numLoops;
  SmallVector<AffineExpr> positions; // by dimension of the table
  SmallVector<Value> compared;
  // What the compared indices are computed from.
  SmallVector<Value> tensors, scalars;
  SmallVector<AffineMap> readMaps;
  IRMapping known;
};

} // namespace

Value scatterAdd(GenericOp op, tensor::ExtractOp lookup, Value elements,
                 Value accumulator, AdjointBuilder &adjoint) {
  return ScatterAdd(op, lookup, adjoint).build(elements, accumulator);
}

} // namespace bptt
