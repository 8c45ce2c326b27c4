//===- Normalize.cpp - The forms in which differentiation works -----------===//

#include "Normalize.h"

#include "bptt/Dialect/BPTT/IR/Chain.h"
#include "bptt/Differentiation/Adjoint.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace bptt {

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

/// Replaces `op` by the body of `callee`, a function of one block.
static LogicalResult inlineBody(Operation *op, FlatSymbolRefAttr name,
                                ValueRange arguments) {
  auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(op, name);
  if (!callee || callee.isExternal())
    return op->emitError() << "calls " << name
                           << ", which has no body to differentiate";
  if (callee == op->getParentOfType<func::FuncOp>())
    return op->emitError() << "calls its own function " << name
                           << "; recursion has no differentiation rule";
  if (!callee.getBody().hasOneBlock())
    return op->emitError() << "calls " << name
                           << ", which has several blocks; differentiation "
                           << "works on functions of one block";
  OpBuilder builder(op);
  IRMapping mapping;
  Block &body = callee.getBody().front();
  mapping.map(body.getArguments(), arguments);
  for (Operation &inner : body.without_terminator())
    builder.clone(inner, mapping);
  for (auto [result, value] :
       llvm::zip(op->getResults(), body.getTerminator()->getOperands()))
    result.replaceAllUsesWith(mapping.lookupOrDefault(value));
  op->erase();
  return success();
}

static LogicalResult inlineStep(StepOp step) {
  OpBuilder builder(step);
  SmallVector<Value> arguments{
      arith::ConstantIndexOp::create(builder, step.getLoc(), step.getIndex())};
  llvm::append_range(arguments, step.getCarry());
  llvm::append_range(arguments, step.getInputs());
  llvm::append_range(arguments, step.getInvariants());
  return inlineBody(step, step.getCellAttr(), arguments);
}

LogicalResult inlineCalls(func::FuncOp function, bool inlineChains) {
  // Deeper than any program; what is deeper calls itself.
  constexpr int kMaxDepth = 64;
  for (int depth = 0;; ++depth) {
    SmallVector<ChainOp> chains;
    if (inlineChains)
      function.walk([&](ChainOp chain) { chains.push_back(chain); });
    llvm::for_each(chains, splitChain);
    SmallVector<Operation *> calls;
    function.walk([&](Operation *op) {
      if (isa<func::CallOp, StepOp>(op))
        calls.push_back(op);
    });
    if (calls.empty())
      return success();
    if (depth == kMaxDepth)
      return calls.front()->emitError()
             << "is part of a recursion, which has no differentiation rule";
    for (Operation *op : calls) {
      auto call = dyn_cast<func::CallOp>(op);
      if (failed(call ? inlineBody(op, call.getCalleeAttr(), call.getOperands())
                      : inlineStep(cast<StepOp>(op))))
        return failure();
    }
  }
}

//===----------------------------------------------------------------------===//
// Structured operations
//===----------------------------------------------------------------------===//

/// Canonical form, constants and fills folded into what reads them. Upstream's
/// fusion comes with these patterns and is not asked for: its order depends on
/// addresses.
static void canonicalize(func::FuncOp function) {
  MLIRContext *context = function.getContext();
  RewritePatternSet patterns(context);
  for (Dialect *dialect : context->getLoadedDialects())
    dialect->getCanonicalizationPatterns(patterns);
  for (RegisteredOperationName op : context->getRegisteredOperations())
    op.getCanonicalizationPatterns(patterns, context);
  linalg::populateElementwiseOpsFusionPatterns(
      patterns, [](OpOperand *) { return false; });
  linalg::populateEraseUnusedOperandsAndResultsPatterns(patterns);
  (void)applyPatternsGreedily(function, std::move(patterns));
  IRRewriter rewriter(context);
  DominanceInfo dominance(function);
  eliminateCommonSubExpressions(rewriter, dominance, function);
}

