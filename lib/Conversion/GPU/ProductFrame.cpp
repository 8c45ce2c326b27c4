//===- ProductFrame.cpp - What all kernels of a product share -------------===//

#include "ProductFrame.h"

#include "KernelEmitters.h"
#include "PointEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bptt;

int64_t bptt::countTerms(const KernelNode &product) {
  int64_t number = 1;
  for (unsigned loop : product.product->sum)
    number *= product.extents[loop];
  return number;
}

/// Of blocks along y and z; there may be 2^31 - 1 along x.
constexpr int64_t kMaxBlocks = 65535;

/// How many blocks there are across, down and for the outer loops.
static std::array<int64_t, 3>
countBlocks(const KernelNode &node, int64_t tileRows, int64_t tileColumns) {
  int64_t outer = 1;
  for (unsigned loop : node.product->outer)
    outer *= node.extents[loop];
  auto divide = [&](unsigned loop, int64_t tile) {
    return static_cast<int64_t>(llvm::divideCeil(node.extents[loop], tile));
  };
  return {divide(node.product->column, tileColumns),
          divide(node.product->row, tileRows), outer};
}

static bool isFolded(const std::array<int64_t, 3> &blocks) {
  return blocks[1] > kMaxBlocks || blocks[2] > kMaxBlocks;
}

/// All along x where there are too many of another kind.
static SmallVector<Value> getGrid(OpBuilder &host, Location loc,
                                  std::array<int64_t, 3> blocks) {
  if (isFolded(blocks))
    blocks = {blocks[0] * blocks[1] * blocks[2], 1, 1};
  return llvm::map_to_vector(blocks, [&](int64_t size) -> Value {
    return arith::ConstantIndexOp::create(host, loc, size);
  });
}

ProductFrame::ProductFrame(OpBuilder &host, const KernelNode &node,
                           int64_t tileRows, int64_t tileColumns,
                           int64_t threads, StringRef name)
    : node(node), loc(getLoc(node)), numRows(node.extents[node.product->row]),
      numColumns(node.extents[node.product->column]), tileRows(tileRows),
      tileColumns(tileColumns),
      kernel(host, loc,
             getGrid(host, loc, countBlocks(node, tileRows, tileColumns)),
             threads, name),
      body(kernel.body), element(getElementType(node)),
      sumType(element.getIntOrFloatBitWidth() < 32 ? Type(body.getF32Type())
                                                   : element) {
  std::array<int64_t, 3> blocks = countBlocks(node, tileRows, tileColumns);
  Value across = kernel.getBlock(0), down = kernel.getBlock(1);
  outer = kernel.getBlock(2);
  if (isFolded(blocks)) {
    Value all = divide(across, blocks[0]);
    across = remainder(across, blocks[0]);
    down = remainder(all, blocks[1]);
    outer = divide(all, blocks[1]);
  }
  firstRow = multiply(down, tileRows);
  firstColumn = multiply(across, tileColumns);
}

Value ProductFrame::constant(int64_t value) {
  return arith::ConstantIndexOp::create(body, loc, value);
}
Value ProductFrame::add(Value a, Value b) {
  return arith::AddIOp::create(body, loc, a, b);
}
Value ProductFrame::add(Value a, int64_t b) {
  return b == 0 ? a : add(a, constant(b));
}
Value ProductFrame::multiply(Value a, int64_t b) {
  return arith::MulIOp::create(body, loc, a, constant(b));
}
Value ProductFrame::divide(Value a, int64_t b) {
  return arith::DivUIOp::create(body, loc, a, constant(b));
}
Value ProductFrame::remainder(Value a, int64_t b) {
  return arith::RemUIOp::create(body, loc, a, constant(b));
}
Value ProductFrame::isBelow(Value a, int64_t b) {
  return arith::CmpIOp::create(body, loc, arith::CmpIPredicate::ult, a,
                               constant(b));
}
Value ProductFrame::clamp(Value a, int64_t limit) {
  return arith::MinUIOp::create(body, loc, a, constant(limit - 1));
}

Value ProductFrame::convert(Value value, Type type) {
  Type from = getElementTypeOrSelf(value.getType()), to = type;
  if (from == type)
    return value;
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    to = vector.clone(type);
  if (type.getIntOrFloatBitWidth() > from.getIntOrFloatBitWidth())
    return arith::ExtFOp::create(body, loc, to, value);
  return arith::TruncFOp::create(body, loc, to, value);
}

Value ProductFrame::getRest(Value value, Value rounded) {
  Type f32 = body.getF32Type();
  Value rest = arith::SubFOp::create(body, loc, convert(value, f32),
                                     convert(rounded, f32));
  Value isNumber =
      arith::CmpFOp::create(body, loc, arith::CmpFPredicate::ORD, rest, rest);
  Value zero =
      arith::ConstantOp::create(body, loc, body.getZeroAttr(rest.getType()));
  return arith::SelectOp::create(body, loc, isNumber, rest, zero);
}

SmallVector<Value> ProductFrame::getIndices(const KernelNode &product,
                                            Value row, Value column,
                                            Value term) {
  SmallVector<Value> indices(product.extents.size(), constant(0));
  auto place = [&](ArrayRef<unsigned> loops, Value linear) {
    SmallVector<Value> extents = llvm::map_to_vector(
        loops, [&](unsigned loop) { return constant(product.extents[loop]); });
    for (auto [loop, position] :
         llvm::zip_equal(loops, delinearize(body, loc, linear, extents)))
      indices[loop] = position;
  };
  place(product.product->outer, outer);
  if (term)
    place(product.product->sum, term);
  indices[product.product->row] = row;
  indices[product.product->column] = column;
  return indices;
}

