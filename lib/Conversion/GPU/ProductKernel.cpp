//===- ProductKernel.cpp - Matrix products in shared memory ---------------===//

#include "KernelEmitters.h"
#include "PointEmitter.h"

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
  ProductEmitter(OpBuilder &host, const KernelNode &node, StringRef name)
      : node(node), loc(getLoc(node)), numRows(node.extents[node.product->row]),
        numColumns(node.extents[node.product->column]),
        tile(Tile::choose(numRows, numColumns)),
        kernel(host, loc,
               {constant(host, llvm::divideCeil(numColumns, tile.columns)),
                constant(host, llvm::divideCeil(numRows, tile.rows)),
                constant(host, getNumOuter())},
               tile.getThreads(), name),
        body(kernel.body) {}

  void emit() {
    element = getElementType(node);
    sumType = element.getIntOrFloatBitWidth() < 32 ? Type(body.getF32Type())
                                                   : element;
    locateThread();
    SmallVector<Value> sums = emitStart();
    for (const KernelNode &product : node.before)
      sums = emitProduct(product, sums);
    sums = emitProduct(node, sums);
    emitStores(sums);
  }

private:
  Value constant(OpBuilder &builder, int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }
  Value add(Value a, Value b) { return arith::AddIOp::create(body, loc, a, b); }
  Value addConstant(Value a, int64_t b) {
    return b == 0 ? a : add(a, constant(body, b));
  }
  Value isBelow(Value a, int64_t b) {
    return arith::CmpIOp::create(body, loc, arith::CmpIPredicate::ult, a,
                                 constant(body, b));
  }

  int64_t getNumOuter() const {
    int64_t number = 1;
    for (unsigned loop : node.product->outer)
      number *= node.extents[loop];
    return number;
  }

  /// Where the block's tile begins, and the thread's place in it: neighbours in
  /// neighbouring columns.
  void locateThread() {
    int64_t across = tile.columns / tile.columnsOfThread;
    Value width = constant(body, across);
    threadRow = arith::DivUIOp::create(body, loc, kernel.getThread(), width);
    threadColumn = arith::RemUIOp::create(body, loc, kernel.getThread(), width);
    firstRow = arith::MulIOp::create(body, loc, kernel.getBlock(1),
                                     constant(body, tile.rows));
    firstColumn = arith::MulIOp::create(body, loc, kernel.getBlock(0),
                                        constant(body, tile.columns));
  }

  Value getRow(int64_t number) {
    int64_t down = tile.rows / tile.rowsOfThread;
    return addConstant(threadRow, number * down);
  }
  Value getColumn(int64_t number) {
    int64_t across = tile.columns / tile.columnsOfThread;
    return addConstant(threadColumn, number * across);
  }

  /// The loops of `product` at a row and column, with the outer ones at this
  /// block's place.
  SmallVector<Value> getIndices(const KernelNode &product, Value row,
                                Value column) {
    SmallVector<Value> indices(product.extents.size(), constant(body, 0));
    indices[product.product->row] = row;
    indices[product.product->column] = column;
    SmallVector<Value> extents =
        llvm::map_to_vector(product.product->outer, [&](unsigned loop) {
          return constant(body, product.extents[loop]);
        });
    for (auto [loop, position] :
         llvm::zip_equal(product.product->outer,
                         delinearize(body, loc, kernel.getBlock(2), extents)))
      indices[loop] = position;
    return indices;
  }

  /// Calls `visit` with every result of the thread, where it is inside the
  /// matrix; `visit` yields values of `types`, zeros stand for them outside.
  SmallVector<Value>
  visitResults(TypeRange types,
               function_ref<SmallVector<Value>(int64_t, Value, Value)> visit) {
    SmallVector<Value> values;
    bool isWhole = numRows % tile.rows == 0 && numColumns % tile.columns == 0;
    for (int64_t i = 0; i < tile.rowsOfThread; ++i)
      for (int64_t j = 0; j < tile.columnsOfThread; ++j) {
        Value row = add(firstRow, getRow(i));
        Value column = add(firstColumn, getColumn(j));
        int64_t number = i * tile.columnsOfThread + j;
        if (isWhole) {
          llvm::append_range(values, visit(number, row, column));
          continue;
        }
        Value inside = arith::AndIOp::create(body, loc, isBelow(row, numRows),
                                             isBelow(column, numColumns));
        auto branch = scf::IfOp::create(body, loc, types, inside,
                                        /*withElseRegion=*/!types.empty());
        OpBuilder::InsertionGuard guard(body);
        body.setInsertionPointToStart(branch.thenBlock());
        SmallVector<Value> results = visit(number, row, column);
        if (!types.empty()) {
          scf::YieldOp::create(body, loc, results);
          body.setInsertionPointToStart(branch.elseBlock());
          Value zero = arith::ConstantOp::create(
              body, loc, body.getZeroAttr(types.front()));
          scf::YieldOp::create(body, loc, zero);
        }
        llvm::append_range(values, branch.getResults());
      }
    return values;
  }

  Value convert(Value value, Type type) {
    if (value.getType() == type)
      return value;
    if (type.getIntOrFloatBitWidth() > value.getType().getIntOrFloatBitWidth())
      return arith::ExtFOp::create(body, loc, type, value);
    return arith::TruncFOp::create(body, loc, type, value);
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

  SmallVector<Value> emitStart() {
    const KernelNode &first = node.before.empty() ? node : node.before.front();
    linalg::GenericOp op = kernel.clone(first.op);
    linalg::GenericOp start = first.start ? kernel.clone(first.start) : nullptr;
    SmallVector<Value> sums = visitResults(
        sumType, [&](int64_t, Value row, Value column) -> SmallVector<Value> {
          SmallVector<Value> indices = getIndices(first, row, column);
          OpOperand &result = *op.getDpsInitOperand(0);
          if (!start)
            return {
                convert(PointEmitter(op, body).load(result, indices), sumType)};
          auto place = llvm::map_to_vector(
              op.getMatchingIndexingMap(&result).getResults(),
              [&](AffineExpr expr) {
                return indices[cast<AffineDimExpr>(expr).getPosition()];
              });
          return {
              convert(PointEmitter(start, body).evaluateAt(place), sumType)};
        });
    op.erase();
    if (start)
      start.erase();
    return sums;
  }

  void emitStores(ArrayRef<Value> sums) {
    linalg::GenericOp op = kernel.clone(node.op);
    visitResults({}, [&](int64_t number, Value row, Value column) {
      PointEmitter(op, body).store(convert(sums[number], element),
                                   getIndices(node, row, column));
      return SmallVector<Value>();
    });
    op.erase();
  }

  SmallVector<Value> emitProduct(const KernelNode &product,
                                 ArrayRef<Value> sums);
  void readTile(const KernelNode &product, linalg::GenericOp op,
                OpOperand &operand, Value firstTerm, bool isLeft);
  SmallVector<Value> multiplyTiles(Value leftTile, Value rightTile,
                                   ValueRange sums);

  const KernelNode &node;
  Location loc;
  int64_t numRows, numColumns;
  Tile tile;
  KernelBuilder kernel;
  OpBuilder &body;
  Type element, sumType;
  Value threadRow, threadColumn, firstRow, firstColumn;
  llvm::DenseMap<Type, Value> tiles[2]; // right, left
  /// Elements that are read already and still to be written to a tile.
  struct Filling {
    Value value, tile, term, across;
  };
  SmallVector<Filling> fillings;
};

} // namespace

