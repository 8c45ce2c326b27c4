//===- KernelNode.cpp - One operation on its way into a kernel ------------===//

#include "KernelNode.h"

#include "PointEmitter.h"

#include "../Contraction.h"
#include "../Elementwise.h"

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
constexpr int64_t kManyResults = 256;

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
    return isAligned(operand.get(), lanes,
                     type.getElementTypeBitWidth() / 8 * lanes, alignments);
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
  SmallVector<unsigned> sums;
  op.getParallelDims(order);
  op.getReductionDims(sums);
  isLarge = ::isLarge(op, accesses.size());
  if (hasMovingResults(op))
    return;
  OpBuilder builder(op);
  std::optional<Elementwise> elementwise = Elementwise::match(builder, op);
  if (!elementwise)
    return;
  int64_t numTerms = multiply(extents, sums);
  if (!sums.empty() && elementwise->lanesReduce) {
    if (numTerms >= kMinSharedTerms)
      kind = KernelKind::Reduction;
    return;
  }
  unsigned lane = elementwise->laneLoop;
  llvm::erase(order, lane);
  order.push_back(lane);
  if (!sums.empty()) {
    Block &body = *op.getBlock();
    bool isFew = multiply(extents, order) < kManyResults;
    if (isFew && numTerms >= kMinSharedTerms && findCombiner(body))
      kind = KernelKind::Reduction;
    return;
  }
  int64_t bytes = std::max<int64_t>(1, elementwise->elementBits / 8);
  int64_t wide = std::max<int64_t>(1, kVectorBytes / bytes);
  if (wide > 1 && !isLarge && !ShapedType::isDynamic(extents[lane]) &&
      extents[lane] % wide == 0 && isAligned(op, lane, wide, alignments))
    lanes = wide;
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

bool KernelNode::staysInThread(const KernelNode &other) const {
  if (kind != KernelKind::Pointwise || other.kind != KernelKind::Pointwise ||
      lanes != other.lanes || order.size() != other.order.size())
    return false;
  for (auto [a, b] : llvm::zip_equal(order, other.order))
    if (ShapedType::isDynamic(extents[a]) || extents[a] != other.extents[b])
      return false;
  for (const MemoryAccess &a : accesses)
    for (const MemoryAccess &b : other.accesses) {
      if (!conflict(a, b))
        continue;
      if (!a.map || !b.map || !a.region.isSameAs(b.region))
        return false;
      AffineMap mine = getPlaceMap(*this, *a.map);
      AffineMap theirs = getPlaceMap(other, *b.map);
      // Not a place of a thread's own if it moves along a sum.
      bool moves = llvm::any_of(mine.getResults(), [&](AffineExpr expr) {
        return llvm::any_of(
            llvm::seq<unsigned>(mine.getNumSymbols()),
            [&](unsigned sum) { return expr.isFunctionOfSymbol(sum); });
      });
      if (moves || mine.getResults() != theirs.getResults())
        return false;
    }
  return true;
}
