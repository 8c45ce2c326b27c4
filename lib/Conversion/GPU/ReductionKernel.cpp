//===- ReductionKernel.cpp - A block for each sum -------------------------===//

#include "KernelEmitters.h"
#include "PointEmitter.h"

#include "../Elementwise.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bptt;

constexpr int64_t kMaxThreads = 256;

namespace {

class ReductionEmitter {
public:
  ReductionEmitter(OpBuilder &host, const KernelNode &node)
      : host(host), node(node), loc(getLoc(node)) {
    linalg::GenericOp op = node.op;
    op.getParallelDims(parallel);
    op.getReductionDims(sums);
    extents = getHostExtents(host, op);
    int64_t numTerms = 1;
    for (unsigned loop : sums)
      numTerms = ShapedType::isDynamic(node.extents[loop])
                     ? kMaxThreads
                     : numTerms * node.extents[loop];
    threads =
        std::clamp<int64_t>(llvm::PowerOf2Ceil(numTerms), 32, kMaxThreads);
  }

  void emit(StringRef name) {
    Value one = arith::ConstantIndexOp::create(host, loc, 1);
    Value numResults = multiply(parallel), blocks = numResults;
    bool mayBeEmpty = !getConstantIntValue(numResults);
    if (mayBeEmpty) // and a grid must not be
      blocks = arith::MaxUIOp::create(host, loc, numResults, one);
    KernelBuilder kernel(host, loc, {blocks, one, one}, threads, name);
    OpBuilder &body = kernel.body;
    if (mayBeEmpty) {
      // All threads of a block agree, so there may be barriers inside.
      Value isWorking =
          arith::CmpIOp::create(body, loc, arith::CmpIPredicate::ult,
                                kernel.getBlock(0), kernel.import(numResults));
      auto branch = scf::IfOp::create(body, loc, isWorking);
      body.setInsertionPointToStart(branch.thenBlock());
    }
    linalg::GenericOp op = kernel.clone(node.op);
    body.setInsertionPoint(op);

    SmallVector<Value> indices(op.getNumLoops());
    place(kernel, kernel.getBlock(0), parallel, indices);
    Value shared = kernel.addShared({threads}, getElementType(node));
    Value sum = emitShare(kernel, op, indices);
    memref::StoreOp::create(body, loc, sum, shared, kernel.getThread());
    combineShares(kernel, op, shared);
    emitResult(kernel, op, indices, shared);
    op.erase();
  }

private:
  Value index(OpBuilder &builder, int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }

  Value multiply(ArrayRef<unsigned> loops) {
    int64_t known = 1;
    Value product;
    for (unsigned loop : loops) {
      if (!ShapedType::isDynamic(node.extents[loop]))
        known *= node.extents[loop];
      else
        product = product
                      ? arith::MulIOp::create(host, loc, product, extents[loop])
                            .getResult()
                      : extents[loop];
    }
    Value constant = index(host, known);
    return product ? arith::MulIOp::create(host, loc, product, constant)
                   : constant;
  }

  void place(KernelBuilder &kernel, Value linear, ArrayRef<unsigned> loops,
             MutableArrayRef<Value> indices) {
    SmallVector<Value> inside = llvm::map_to_vector(
        loops, [&](unsigned loop) { return kernel.import(extents[loop]); });
    for (auto [loop, position] :
         llvm::zip_equal(loops, delinearize(kernel.body, loc, linear, inside)))
      indices[loop] = position;
  }

  /// The terms of this thread, one of `threads` neighbours each time.
  Value emitShare(KernelBuilder &kernel, linalg::GenericOp op,
                  SmallVector<Value> &indices) {
    OpBuilder &body = kernel.body;
    TypedAttr neutral = *arith::getNeutralElement(findCombiner(*op.getBlock()));
    Value zero = arith::ConstantOp::create(body, loc, neutral);
    auto loop = scf::ForOp::create(body, loc, kernel.getThread(),
                                   kernel.import(multiply(sums)),
                                   index(body, threads), ValueRange(zero));
    OpBuilder::InsertionGuard guard(body);
    body.setInsertionPointToStart(loop.getBody());
    place(kernel, loop.getInductionVar(), sums, indices);
    PointEmitter point(op, body);
    Value next = point
                     .evaluate(point.loadInputs(indices),
                               {loop.getRegionIterArg(0)}, indices)
                     .front();
    scf::YieldOp::create(body, loc, next);
    return loop.getResult(0);
  }

  Value combine(OpBuilder &body, linalg::GenericOp op, Value a, Value b) {
    Operation *combiner = findCombiner(*op.getBlock());
    IRMapping mapping;
    mapping.map(combiner->getOperand(0), a);
    mapping.map(combiner->getOperand(1), b);
    return body.clone(*combiner, mapping)->getResult(0);
  }

  void combineShares(KernelBuilder &kernel, linalg::GenericOp op,
                     Value shared) {
    OpBuilder &body = kernel.body;
    for (int64_t half = threads / 2; half >= 1; half /= 2) {
      kernel.barrier();
      Value isWorking =
          arith::CmpIOp::create(body, loc, arith::CmpIPredicate::ult,
                                kernel.getThread(), index(body, half));
      auto branch = scf::IfOp::create(body, loc, isWorking);
      OpBuilder::InsertionGuard guard(body);
      body.setInsertionPointToStart(branch.thenBlock());
      Value mine =
          memref::LoadOp::create(body, loc, shared, kernel.getThread());
      Value at = arith::AddIOp::create(body, loc, kernel.getThread(),
                                       index(body, half));
      Value other = memref::LoadOp::create(body, loc, shared, at);
      memref::StoreOp::create(body, loc, combine(body, op, mine, other), shared,
                              kernel.getThread());
    }
  }

  /// The first thread combines the sum with what the result starts from.
  void emitResult(KernelBuilder &kernel, linalg::GenericOp op,
                  SmallVector<Value> &indices, Value shared) {
    OpBuilder &body = kernel.body;
    Value isFirst = arith::CmpIOp::create(body, loc, arith::CmpIPredicate::eq,
                                          kernel.getThread(), index(body, 0));
    auto branch = scf::IfOp::create(body, loc, isFirst);
    OpBuilder::InsertionGuard guard(body);
    body.setInsertionPointToStart(branch.thenBlock());
    for (Value &each : indices)
      if (!each || !llvm::is_contained(parallel, &each - indices.begin()))
        each = index(body, 0);
    Value total = memref::LoadOp::create(body, loc, shared, index(body, 0));
    PointEmitter point(op, body);
    Value start;
    if (node.start) {
      linalg::GenericOp function = kernel.clone(node.start);
      AffineMap map = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
      start = PointEmitter(function, body)
                  .evaluateAt(llvm::map_to_vector(
                      map.getResults(), [&](AffineExpr expr) {
                        return indices[cast<AffineDimExpr>(expr).getPosition()];
                      }));
      function.erase();
    } else {
      start = point.load(*op.getDpsInitOperand(0), indices);
    }
    point.store(combine(body, op, start, total), indices);
  }

  OpBuilder &host;
  const KernelNode &node;
  Location loc;
  SmallVector<unsigned> parallel, sums;
  SmallVector<Value> extents; // on the host
  int64_t threads;
};

} // namespace

void bptt::emitReductionKernel(OpBuilder &host, const KernelNode &node,
                               StringRef name) {
  ReductionEmitter(host, node).emit(name);
}
