//===- VectorizeContractions.cpp - Register-tiled products ----------------===//

#include "bptt/Conversion/Passes.h"

#include "Contraction.h"
#include "TiledLoops.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace bptt;

namespace bptt {
#define GEN_PASS_DEF_VECTORIZECONTRACTIONS
#include "bptt/Conversion/Passes.h.inc"
} // namespace bptt

namespace {
/// How much of the result stays in registers: rows by columns, a column being a
/// vector where lanes are parallel.
struct RegisterTile {
  int64_t rows = 1, cols = 1, lanes = 1;
};

/// One vector of the tile: where it lies, counted from the tile's start.
struct TileShape {
  int64_t rows, cols;
  Value lastMask;
};

class ContractionEmitter {
public:
  ContractionEmitter(const Contraction &contraction, const RegisterTile &tile,
                     bool parallel)
      : c(contraction), tile(tile), parallel(parallel),
        loc(contraction.op->getLoc()) {}

  void emit(OpBuilder &builder);

private:
  void emitOuter(OpBuilder &builder, ArrayRef<unsigned> left);
  void emitRows(OpBuilder &builder, function_ref<void(OpBuilder &)> inside);
  void emitCols(OpBuilder &builder, function_ref<void(OpBuilder &)> inside);
  void emitTile(OpBuilder &builder);

  bool keepsColumns() const;
  bool takeParallel(const LoopExtent &extent, int64_t step);
  Lanes lanesAt(int64_t col, Value reductionMask) const;
  Value convert(OpBuilder &builder, Value value, Type element) const;
  SmallVector<Value> indicesAt(OpBuilder &builder, int64_t row,
                               int64_t col) const;
  SmallVector<Value> load(OpBuilder &builder, const OperandAccess &operand,
                          Value mask) const;
  SmallVector<Value> reduce(OpBuilder &builder, ArrayRef<unsigned> left,
                            ValueRange sums);
  SmallVector<Value> multiplyAdd(OpBuilder &builder, Value mask,
                                 ValueRange sums) const;

  const Contraction &c;
  RegisterTile tile;
  bool parallel;
  Location loc;

  /// The point of the iteration space at which code is being emitted.
  SmallVector<Value> indices;
  TileShape shape{1, 1, Value()};
};
} // namespace

/// Splits `size` evenly into pieces of at most `most`.
static int64_t splitEvenly(const LoopExtent &loop, int64_t most) {
  if (!loop.isStatic() || loop.size == 0)
    return most;
  int64_t pieces = llvm::divideCeil(loop.size, most);
  return llvm::divideCeil(loop.size, pieces);
}

/// AVX-512 has 32 vector registers, narrower sets have 16. Some stay free for
/// the operands, and enough sums are in flight to hide the latency of an FMA.
static RegisterTile chooseTile(const Contraction &c, int64_t vectorBits) {
  // Where a vector is put together element by element, code is kept short.
  auto isSlow = [&](const OperandAccess &operand) {
    return operand.uses(c.laneLoop) && !operand.isContiguous(c.laneLoop);
  };
  bool slow = isSlow(c.lhs) || isSlow(c.rhs) || isSlow(c.out);
  bool manyRegisters = vectorBits >= 512;
  int64_t maxRows = c.lanesReduce || slow || !manyRegisters ? 4 : 8;
  int64_t maxCols = c.lanesReduce ? (manyRegisters ? 4 : 2) : 3;
  unsigned bits = c.getSumType().getWidth();
  RegisterTile tile;
  tile.lanes = getLaneCount(vectorBits, bits, c.loops[c.laneLoop].size);
  if (c.rowLoop)
    tile.rows = splitEvenly(c.loops[*c.rowLoop], maxRows);
  // What rows leave unused goes to columns.
  maxCols = slow ? 1 : std::min<int64_t>(8, maxCols * (maxRows / tile.rows));
  if (!c.colLoop)
    return tile;
  LoopExtent columns = c.loops[*c.colLoop];
  if (c.lanesReduce) {
    tile.cols = splitEvenly(columns, maxCols);
    return tile;
  }
  tile.cols = maxCols;
  if (columns.isStatic())
    tile.cols = std::clamp<int64_t>(llvm::divideCeil(columns.size, tile.lanes),
                                    1, maxCols);
  return tile;
}

