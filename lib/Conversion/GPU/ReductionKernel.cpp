//===- ReductionKernel.cpp - Sums that the threads of a block share -------===//

#include "KernelEmitters.h"
#include "PointEmitter.h"

#include "../Elementwise.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bptt;

constexpr int64_t kMaxThreads = 512;
/// Loads of a thread that are on their way at the same time.
constexpr int64_t kLoads = 4;
/// Neighbouring results of a block: 128 bytes of f32, and less where there
/// would be too few blocks for a chip.
constexpr int64_t kMaxColumns = 32, kMinColumns = 8, kFewBlocks = 128;

namespace {

/// How the work is divided. The threads of a block are `across` wide and
/// `shares` deep: those side by side have results of their own, those behind
/// one another share the terms. Either way `lanes` neighbours go together.
struct Division {
  Division(OpBuilder &host, const KernelNode &node);

  int64_t columns = 1, across = 1, threads, shares;
  /// Terms that a thread loads before it adds the first of them.
  int64_t rounds;
  /// Loops, and their extents on the host in units of `lanes`.
  SmallVector<unsigned> outer, sums;
  SmallVector<Value> outerExtents, sumExtents;
  /// Also on the host: blocks, terms, and results along the loop of neighbours.
  Value numBlocks, numTerms, numColumns;

private:
  void chooseColumns(const KernelNode &node);
};

class ReductionEmitter {
public:
  ReductionEmitter(OpBuilder &host, const KernelNode &node, StringRef name)
      : node(node), loc(getLoc(node)), lanes(node.sum->lanes),
        division(host, node),
        kernel(host, loc, getGrid(host), division.threads, name),
        body(kernel.body) {}

  void emit();

private:
  /// Neighbours that are loaded together: the loops and the inputs at each, and
  /// whether they are there, if not all are.
  struct Round {
    SmallVector<SmallVector<Value>> points, inputs;
    Value isThere;
  };

  SmallVector<Value> getGrid(OpBuilder &host);
  void placeBlock();
  SmallVector<Value> emitShare();
  SmallVector<Value> addRounds(Value first, ValueRange sums);
  SmallVector<SmallVector<Value>> getPoints(Value term);
  SmallVector<SmallVector<Value>>
  loadLanes(ArrayRef<SmallVector<Value>> points);
  Value combine(Value a, Value b);
  SmallVector<Value> combineWarp(SmallVector<Value> sums);
  Value exchangeWarps(ArrayRef<Value> sums);
  void emitResult(Value shared);
  Value loadStart(ValueRange indices);

  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(body, loc, value);
  }
  Value add(Value a, Value b) { return arith::AddIOp::create(body, loc, a, b); }
  Value multiply(Value a, int64_t b) {
    return arith::MulIOp::create(body, loc, a, constant(b));
  }
  Value divide(Value a, int64_t b) {
    return arith::DivUIOp::create(body, loc, a, constant(b));
  }
  Value remainder(Value a, int64_t b) {
    return arith::RemUIOp::create(body, loc, a, constant(b));
  }
  Value isBelow(Value a, Value b) {
    return arith::CmpIOp::create(body, loc, arith::CmpIPredicate::ult, a, b);
  }
  SmallVector<Value> importAll(ArrayRef<Value> values) {
    return llvm::map_to_vector(
        values, [&](Value value) { return kernel.import(value); });
  }
  /// Goes on where only some threads, or only some blocks, get to.
  void enterIf(Value condition) {
    auto branch = scf::IfOp::create(body, loc, condition);
    body.setInsertionPointToStart(branch.thenBlock());
  }
  bool isRagged() const {
    return !node.sum->areTerms &&
           (ShapedType::isDynamic(node.extents[node.sum->lane]) ||
            node.extents[node.sum->lane] % division.columns != 0);
  }

  const KernelNode &node;
  Location loc;
  int64_t lanes;
  Division division;
  KernelBuilder kernel;
  OpBuilder &body;
  linalg::GenericOp op;
  /// Of the loops, as far as they are known; and the first of the block's
  /// results along `lane`.
  SmallVector<Value> indices;
  Value firstColumn;
};

} // namespace