SmallVector<ProductFrame::Place>
ProductFrame::getFragmentPlaces(Value row, Value column, int64_t down,
                                int64_t across, int64_t width) {
  constexpr int64_t rows = 16, columns = 8;
  Value lane = remainder(kernel.getThread(), 32);
  row = add(row, divide(lane, 4));
  column = add(column, multiply(remainder(lane, 4), 2));
  SmallVector<Place> places;
  for (int64_t i = 0; i < down; ++i)
    for (int64_t j = 0; j < across; ++j)
      for (int64_t number = 0; number < 4; number += width)
        places.push_back({add(row, i * rows + 8 * (number / 2)),
                          add(column, j * columns + number % 2)});
  return places;
}

int64_t ProductFrame::getPairWidth() const {
  const KernelNode &first = node.before.empty() ? node : node.before.front();
  return first.product->arePairs && node.product->arePairs ? 2 : 1;
}

/// Calls `visit` with every place that is inside the matrix; `visit` yields
/// values of `types`, and zeros stand for them outside.
SmallVector<Value> ProductFrame::visitResults(
    ArrayRef<Place> places, TypeRange types,
    function_ref<SmallVector<Value>(int64_t, Value, Value)> visit) {
  SmallVector<Value> values;
  bool isWhole = numRows % tileRows == 0 && numColumns % tileColumns == 0;
  for (auto [number, place] : llvm::enumerate(places)) {
    Value row = add(firstRow, place.first);
    Value column = add(firstColumn, place.second);
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
      Value zero =
          arith::ConstantOp::create(body, loc, body.getZeroAttr(types.front()));
      scf::YieldOp::create(body, loc, SmallVector<Value>(types.size(), zero));
    }
    llvm::append_range(values, branch.getResults());
  }
  return values;
}

SmallVector<Value> ProductFrame::emitStart(ArrayRef<Place> places,
                                           int64_t width) {
  const KernelNode &first = node.before.empty() ? node : node.before.front();
  linalg::GenericOp op = kernel.clone(first.op);
  linalg::GenericOp start = first.start ? kernel.clone(first.start) : nullptr;
  OpOperand &result = *op.getDpsInitOperand(0);
  AffineMap map = op.getMatchingIndexingMap(&result);
  auto compute = [&](Value row, Value column) {
    SmallVector<Value> indices = getIndices(first, row, column);
    if (!start)
      return convert(PointEmitter(op, body).load(result, indices), sumType);
    auto at = llvm::map_to_vector(map.getResults(), [&](AffineExpr expr) {
      return indices[cast<AffineDimExpr>(expr).getPosition()];
    });
    return convert(PointEmitter(start, body).evaluateAt(at), sumType);
  };
  SmallVector<Type> types(width, sumType);
  SmallVector<Value> sums =
      visitResults(places, types, [&](int64_t, Value row, Value column) {
        SmallVector<Value> values;
        if (start || width == 1) {
          for (int64_t i = 0; i < width; ++i)
            values.push_back(compute(row, add(column, i)));
          return values;
        }
        auto type = VectorType::get({width}, element);
        Value loaded = convert(
            vector::LoadOp::create(body, loc, type, result.get(),
                                   PointEmitter(op, body).getElement(
                                       result, getIndices(first, row, column)),
                                   /*nontemporal=*/false, getAlignment(type)),
            sumType);
        for (int64_t i = 0; i < width; ++i)
          values.push_back(vector::ExtractOp::create(body, loc, loaded, i));
        return values;
      });
  op.erase();
  if (start)
    start.erase();
  return sums;
}

void ProductFrame::emitResults(
    ArrayRef<Place> places, int64_t width,
    function_ref<SmallVector<Value>(SmallVector<Value>)> emitSums) {
  Value zero = arith::ConstantOp::create(body, loc, body.getZeroAttr(sumType));
  SmallVector<Value> sums =
      emitSums(SmallVector<Value>(places.size() * width, zero));
  for (auto [sum, start] : llvm::zip_equal(sums, emitStart(places, width)))
    sum = arith::AddFOp::create(body, loc, start, sum);
  emitStores(places, width, sums);
}

void ProductFrame::emitStores(ArrayRef<Place> places, int64_t width,
                              ArrayRef<Value> sums) {
  linalg::GenericOp op = kernel.clone(node.op);
  OpOperand &result = *op.getDpsInitOperand(0);
  auto type = VectorType::get({width}, element);
  visitResults(places, {}, [&](int64_t number, Value row, Value column) {
    SmallVector<Value> indices = getIndices(node, row, column);
    SmallVector<Value> values;
    for (Value sum : sums.slice(number * width, width))
      values.push_back(convert(sum, element));
    PointEmitter point(op, body);
    if (width == 1)
      point.store(values, indices);
    else
      vector::StoreOp::create(
          body, loc, vector::FromElementsOp::create(body, loc, type, values),
          result.get(), point.getElement(result, indices),
          /*nontemporal=*/false, getAlignment(type));
    return SmallVector<Value>();
  });
  op.erase();
}
