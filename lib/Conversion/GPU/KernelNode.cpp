//===- KernelNode.cpp - One operation on its way into a kernel ------------===//

#include "KernelNode.h"

#include "PointEmitter.h"

#include "../Contraction.h"
#include "../Elementwise.h"

#include "bptt/Dialect/BPTT/IR/Recurrence.h"

#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace bptt;

/// Bytes that a thread reads or writes at once.
constexpr int64_t kVectorBytes = 16;
/// Sums of fewer terms than this are not worth a block of threads.
constexpr int64_t kMinSharedTerms = 32;
/// Of these, four neighbours and an address of each fit into the registers of a
/// thread.
constexpr int64_t kMaxOperands = 24;
/// With so many results there are threads enough without sharing sums.
constexpr int64_t kManyResults = 65536;
/// Sums that a thread has in registers, at most.
constexpr int64_t kMaxSumLanes = 8;

void KernelNode::collectAccesses() {
  op.walk([&](memref::LoadOp load) {
    accesses.push_back({MemoryRegion::get(load.getMemref()), std::nullopt,
                        /*writes=*/false});
  });
  auto add = [&](OpOperand &operand, bool writes) {
    if (isa<MemRefType>(operand.get().getType()))
      accesses.push_back({MemoryRegion::get(operand.get()),
                          op.getMatchingIndexingMap(&operand), writes});
  };
  for (OpOperand *operand : op.getDpsInputOperands())
    add(*operand, /*writes=*/false);
  for (OpOperand &operand : op.getDpsInitsMutable())
    add(operand, /*writes=*/true);
}

static int64_t multiply(ArrayRef<int64_t> extents, ArrayRef<unsigned> loops) {
  int64_t product = 1;
  for (unsigned loop : loops)
    product = ShapedType::isDynamic(extents[loop]) ? INT32_MAX
                                                   : product * extents[loop];
  return product;
}