/// A thread for each of `numTerms` terms of a result, as far as blocks have
/// them.
static int64_t chooseThreads(int64_t numTerms) {
  return std::clamp<int64_t>(llvm::PowerOf2Ceil(numTerms), kWarpThreads,
                             kMaxThreads);
}

int64_t bptt::countReductionThreads(const KernelNode &node) {
  linalg::GenericOp op = node.op;
  SmallVector<unsigned> sums;
  op.getReductionDims(sums);
  int64_t numTerms = 1;
  for (unsigned loop : sums)
    numTerms *= loop == node.sum->lane
                    ? llvm::divideCeil(node.extents[loop], node.sum->lanes)
                    : node.extents[loop];
  return chooseThreads(numTerms);
}

/// Few results are spread over narrow blocks.
void Division::chooseColumns(const KernelNode &node) {
  int64_t extent = node.extents[node.sum->lane];
  columns = kMaxColumns;
  if (!ShapedType::isDynamic(extent))
    columns = std::min<int64_t>(columns, llvm::PowerOf2Ceil(extent));
  int64_t numResults = 1;
  for (unsigned loop : node.order)
    numResults *= ShapedType::isDynamic(node.extents[loop])
                      ? kFewBlocks * kMaxColumns
                      : node.extents[loop];
  while (columns > kMinColumns && numResults < kFewBlocks * columns)
    columns /= 2;
  across = columns / node.sum->lanes;
}

Division::Division(OpBuilder &host, const KernelNode &node) {
  linalg::GenericOp op = node.op;
  Location loc = getLoc(node);
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(host, loc, value);
  };
  auto multiply = [&](ArrayRef<Value> extents) {
    Value product = constant(1);
    for (Value extent : extents)
      product = host.createOrFold<arith::MulIOp>(loc, product, extent);
    return product;
  };
  auto [lane, areTerms, lanes, isWide] = *node.sum;
  op.getParallelDims(outer);
  op.getReductionDims(sums);
  // Neighbours are the fastest.
  SmallVector<unsigned> &walk = areTerms ? sums : outer;
  llvm::erase(walk, lane);
  walk.push_back(lane);
  SmallVector<Value> extents = getHostExtents(host, op);
  if (!areTerms) {
    chooseColumns(node);
    numColumns = extents[lane];
  }
  extents[lane] = host.createOrFold<arith::CeilDivUIOp>(
      loc, extents[lane], constant(areTerms ? lanes : columns));
  for (unsigned loop : outer)
    outerExtents.push_back(extents[loop]);
  for (unsigned loop : sums)
    sumExtents.push_back(extents[loop]);
  numBlocks = multiply(outerExtents);
  numTerms = multiply(sumExtents);
  std::optional<int64_t> known = getConstantIntValue(numTerms);
  rounds = std::max<int64_t>(1, kLoads / op.getNumDpsInputs());
  int64_t depth = known ? llvm::PowerOf2Ceil(llvm::divideCeil(*known, rounds))
                        : kMaxThreads;
  threads = areTerms && known
                ? chooseThreads(*known)
                : std::clamp(depth * across, kWarpThreads, kMaxThreads);
  shares = threads / across;
  if (known)
    rounds = std::min<int64_t>(rounds, llvm::divideCeil(*known, shares));
}

/// A grid must not be empty.
SmallVector<Value> ReductionEmitter::getGrid(OpBuilder &host) {
  Value one = arith::ConstantIndexOp::create(host, loc, 1);
  return {host.createOrFold<arith::MaxUIOp>(loc, division.numBlocks, one), one,
          one};
}

void ReductionEmitter::emit() {
  // All threads of a block agree, so there may be barriers inside.
  if (!getConstantIntValue(division.numBlocks))
    enterIf(isBelow(kernel.getBlock(0), kernel.import(division.numBlocks)));
  op = kernel.clone(node.op);
  body.setInsertionPoint(op);
  placeBlock();
  emitResult(exchangeWarps(combineWarp(emitShare())));
  op.erase();
}

