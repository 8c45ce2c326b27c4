//===- ProductKernel.cpp - Matrix products in shared memory ---------------===//

#include "KernelEmitters.h"
#include "PointEmitter.h"
#include "ProductFrame.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bptt;

namespace {

/// What a block and a thread of it compute.
struct Tile {
  int64_t rows, columns, depth;          // of a block
  int64_t rowsOfThread, columnsOfThread; // the results in its registers

  int64_t getThreads() const {
    return rows / rowsOfThread * (columns / columnsOfThread);
  }

  /// Narrow tiles where there are few rows, as in a step of a recurrence: what
  /// counts there is that many blocks share the weights.
  static Tile choose(int64_t numRows, int64_t numColumns) {
    if (numRows <= 16)
      return {16, 32, 32, 2, 2};
    if (numRows * numColumns < 64 * 64 * 64)
      return {32, 32, 32, 2, 4};
    return {64, 64, 16, 4, 4};
  }
};

class ProductEmitter {
public:
  ProductEmitter(OpBuilder &host, const KernelNode &node, const Tile &tile,
                 StringRef name)
      : tile(tile),
        frame(host, node, tile.rows, tile.columns, tile.getThreads(), name),
        kernel(frame.kernel), body(frame.body), loc(frame.loc) {}

  void emit() {
    // Neighbours in neighbouring columns.
    int64_t across = tile.columns / tile.columnsOfThread;
    threadRow = frame.divide(kernel.getThread(), across);
    threadColumn = frame.remainder(kernel.getThread(), across);
    SmallVector<ProductFrame::Place> places;
    for (int64_t i = 0; i < tile.rowsOfThread; ++i)
      for (int64_t j = 0; j < tile.columnsOfThread; ++j)
        places.push_back({getRow(i), getColumn(j)});
    frame.emitResults(places, 1, [&](SmallVector<Value> sums) {
      for (const KernelNode &product : frame.node.before)
        sums = emitProduct(product, sums);
      return emitProduct(frame.node, sums);
    });
  }

private:
  Value getRow(int64_t number) {
    int64_t down = tile.rows / tile.rowsOfThread;
    return frame.add(threadRow, number * down);
  }
  Value getColumn(int64_t number) {
    int64_t across = tile.columns / tile.columnsOfThread;
    return frame.add(threadColumn, number * across);
  }

  /// Shared memory for a tile of one side. Its rows are one element longer than
  /// they need be, so that neither filling nor reading them meets one bank
  /// twice.
  Value getTile(bool isLeft, Type type) {
    Value &memory = tiles[isLeft][type];
    if (!memory)
      memory = kernel.addShared(
          {tile.depth, (isLeft ? tile.rows : tile.columns) + 1}, type);
    return memory;
  }

  SmallVector<Value> emitProduct(const KernelNode &product,
                                 ArrayRef<Value> sums);
  void readTile(const KernelNode &product, linalg::GenericOp op,
                OpOperand &operand, Value firstTerm, bool isLeft);
  SmallVector<Value> multiplyTiles(Value leftTile, Value rightTile,
                                   ValueRange sums);

  Tile tile;
  ProductFrame frame;
  KernelBuilder &kernel;
  OpBuilder &body;
  Location loc;
  Value threadRow, threadColumn;
  llvm::DenseMap<Type, Value> tiles[2]; // right, left
  /// Elements that are read already and still to be written to a tile.
  struct Filling {
    Value value, tile, term, across;
  };
  SmallVector<Filling> fillings;
};

} // namespace

/// Adds one product to `sums`, a tile's depth of terms at a time.
SmallVector<Value> ProductEmitter::emitProduct(const KernelNode &product,
                                               ArrayRef<Value> sums) {
  linalg::GenericOp op = kernel.clone(product.op);
  auto loop = scf::ForOp::create(body, loc, frame.constant(0),
                                 frame.constant(countTerms(product)),
                                 frame.constant(tile.depth), sums);
  body.setInsertionPointToStart(loop.getBody());
  Value leftTile, rightTile;
  for (OpOperand *operand : op.getDpsInputOperands()) {
    bool isLeft = op.getMatchingIndexingMap(operand).isFunctionOfDim(
        product.product->row);
    (isLeft ? leftTile : rightTile) =
        getTile(isLeft, getElementTypeOrSelf(operand->get().getType()));
    readTile(product, op, *operand, loop.getInductionVar(), isLeft);
  }
  for (const Filling &filling : fillings)
    memref::StoreOp::create(body, loc, filling.value, filling.tile,
                            ValueRange{filling.term, filling.across});
  fillings.clear();
  kernel.barrier();
  SmallVector<Value> next =
      multiplyTiles(leftTile, rightTile, loop.getRegionIterArgs());
  kernel.barrier();
  scf::YieldOp::create(body, loc, next);
  body.setInsertionPointAfter(loop);
  op.erase();
  return llvm::to_vector_of<Value>(loop.getResults());
}