/// Whether the walk goes down the rows with the columns of rhs at hand, rather
/// than along the columns with the rows of lhs at hand. A short reduction makes
/// the result the largest operand, which is best walked in memory order.
bool ContractionEmitter::keepsColumns() const {
  int64_t reduction = 1;
  for (unsigned loop : c.reductionLoops)
    reduction *= c.loops[loop].isStatic() ? c.loops[loop].size : 1 << 20;
  if (!c.lanesReduce && reduction <= 64)
    return false;
  auto size = [&](std::optional<unsigned> loop) {
    return !loop                       ? 1
           : c.loops[*loop].isStatic() ? c.loops[*loop].size
                                       : 1 << 20;
  };
  return size(c.colLoop) >= size(c.rowLoop);
}

/// The outermost loop of more than one step is the one that threads share.
bool ContractionEmitter::takeParallel(const LoopExtent &extent, int64_t step) {
  if (!extent.isStatic() || extent.size < 2 * step)
    return false;
  return std::exchange(parallel, false);
}

void ContractionEmitter::emit(OpBuilder &builder) {
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  indices.assign(c.loops.size(), zero);
  emitOuter(builder, c.outerLoops);
}

void ContractionEmitter::emitOuter(OpBuilder &builder,
                                   ArrayRef<unsigned> left) {
  if (!left.empty()) {
    const LoopExtent &extent = c.loops[left.front()];
    return emitRowLoop(builder, loc, extent, 1, takeParallel(extent, 1),
                       [&](OpBuilder &inner, Value start, int64_t) {
                         indices[left.front()] = start;
                         emitOuter(inner, left.drop_front());
                       });
  }
  auto tileHere = [&](OpBuilder &inner) { emitTile(inner); };
  if (keepsColumns())
    emitCols(builder, [&](OpBuilder &inner) { emitRows(inner, tileHere); });
  else
    emitRows(builder, [&](OpBuilder &inner) { emitCols(inner, tileHere); });
}

void ContractionEmitter::emitRows(OpBuilder &builder,
                                  function_ref<void(OpBuilder &)> inside) {
  if (!c.rowLoop)
    return inside(builder);
  emitRowLoop(builder, loc, c.loops[*c.rowLoop], tile.rows,
              takeParallel(c.loops[*c.rowLoop], tile.rows),
              [&](OpBuilder &inner, Value start, int64_t rows) {
                indices[*c.rowLoop] = start;
                shape.rows = rows;
                inside(inner);
              });
}

void ContractionEmitter::emitCols(OpBuilder &builder,
                                  function_ref<void(OpBuilder &)> inside) {
  if (!c.colLoop)
    return inside(builder);
  const LoopExtent &extent = c.loops[*c.colLoop];
  auto body = [&](OpBuilder &inner, Value start, int64_t cols, Value mask) {
    indices[*c.colLoop] = start;
    shape.cols = cols;
    shape.lastMask = mask;
    inside(inner);
  };
  if (!c.lanesReduce)
    return emitLaneLoop(builder, loc, extent, tile.lanes, tile.cols,
                        takeParallel(extent, tile.lanes * tile.cols), body);
  emitRowLoop(builder, loc, extent, tile.cols, takeParallel(extent, tile.cols),
              [&](OpBuilder &inner, Value start, int64_t cols) {
                body(inner, start, cols, Value());
              });
}

Lanes ContractionEmitter::lanesAt(int64_t col, Value reductionMask) const {
  Value mask = col + 1 == shape.cols ? shape.lastMask : Value();
  return {c.laneLoop, tile.lanes, c.lanesReduce ? reductionMask : mask};
}

SmallVector<Value> ContractionEmitter::indicesAt(OpBuilder &builder,
                                                 int64_t row,
                                                 int64_t col) const {
  SmallVector<Value> at = indices;
  auto advance = [&](std::optional<unsigned> loop, int64_t by) {
    if (!loop || by == 0)
      return;
    Value offset = arith::ConstantIndexOp::create(builder, loc, by);
    at[*loop] = arith::AddIOp::create(builder, loc, at[*loop], offset);
  };
  advance(c.rowLoop, row);
  advance(c.colLoop, c.lanesReduce ? col : col * tile.lanes);
  return at;
}

/// `value`, a float or a vector, with elements of type `element`.
Value ContractionEmitter::convert(OpBuilder &builder, Value value,
                                  Type element) const {
  Type from = getElementTypeOrSelf(value.getType()), type = element;
  if (from == element)
    return value;
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    type = vector.clone(element);
  if (from.getIntOrFloatBitWidth() < element.getIntOrFloatBitWidth())
    return arith::ExtFOp::create(builder, loc, type, value);
  return arith::TruncFOp::create(builder, loc, type, value);
}