static int64_t countTerms(const KernelNode &product) {
  int64_t number = 1;
  for (unsigned loop : product.product->sum)
    number *= product.extents[loop];
  return number;
}

/// Adds one product to `sums`, a tile's depth of terms at a time.
SmallVector<Value> ProductEmitter::emitProduct(const KernelNode &product,
                                               ArrayRef<Value> sums) {
  linalg::GenericOp op = kernel.clone(product.op);
  auto loop = scf::ForOp::create(body, loc, constant(body, 0),
                                 constant(body, countTerms(product)),
                                 constant(body, tile.depth), sums);
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
  int64_t extent = isLeft ? numRows : numColumns;
  int64_t numTerms = countTerms(product), threads = tile.getThreads();
  bool termsFirst = isContiguous(op, operand, loops.sum.back());
  Value fast = constant(body, termsFirst ? tile.depth : width);
  Type type = getElementTypeOrSelf(operand.get().getType());
  Value zero = arith::ConstantOp::create(body, loc, body.getZeroAttr(type));
  auto clamp = [&](Value value, int64_t limit, int64_t step) -> Value {
    if (limit % step == 0)
      return value;
    return arith::MinUIOp::create(body, loc, value, constant(body, limit - 1));
  };
  SmallVector<Value> extents =
      llvm::map_to_vector(loops.sum, [&](unsigned loop) {
        return constant(body, product.extents[loop]);
      });
  for (int64_t done = 0; done < width * tile.depth; done += threads) {
    Value position = addConstant(kernel.getThread(), done);
    Value inner = arith::RemUIOp::create(body, loc, position, fast);
    Value outer = arith::DivUIOp::create(body, loc, position, fast);
    Value term = termsFirst ? inner : outer,
          across = termsFirst ? outer : inner;
    Value sum = add(firstTerm, term);
    Value line = add(isLeft ? firstRow : firstColumn, across);
    Value lineRead = clamp(line, extent, width);
    SmallVector<Value> indices = getIndices(product, lineRead, lineRead);
    for (auto [loop, at] : llvm::zip_equal(
             loops.sum,
             delinearize(body, loc, clamp(sum, numTerms, tile.depth), extents)))
      indices[loop] = at;
    Value value = PointEmitter(op, body).load(operand, indices);
    for (auto [at, limit, step] : {std::tuple(line, extent, width),
                                   std::tuple(sum, numTerms, tile.depth)})
      if (limit % step != 0)
        value =
            arith::SelectOp::create(body, loc, isBelow(at, limit), value, zero);
    fillings.push_back({value, getTile(isLeft, value.getType()), term, across});
  }
}

SmallVector<Value> ProductEmitter::multiplyTiles(Value leftTile,
                                                 Value rightTile,
                                                 ValueRange sums) {
  auto loop =
      scf::ForOp::create(body, loc, constant(body, 0),
                         constant(body, tile.depth), constant(body, 1), sums);
  OpBuilder::InsertionGuard guard(body);
  body.setInsertionPointToStart(loop.getBody());
  Value term = loop.getInductionVar();
  auto read = [&](Value from, Value at) {
    return convert(
        memref::LoadOp::create(body, loc, from, ValueRange{term, at}), sumType);
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
  ProductEmitter(host, node, name).emit();
}