/// Whether neighbours in memory are neighbours along `loop`.
static bool isContiguous(linalg::GenericOp op, OpOperand &operand,
                         unsigned loop) {
  auto last = dyn_cast_or_null<AffineDimExpr>(
      op.getMatchingIndexingMap(&operand).getResults().back());
  return last && last.getPosition() == loop;
}

/// The block's threads read a tile of an operand, neighbours in memory side by
/// side. Beyond the matrix there are zeros; what is read there is the last
/// element, so that no load waits for a branch.
void ProductEmitter::readTile(const KernelNode &product, linalg::GenericOp op,
                              OpOperand &operand, Value firstTerm,
                              bool isLeft) {
  const ProductLoops &loops = *product.product;
  int64_t width = isLeft ? tile.rows : tile.columns;
  int64_t extent = isLeft ? frame.numRows : frame.numColumns;
  int64_t numTerms = countTerms(product), threads = tile.getThreads();
  bool termsFirst = isContiguous(op, operand, loops.sum.back());
  int64_t fast = termsFirst ? tile.depth : width;
  Type type = getElementTypeOrSelf(operand.get().getType());
  Value zero = arith::ConstantOp::create(body, loc, body.getZeroAttr(type));
  auto clamp = [&](Value value, int64_t limit, int64_t step) -> Value {
    if (limit % step == 0)
      return value;
    return frame.clamp(value, limit);
  };
  for (int64_t done = 0; done < width * tile.depth; done += threads) {
    Value position = frame.add(kernel.getThread(), done);
    Value inner = frame.remainder(position, fast);
    Value outer = frame.divide(position, fast);
    Value term = termsFirst ? inner : outer,
          across = termsFirst ? outer : inner;
    Value sum = frame.add(firstTerm, term);
    Value line = frame.add(isLeft ? frame.firstRow : frame.firstColumn, across);
    Value lineRead = clamp(line, extent, width);
    Value value = PointEmitter(op, body).load(
        operand, frame.getIndices(product, lineRead, lineRead,
                                  clamp(sum, numTerms, tile.depth)));
    for (auto [at, limit, step] : {std::tuple(line, extent, width),
                                   std::tuple(sum, numTerms, tile.depth)})
      if (limit % step != 0)
        value = arith::SelectOp::create(body, loc, frame.isBelow(at, limit),
                                        value, zero);
    fillings.push_back({value, getTile(isLeft, value.getType()), term, across});
  }
}

SmallVector<Value> ProductEmitter::multiplyTiles(Value leftTile,
                                                 Value rightTile,
                                                 ValueRange sums) {
  auto loop =
      scf::ForOp::create(body, loc, frame.constant(0),
                         frame.constant(tile.depth), frame.constant(1), sums);
  OpBuilder::InsertionGuard guard(body);
  body.setInsertionPointToStart(loop.getBody());
  Value term = loop.getInductionVar();
  auto read = [&](Value from, Value at) {
    return frame.convert(
        memref::LoadOp::create(body, loc, from, ValueRange{term, at}),
        frame.sumType);
  };
  SmallVector<Value> left, right, next;
  for (int64_t i = 0; i < tile.rowsOfThread; ++i)
    left.push_back(read(leftTile, getRow(i)));
  for (int64_t j = 0; j < tile.columnsOfThread; ++j)
    right.push_back(read(rightTile, getColumn(j)));
  for (int64_t i = 0; i < tile.rowsOfThread; ++i)
    for (int64_t j = 0; j < tile.columnsOfThread; ++j) {
      Value sum = loop.getRegionIterArg(i * tile.columnsOfThread + j);
      next.push_back(math::FmaOp::create(body, loc, left[i], right[j], sum));
    }
  scf::YieldOp::create(body, loc, next);
  return llvm::to_vector_of<Value>(loop.getResults());
}

void bptt::emitProductKernel(OpBuilder &host, const KernelNode &node,
                             StringRef name) {
  Tile tile = Tile::choose(node.extents[node.product->row],
                           node.extents[node.product->column]);
  ProductEmitter(host, node, tile, name).emit();
}