/// The vectors of `operand` for every row and column of the tile, each loaded
/// once, in the type of the sums.
SmallVector<Value> ContractionEmitter::load(OpBuilder &builder,
                                            const OperandAccess &operand,
                                            Value mask) const {
  SmallVector<Value> vectors(shape.rows * shape.cols);
  bool byRow = c.rowLoop && operand.uses(*c.rowLoop);
  bool byCol = c.colLoop && operand.uses(*c.colLoop);
  for (int64_t row = 0; row < shape.rows; ++row)
    for (int64_t col = 0; col < shape.cols; ++col) {
      int64_t from = (byRow ? row : 0) * shape.cols + (byCol ? col : 0);
      Value &vector = vectors[row * shape.cols + col];
      vector = vectors[from];
      if (!vector)
        vector =
            convert(builder,
                    operand.load(builder, loc, indicesAt(builder, row, col),
                                 lanesAt(col, mask)),
                    c.getSumType());
    }
  return vectors;
}

SmallVector<Value> ContractionEmitter::multiplyAdd(OpBuilder &builder,
                                                   Value mask,
                                                   ValueRange sums) const {
  SmallVector<Value> left = load(builder, c.lhs, mask);
  SmallVector<Value> right = load(builder, c.rhs, mask);
  SmallVector<Value> result;
  for (auto [a, b, sum] : llvm::zip_equal(left, right, sums))
    result.push_back(vector::FMAOp::create(builder, loc, a, b, sum));
  return result;
}

SmallVector<Value> ContractionEmitter::reduce(OpBuilder &builder,
                                              ArrayRef<unsigned> left,
                                              ValueRange sums) {
  if (!left.empty())
    return emitCarryLoop(
        builder, loc, c.loops[left.front()], sums,
        [&](OpBuilder &inner, Value index, ValueRange carried) {
          indices[left.front()] = index;
          return reduce(inner, left.drop_front(), carried);
        });
  if (!c.lanesReduce)
    return multiplyAdd(builder, Value(), sums);
  return emitLaneCarryLoop(
      builder, loc, c.loops[c.laneLoop], tile.lanes, sums,
      [&](OpBuilder &inner, Value index, Value mask, ValueRange carried) {
        indices[c.laneLoop] = index;
        return multiplyAdd(inner, mask, carried);
      });
}

/// What is there already comes last: a weight's gradient over many steps is
/// large beside the terms of one, each of which would be rounded at its
/// magnitude.
void ContractionEmitter::emitTile(OpBuilder &builder) {
  Type element = c.out.getElementType();
  auto type = VectorType::get({tile.lanes}, c.getSumType());
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  SmallVector<Value> sums =
      reduce(builder, c.reductionLoops,
             SmallVector<Value>(shape.rows * shape.cols, zero));
  auto add = [&](OpBuilder &inner, Value a, Value b) -> Value {
    return arith::AddFOp::create(inner, loc, a, b);
  };
  SmallVector<Value> start;
  if (!c.lanesReduce)
    start = load(builder, c.out, Value());
  for (int64_t row = 0; row < shape.rows; ++row)
    for (int64_t col = 0; col < shape.cols; ++col) {
      SmallVector<Value> at = indicesAt(builder, row, col);
      Value sum = sums[row * shape.cols + col];
      if (!c.lanesReduce) {
        sum = add(builder, start[row * shape.cols + col], sum);
        c.out.store(builder, loc, convert(builder, sum, element), at,
                    lanesAt(col, Value()));
        continue;
      }
      Value total = reduceLanes(builder, loc, sum, add);
      Value before =
          convert(builder, c.out.loadScalar(builder, loc, at), c.getSumType());
      total = add(builder, before, total);
      c.out.storeScalar(builder, loc, convert(builder, total, element), at);
    }
}

namespace {
struct VectorizeContractions
    : bptt::impl::VectorizeContractionsBase<VectorizeContractions> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> candidates;
    getOperation()->walk(
        [&](linalg::LinalgOp op) { candidates.push_back(op); });
    for (linalg::LinalgOp op : candidates) {
      OpBuilder builder(op);
      std::optional<Contraction> contraction = Contraction::match(builder, op);
      if (!contraction)
        continue;
      bool parallel =
          threads > 1 && contraction->getWork().value_or(0) >= minParallelWork;
      RegisterTile tile = chooseTile(*contraction, vectorBits);
      ContractionEmitter(*contraction, tile, parallel).emit(builder);
      op->erase();
    }
  }
};
} // namespace