void ReductionEmitter::placeBlock() {
  SmallVector<Value> extents = importAll(division.outerExtents);
  indices.resize(op.getNumLoops());
  for (auto [loop, position] : llvm::zip_equal(
           division.outer, delinearize(body, loc, kernel.getBlock(0), extents)))
    indices[loop] = position;
  if (node.sum->areTerms)
    return;
  Value &column = indices[node.sum->lane];
  firstColumn = multiply(column, division.columns);
  Value inside = remainder(kernel.getThread(), division.across);
  column = add(firstColumn, multiply(inside, lanes));
  if (!isRagged())
    return;
  // Beyond the end the last results are computed again, and not stored.
  Value end = kernel.import(division.numColumns);
  column = arith::MinUIOp::create(
      body, loc, column,
      arith::SubIOp::create(body, loc, end, constant(lanes)));
}

static Attribute forbidUnrolling(Builder &builder) {
  MLIRContext *context = builder.getContext();
  auto unrolling = LLVM::LoopUnrollAttr::get(
      context, /*disable=*/builder.getBoolAttr(true), {}, {}, {}, {}, {}, {});
  return LLVM::LoopAnnotationAttr::get(context, {}, {}, {}, unrolling, {}, {},
                                       {}, {}, {}, {}, {}, {}, {}, {}, {});
}

/// The terms of this thread, a few at a time.
SmallVector<Value> ReductionEmitter::emitShare() {
  TypedAttr neutral = *arith::getNeutralElement(findCombiner(*op.getBlock()));
  SmallVector<Value> sums(lanes, arith::ConstantOp::create(body, loc, neutral));
  Value share = divide(kernel.getThread(), division.across);
  int64_t step = division.shares * division.rounds;
  auto loop = scf::ForOp::create(body, loc, constant(0),
                                 kernel.import(division.numTerms),
                                 constant(step), sums);
  // It is unrolled by `rounds` already.
  loop->setAttr("loop_annotation", forbidUnrolling(body));
  OpBuilder::InsertionGuard guard(body);
  body.setInsertionPointToStart(loop.getBody());
  Value first = add(loop.getInductionVar(), share);
  scf::YieldOp::create(body, loc, addRounds(first, loop.getRegionIterArgs()));
  return llvm::to_vector_of<Value>(loop.getResults());
}

/// Adds the neighbours at `first` and at every `shares`th term behind it.
SmallVector<Value> ReductionEmitter::addRounds(Value first, ValueRange sums) {
  std::optional<int64_t> known = getConstantIntValue(division.numTerms);
  bool isWhole = known && *known % (division.shares * division.rounds) == 0;
  Value end = kernel.import(division.numTerms);
  SmallVector<Round> rounds(division.rounds);
  for (auto [i, round] : llvm::enumerate(rounds)) {
    Value term = add(first, constant(i * division.shares));
    if (!isWhole) {
      // No load waits for a branch: beyond the end it is the last term's.
      round.isThere = isBelow(term, end);
      Value last = arith::SubIOp::create(body, loc, end, constant(1));
      term = arith::MinUIOp::create(body, loc, term, last);
    }
    round.points = getPoints(term);
    round.inputs = loadLanes(round.points);
  }
  SmallVector<Value> next = llvm::to_vector(sums);
  PointEmitter point(op, body);
  for (Round &round : rounds)
    for (auto [sum, at, inputs] :
         llvm::zip_equal(next, round.points, round.inputs)) {
      Value more = point.evaluate(inputs, {sum}, at).front();
      sum = round.isThere
                ? arith::SelectOp::create(body, loc, round.isThere, more, sum)
                : more;
    }
  return next;
}

/// The loops at the neighbours that are number `term` of `sumExtents`.
SmallVector<SmallVector<Value>> ReductionEmitter::getPoints(Value term) {
  SmallVector<Value> extents = importAll(division.sumExtents);
  SmallVector<Value> first = indices;
  for (auto [loop, position] :
       llvm::zip_equal(division.sums, delinearize(body, loc, term, extents)))
    first[loop] = position;
  unsigned lane = node.sum->lane;
  if (node.sum->areTerms)
    first[lane] = multiply(first[lane], lanes);
  SmallVector<SmallVector<Value>> points(lanes, first);
  for (int64_t i = 1; i < lanes; ++i)
    points[i][lane] = add(first[lane], constant(i));
  return points;
}

