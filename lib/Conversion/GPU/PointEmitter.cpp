//===- PointEmitter.cpp - One point of a structured operation -------------===//

#include "PointEmitter.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace bptt;

SmallVector<Value> PointEmitter::apply(AffineMap map, ValueRange indices) {
  SmallVector<Value> results;
  for (AffineExpr expr : map.getResults()) {
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      results.push_back(indices[dim.getPosition()]);
    else if (auto constant = dyn_cast<AffineConstantExpr>(expr))
      results.push_back(arith::ConstantIndexOp::create(builder, op.getLoc(),
                                                       constant.getValue()));
    else
      results.push_back(affine::AffineApplyOp::create(
          builder, op.getLoc(), AffineMap::get(map.getNumDims(), 0, expr),
          indices));
  }
  return results;
}

Value PointEmitter::load(OpOperand &operand, ValueRange indices) {
  if (!isa<MemRefType>(operand.get().getType()))
    return operand.get();
  return memref::LoadOp::create(
      builder, op.getLoc(), operand.get(),
      apply(op.getMatchingIndexingMap(&operand), indices));
}

SmallVector<Value> PointEmitter::loadInputs(ValueRange indices) {
  SmallVector<Value> values;
  for (OpOperand *operand : op.getDpsInputOperands())
    values.push_back(op.payloadUsesValueFromOperand(operand)
                         ? load(*operand, indices)
                         : Value());
  return values;
}

SmallVector<Value> PointEmitter::loadInits(ValueRange indices) {
  SmallVector<Value> values;
  for (OpOperand &operand : op.getDpsInitsMutable())
    values.push_back(op.payloadUsesValueFromOperand(&operand)
                         ? load(operand, indices)
                         : Value());
  return values;
}

SmallVector<Value> PointEmitter::evaluate(ArrayRef<Value> inputs,
                                          ArrayRef<Value> inits,
                                          ValueRange indices) {
  Block &block = *op.getBody();
  IRMapping mapping;
  for (auto [argument, value] : llvm::zip_equal(
           block.getArguments(), llvm::concat<const Value>(inputs, inits)))
    if (value)
      mapping.map(argument, value);
  for (Operation &inside : block.without_terminator()) {
    if (auto index = dyn_cast<linalg::IndexOp>(inside))
      mapping.map(index.getResult(), indices[index.getDim()]);
    else
      builder.clone(inside, mapping);
  }
  return llvm::map_to_vector(
      block.getTerminator()->getOperands(),
      [&](Value value) { return mapping.lookupOrDefault(value); });
}

void PointEmitter::store(ValueRange results, ValueRange indices) {
  for (auto [operand, value] :
       llvm::zip_equal(op.getDpsInitsMutable(), results))
    memref::StoreOp::create(
        builder, op.getLoc(), value, operand.get(),
        apply(op.getMatchingIndexingMap(&operand), indices));
}

bool bptt::hasMovingResults(linalg::GenericOp op) {
  SmallVector<unsigned> sums;
  op.getReductionDims(sums);
  return llvm::any_of(op.getDpsInitsMutable(), [&](OpOperand &operand) {
    return llvm::any_of(sums, [&](unsigned loop) {
      return op.getMatchingIndexingMap(&operand).isFunctionOfDim(loop);
    });
  });
}

bool bptt::isElementFunction(linalg::GenericOp op) {
  if (op.getNumReductionLoops() > 0 || op.getNumDpsInits() != 1)
    return false;
  OpOperand &init = *op.getDpsInitOperand(0);
  return !op.payloadUsesValueFromOperand(&init) &&
         op.getMatchingIndexingMap(&init).isPermutation();
}

Value PointEmitter::evaluateAt(ValueRange element) {
  AffineMap map = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  SmallVector<Value> indices(op.getNumLoops());
  for (auto [expr, value] : llvm::zip_equal(map.getResults(), element))
    indices[cast<AffineDimExpr>(expr).getPosition()] = value;
  return evaluate(loadInputs(indices), {Value()}, indices).front();
}