/// Whether `lanes` neighbours along the last dimension, from a multiple of
/// `lanes` on, begin at a multiple of `bytes` bytes.
static bool isAligned(Value memref, int64_t lanes, int64_t bytes,
                      AlignmentAnalysis &alignments) {
  auto type = cast<MemRefType>(memref.getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  if (failed(type.getStridesAndOffset(strides, offset)))
    return false;
  return llvm::all_of(ArrayRef(strides).drop_back(),
                      [&](int64_t stride) {
                        return !ShapedType::isDynamic(stride) &&
                               stride % lanes == 0;
                      }) &&
         alignments.getAlignment(memref) % bytes == 0;
}

/// Whether vectors of `lanes` elements along `loop` of every operand begin at
/// multiples of their size.
static bool isAligned(linalg::GenericOp op, unsigned loop, int64_t lanes,
                      AlignmentAnalysis &alignments) {
  return llvm::all_of(op->getOpOperands(), [&](OpOperand &operand) {
    auto type = dyn_cast<MemRefType>(operand.get().getType());
    if (!type || !op.getMatchingIndexingMap(&operand).isFunctionOfDim(loop))
      return true;
    return isAligned(operand.get(), lanes, getElementBytes(type) * lanes,
                     alignments);
  });
}

/// Whether the results of `op` may be computed one by one, and should be.
static bool isLarge(linalg::GenericOp op, int64_t numAccesses) {
  return numAccesses > kMaxOperands && op.getNumReductionLoops() == 0 &&
         llvm::all_of(op.getBody()->without_terminator(),
                      [](Operation &inside) {
                        return isPure(&inside) && inside.getNumRegions() == 0;
                      });
}

void KernelNode::choosePointwise(AlignmentAnalysis &alignments) {
  op.getParallelDims(order);
  isLarge = ::isLarge(op, accesses.size());
  if (hasMovingResults(op))
    return;
  if (op.getNumReductionLoops() > 0)
    return chooseSum(alignments);
  OpBuilder builder(op);
  std::optional<Elementwise> elementwise = Elementwise::match(builder, op);
  if (!elementwise)
    return;
  unsigned lane = elementwise->laneLoop;
  llvm::erase(order, lane);
  order.push_back(lane);
  int64_t bytes = std::max<int64_t>(1, elementwise->elementBits / 8);
  int64_t wide = std::max<int64_t>(1, kVectorBytes / bytes);
  if (wide > 1 && !isLarge && !ShapedType::isDynamic(extents[lane]) &&
      extents[lane] % wide == 0 && isAligned(op, lane, wide, alignments))
    lanes = wide;
}

/// The loop along which neighbours are neighbours in all inputs that have it,
/// as their shapes tell; one of the results rather than of the terms.
static std::optional<unsigned> findLane(linalg::GenericOp op,
                                        ArrayRef<int64_t> extents) {
  SmallVector<OperandAccess> inputs;
  for (OpOperand *input : op.getDpsInputOperands()) {
    if (!isa<MemRefType>(input->get().getType()))
      continue;
    std::optional<OperandAccess> access = OperandAccess::get(op, *input);
    if (!access)
      return std::nullopt;
    inputs.push_back(*access);
  }
  auto loops = llvm::map_to_vector(extents, [](int64_t extent) {
    return LoopExtent{extent, Value()};
  });
  auto uses = [](unsigned loop) {
    return [=](const OperandAccess &access) { return access.uses(loop); };
  };
  SmallVector<unsigned> candidates, sums;
  op.getParallelDims(candidates);
  op.getReductionDims(sums);
  candidates.append(sums);
  for (unsigned loop : candidates)
    if (extents[loop] != 1 && llvm::any_of(inputs, uses(loop)) &&
        llvm::all_of(inputs, [&](const OperandAccess &access) {
          return !access.uses(loop) || access.isInnermost(loop, loops);
        }))
      return loop;
  return std::nullopt;
}

void KernelNode::chooseSum(AlignmentAnalysis &alignments) {
  std::optional<unsigned> lane = findLane(op, extents);
  if (!lane || op.getNumDpsInits() != 1 ||
      !OperandAccess::get(op, *op.getDpsInitOperand(0)))
    return;
  SmallVector<unsigned> sums;
  op.getReductionDims(sums);
  bool areTerms = llvm::is_contained(sums, *lane);
  if (!areTerms) {
    llvm::erase(order, *lane);
    order.push_back(*lane);
  }
  bool isFew = areTerms || multiply(extents, order) < kManyResults;
  if (!isFew || multiply(extents, sums) < kMinSharedTerms ||
      !findCombiner(*op.getBlock()))
    return;
  kind = KernelKind::Reduction;
  sum = SharedSum{*lane, areTerms};
  SmallVector<OpOperand *> inputs =
      llvm::filter_to_vector(op.getDpsInputOperands(), [&](OpOperand *input) {
        return op.getMatchingIndexingMap(input).isFunctionOfDim(*lane);
      });
  auto getBytes = [](OpOperand *input) -> int64_t {
    Type type = getElementTypeOrSelf(input->get().getType());
    return type.isIntOrFloat() && type.getIntOrFloatBitWidth() % 8 == 0
               ? type.getIntOrFloatBitWidth() / 8
               : kVectorBytes; // one at a time
  };
  int64_t widest = 1;
  for (OpOperand *input : inputs)
    widest = std::max(widest, getBytes(input));
  int64_t lanes = std::min(kMaxSumLanes, kVectorBytes / widest);
  if (lanes == 1 || ShapedType::isDynamic(extents[*lane]) ||
      extents[*lane] % lanes != 0)
    return;
  sum->lanes = lanes;
  sum->isWide = llvm::all_of(inputs, [&](OpOperand *input) {
    return OperandAccess::get(op, *input)->isContiguous(*lane) &&
           isAligned(input->get(), lanes, lanes * getBytes(input), alignments);
  });
}

/// Whether `lanes` neighbours in the memory of `operand` are neighbours along
/// one of `loops`, and begin at a multiple of `bytes` bytes.
static bool isWide(const KernelNode &node, OpOperand &operand,
                   ArrayRef<unsigned> loops, int64_t lanes, int64_t bytes,
                   AlignmentAnalysis &alignments) {
  linalg::GenericOp op = node.op;
  auto type = cast<MemRefType>(operand.get().getType());
  AffineMap map = op.getMatchingIndexingMap(&operand);
  unsigned last = cast<AffineDimExpr>(map.getResults().back()).getPosition();
  SmallVector<int64_t> strides;
  int64_t offset;
  return llvm::is_contained(loops, last) && node.extents[last] % lanes == 0 &&
         succeeded(type.getStridesAndOffset(strides, offset)) &&
         strides.back() == 1 &&
         isAligned(operand.get(), lanes, bytes, alignments);
}

bool KernelNode::chooseProduct(AlignmentAnalysis &alignments,
                               Precision precision) {
  OpBuilder builder(op);
  std::optional<Contraction> contraction = Contraction::match(builder, op);
  if (!contraction || llvm::any_of(extents, ShapedType::isDynamic))
    return false;
  auto dims = linalg::inferContractionDims(op);
  if (failed(dims) || dims->m.empty() || dims->n.empty() || dims->k.empty())
    return false;
  auto takeLongest = [&](SmallVector<unsigned, 2> &loops) {
    unsigned longest = *std::max_element(
        loops.begin(), loops.end(),
        [&](unsigned a, unsigned b) { return extents[a] < extents[b]; });
    llvm::erase(loops, longest);
    return longest;
  };
  ProductLoops loops;
  loops.row = takeLongest(dims->m);
  loops.column = takeLongest(dims->n);
  for (auto &left : {dims->batch, dims->m, dims->n})
    loops.outer.append(left.begin(), left.end());
  loops.sum.assign(dims->k.begin(), dims->k.end());
  OpOperand *inputs[] = {op.getDpsInputOperand(0), op.getDpsInputOperand(1)};
  loops.left =
      op.getMatchingIndexingMap(inputs[0]).isFunctionOfDim(loops.row) ? 0 : 1;
  unsigned ofTile[] = {loops.row, loops.column, loops.sum.back()};
  for (auto [wide, input] : llvm::zip_equal(loops.isWide, inputs))
    wide = isWide(*this, *input, ofTile, 8, /*bytes=*/16, alignments);
  OpOperand &result = *op.getDpsInitOperand(0);
  int64_t bytes =
      cast<MemRefType>(result.get().getType()).getElementTypeBitWidth() / 8;
  loops.arePairs =
      isWide(*this, result, loops.column, 2, 2 * bytes, alignments);
  if (contraction->getSumType().isF32())
    loops.tensor = TensorFactors::get(
        getElementTypeOrSelf(inputs[loops.left]->get().getType()),
        getElementTypeOrSelf(inputs[1 - loops.left]->get().getType()),
        precision);
  product = loops;
  kind = KernelKind::Product;
  return true;
}

KernelNode KernelNode::get(linalg::GenericOp op, AlignmentAnalysis &alignments,
                           Precision precision) {
  KernelNode node;
  node.op = op;
  node.extents = op.getStaticLoopRanges();
  node.collectAccesses();
  if (!node.chooseProduct(alignments, precision))
    node.choosePointwise(alignments);
  return node;
}

static bool conflict(const MemoryAccess &a, const MemoryAccess &b) {
  return (a.writes || b.writes) && !a.region.isDisjointFrom(b.region);
}

bool KernelNode::conflictsWith(const KernelNode &other) const {
  for (const MemoryAccess &a : accesses)
    for (const MemoryAccess &b : other.accesses)
      if (conflict(a, b))
        return true;
  return false;
}

/// The elements that an access touches, as a function of a thread's place.
static AffineMap getPlaceMap(const KernelNode &node, AffineMap map) {
  MLIRContext *context = map.getContext();
  SmallVector<AffineExpr> loops;
  for (unsigned loop = 0; loop < map.getNumDims(); ++loop)
    loops.push_back(getAffineSymbolExpr(loop, context));
  for (auto [place, loop] : llvm::enumerate(node.order))
    loops[loop] = getAffineDimExpr(place, context);
  return map.replaceDimsAndSymbols(loops, {}, node.order.size(),
                                   map.getNumDims());
}

/// Whether `holds` for all accesses of the two that conflict, which then are to
/// the same elements in the same layout, with maps.
static bool holdsForConflicts(const KernelNode &a, const KernelNode &b,
                              function_ref<bool(AffineMap, AffineMap)> holds) {
  for (const MemoryAccess &mine : a.accesses)
    for (const MemoryAccess &theirs : b.accesses)
      if (conflict(mine, theirs) &&
          (!mine.map || !theirs.map || !mine.region.isSameAs(theirs.region) ||
           !holds(*mine.map, *theirs.map)))
        return false;
  return true;
}

bool KernelNode::staysInThread(const KernelNode &other) const {
  if (kind != KernelKind::Pointwise || other.kind != KernelKind::Pointwise ||
      lanes != other.lanes || order.size() != other.order.size())
    return false;
  for (auto [a, b] : llvm::zip_equal(order, other.order))
    if (ShapedType::isDynamic(extents[a]) || extents[a] != other.extents[b])
      return false;
  return holdsForConflicts(*this, other, [&](AffineMap a, AffineMap b) {
    AffineMap mine = getPlaceMap(*this, a), theirs = getPlaceMap(other, b);
    // Not a place of a thread's own if it moves along a sum.
    bool moves = llvm::any_of(mine.getResults(), [&](AffineExpr expr) {
      return llvm::any_of(
          llvm::seq<unsigned>(mine.getNumSymbols()),
          [&](unsigned sum) { return expr.isFunctionOfSymbol(sum); });
    });
    return !moves && mine.getResults() == theirs.getResults();
  });
}

std::optional<int64_t> KernelNode::countRows() const {
  if (llvm::any_of(extents, ShapedType::isDynamic) || order.empty())
    return std::nullopt;
  switch (kind) {
  case KernelKind::Pointwise: {
    linalg::GenericOp operation = op;
    if (operation.getNumReductionLoops() > 0 || isLarge)
      return std::nullopt;
    break;
  }
  case KernelKind::Reduction:
    if (!sum->areTerms || order.size() != 1)
      return std::nullopt;
    break;
  case KernelKind::Product:
    return std::nullopt;
  }
  return extents[order.front()];
}

int64_t KernelNode::countRowVectors() const {
  return order.size() == 1
             ? 1
             : multiply(extents, ArrayRef(order).drop_front()) / lanes;
}

bool KernelNode::staysInRow(const KernelNode &other) const {
  auto isOfRow = [](const KernelNode &node, AffineExpr expr) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    return dim && dim.getPosition() == node.order.front();
  };
  // At one place of the row's loop an access stays at one place of a dimension.
  return holdsForConflicts(*this, other, [&](AffineMap a, AffineMap b) {
    return llvm::any_of(llvm::zip_equal(a.getResults(), b.getResults()),
                        [&](auto pair) {
                          auto [mine, theirs] = pair;
                          return isOfRow(*this, mine) && isOfRow(other, theirs);
                        });
  });
}