/// The inputs at each of `points`, which are neighbours.
SmallVector<SmallVector<Value>>
ReductionEmitter::loadLanes(ArrayRef<SmallVector<Value>> points) {
  SmallVector<SmallVector<Value>> inputs(lanes);
  PointEmitter point(op, body);
  for (OpOperand *operand : op.getDpsInputOperands()) {
    bool isRead = op.payloadUsesValueFromOperand(operand);
    bool moves =
        op.getMatchingIndexingMap(operand).isFunctionOfDim(node.sum->lane);
    Value same, wide;
    if (isRead && !moves) {
      same = point.load(*operand, points.front());
    } else if (isRead && node.sum->isWide) {
      auto type = VectorType::get(
          {lanes}, getElementTypeOrSelf(operand->get().getType()));
      wide = vector::LoadOp::create(body, loc, type, operand->get(),
                                    point.getElement(*operand, points.front()),
                                    /*nontemporal=*/false, getAlignment(type));
    }
    for (int64_t i = 0; i < lanes; ++i)
      inputs[i].push_back(!isRead || !moves ? same
                          : wide ? vector::ExtractOp::create(body, loc, wide, i)
                                 : point.load(*operand, points[i]));
  }
  return inputs;
}

Value ReductionEmitter::combine(Value a, Value b) {
  Operation *combiner = findCombiner(*op.getBlock());
  IRMapping mapping;
  mapping.map(combiner->getOperand(0), a);
  mapping.map(combiner->getOperand(1), b);
  return body.clone(*combiner, mapping)->getResult(0);
}

/// The sums of a warp, one for each lane or one in all: its shares pairwise,
/// without memory. Afterwards the threads of its first share have them.
SmallVector<Value> ReductionEmitter::combineWarp(SmallVector<Value> sums) {
  if (node.sum->areTerms)
    for (; sums.size() > 1; sums.truncate(sums.size() / 2))
      for (size_t i = 0; i < sums.size() / 2; ++i)
        sums[i] = combine(sums[i], sums[i + sums.size() / 2]);
  for (int64_t distance = kWarpThreads / 2; distance >= division.across;
       distance /= 2)
    for (Value &sum : sums)
      sum = combine(sum, kernel.exchange(sum, distance));
  return sums;
}

/// Shared memory with the sums of every warp, and of every column in it.
Value ReductionEmitter::exchangeWarps(ArrayRef<Value> sums) {
  Value shared =
      kernel.addShared({division.threads / kWarpThreads, division.columns},
                       getElementType(node));
  {
    Value thread = remainder(kernel.getThread(), kWarpThreads);
    OpBuilder::InsertionGuard guard(body);
    enterIf(isBelow(thread, constant(division.across)));
    Value warp = divide(kernel.getThread(), kWarpThreads);
    Value first = multiply(thread, sums.size());
    for (auto [i, sum] : llvm::enumerate(sums))
      memref::StoreOp::create(body, loc, sum, shared,
                              ValueRange{warp, add(first, constant(i))});
  }
  kernel.barrier();
  return shared;
}

/// A thread for each column combines what the warps have, and that with what
/// the result starts from.
void ReductionEmitter::emitResult(Value shared) {
  Value thread = kernel.getThread();
  enterIf(isBelow(thread, constant(division.columns)));
  SmallVector<Value> at = indices;
  if (!node.sum->areTerms)
    at[node.sum->lane] = add(firstColumn, thread);
  if (isRagged())
    enterIf(isBelow(at[node.sum->lane], kernel.import(division.numColumns)));
  for (unsigned loop : division.sums)
    at[loop] = constant(0); // not one of the result's
  Value total;
  for (int64_t warp = 0; warp < division.threads / kWarpThreads; ++warp) {
    Value sum = memref::LoadOp::create(body, loc, shared,
                                       ValueRange{constant(warp), thread});
    total = total ? combine(total, sum) : sum;
  }
  PointEmitter(op, body).store(combine(loadStart(at), total), at);
}

Value ReductionEmitter::loadStart(ValueRange at) {
  if (!node.start)
    return PointEmitter(op, body).load(*op.getDpsInitOperand(0), at);
  linalg::GenericOp function = kernel.clone(node.start);
  Value start = PointEmitter(function, body)
                    .evaluateAt(PointEmitter(op, body).getElement(
                        *op.getDpsInitOperand(0), at));
  function.erase();
  return start;
}

void bptt::emitReductionKernel(OpBuilder &host, const KernelNode &node,
                               StringRef name) {
  ReductionEmitter(host, node, name).emit();
}