/// A destination of its own for every operation: one that is shared looks, to
/// bufferization, like a conflict between its users.
static void separateDestinations(func::FuncOp function) {
  SmallVector<tensor::EmptyOp> empties;
  function.walk([&](tensor::EmptyOp empty) { empties.push_back(empty); });
  for (tensor::EmptyOp empty : empties) {
    SmallVector<OpOperand *> uses;
    for (OpOperand &use : empty->getUses())
      uses.push_back(&use);
    for (OpOperand *use : ArrayRef(uses).drop_back()) {
      OpBuilder builder(use->getOwner());
      use->set(builder.clone(*empty)->getResult(0));
    }
  }
}

void simplify(func::FuncOp function) {
  canonicalize(function);
  fuseElementwise(function);
  canonicalize(function);
  separateDestinations(function);
}

/// Named operations in terms of linalg.generic; fills stay, as destinations
/// they are recognised by name.
static LogicalResult generalize(func::FuncOp function) {
  SmallVector<Operation *> operations;
  function.walk([&](Operation *op) { operations.push_back(op); });
  IRRewriter rewriter(function.getContext());
  for (Operation *op : operations) {
    rewriter.setInsertionPoint(op);
    if (isa<linalg::GenericOp, linalg::FillOp>(op))
      continue;
    if (auto aggregated = dyn_cast<linalg::AggregatedOpInterface>(op)) {
      FailureOr<SmallVector<Value>> values =
          aggregated.decomposeOperation(rewriter);
      if (succeeded(values))
        rewriter.replaceOp(op, *values);
    } else if (auto structured = dyn_cast<linalg::LinalgOp>(op)) {
      (void)linalg::generalizeNamedOp(rewriter, structured);
    }
  }
  // Decomposition makes named operations in turn.
  function.walk([&](linalg::LinalgOp op) {
    if (isa<linalg::GenericOp, linalg::FillOp>(op.getOperation()))
      return;
    rewriter.setInsertionPoint(op);
    (void)linalg::generalizeNamedOp(rewriter, op);
  });
  return success();
}

/// Floats that a body uses from outside become its operands, whose cotangents
/// there is a rule for.
static void passCapturedScalars(linalg::GenericOp op) {
  llvm::SetVector<Value> captured;
  for (Value value : getCapturedValues(op))
    if (isa<FloatType>(value.getType()) && !matchPattern(value, m_Constant()))
      captured.insert(value);
  if (captured.empty())
    return;
  OpBuilder builder(op);
  SmallVector<Value> inputs(op.getDpsInputs());
  SmallVector<AffineMap> maps(op.getIndexingMapsArray());
  unsigned position = inputs.size();
  llvm::append_range(inputs, captured);
  maps.insert(maps.begin() + position, captured.size(),
              AffineMap::get(op.getNumLoops(), 0, op.getContext()));
  auto widened = linalg::GenericOp::create(
      builder, op.getLoc(), op.getResultTypes(), inputs, op.getDpsInits(), maps,
      op.getIteratorTypesArray());
  widened.getRegion().takeBody(op.getRegion());
  for (auto [index, value] : llvm::enumerate(captured)) {
    Value element = widened.getBody()->insertArgument(
        position + index, value.getType(), value.getLoc());
    Value(value).replaceUsesWithIf(element, [&](OpOperand &use) {
      return widened.getRegion().isAncestor(use.getOwner()->getParentRegion());
    });
  }
  op.replaceAllUsesWith(widened.getResults());
  op.erase();
}

LogicalResult normalize(func::FuncOp function, bool inlineChains) {
  if (!function.getBody().hasOneBlock())
    return function.emitError(
        "differentiation works on functions of one block");
  if (failed(inlineCalls(function, inlineChains)))
    return failure();
  RewritePatternSet patterns(function.getContext());
  linalg::populateElementwiseToLinalgConversionPatterns(patterns);
  (void)applyPatternsGreedily(function, std::move(patterns));
  if (failed(generalize(function)))
    return failure();
  // Which folds fills of scalars into what reads them.
  canonicalize(function);
  function.walk(passCapturedScalars);
  simplify(function);
  return success();
}

} // namespace bptt
