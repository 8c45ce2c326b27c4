//===- Residuals.cpp - What a step hands to its backward ------------------===//
//
// A cut separates what is computed again from what is at hand. Keeping a value
// costs its bytes, computing an operation again its work; the exchange rate
// between the two decides where the cheapest cut lies. Where a contraction is
// too dear to be repeated, a value of element-wise operations is kept for as
// long as writing and reading it takes less time than they do: that is the
// fastest cut. With element-wise operations for nothing, it is the smallest
// that repeats no contraction; with contractions for nothing, the smallest of
// all. The cuts in between are the corners of a convex curve, found by trying
// the rates at which two known corners would be equally good.
//
//===----------------------------------------------------------------------===//

#include "Residuals.h"

#include "MinimumCut.h"
#include "bptt/Analysis/CostModel.h"
#include "bptt/Dialect/BPTT/IR/Recurrence.h"
#include "bptt/Differentiation/Adjoint.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace bptt {

namespace {

/// The part of a kept tape that a further mode saves at least.
constexpr double kLeastSaving = 0.1;

/// Bytes of a value; only a tensor of static shape can be kept.
int64_t getBytes(Value value) {
  auto tensor = dyn_cast<RankedTensorType>(value.getType());
  return tensor && tensor.hasStaticShape() ? getDenseBytes(tensor)
                                           : MinimumCut::kInfinite;
}

/// What the cost model takes for an element-wise operation; a movement of data
/// takes nothing.
int64_t getFlops(Operation *op) {
  auto structured = dyn_cast<linalg::LinalgOp>(op);
  return structured ? estimateWork(structured).flops : 0;
}

/// Scalar operations of a contraction or reduction; -1 for what cannot be
/// computed again.
int64_t getWork(Operation *op) {
  auto structured = dyn_cast<linalg::LinalgOp>(op);
  if (!structured)
    return -1;
  int64_t work = structured.getBlock()->getOperations().size() - 1;
  for (int64_t extent : structured.getStaticLoopRanges()) {
    if (ShapedType::isDynamic(extent))
      return -1;
    work *= extent;
  }
  return std::max<int64_t>(1, work);
}

/// What one cut keeps, and what it computes again.
struct Cut {
  SmallVector<Value> kept;
  int64_t bytes = 0, work = 0;
};

/// Of an operation of work, and of a byte kept.
struct Prices {
  std::optional<int64_t> contraction; // none: it is never computed again
  int64_t elementwise;
  int64_t byte;
};
/// A value kept is written once and read once; at a tie it is not kept.
constexpr Prices kTime{std::nullopt, kBytesPerNanosecond,
                       2 * kFlopsPerNanosecond + 1};
/// Among cuts that repeat no contraction, the fewest bytes.
constexpr Prices kBytes{std::nullopt, 0, 1};

class CutFinder {
public:
  CutFinder(func::FuncOp cell, size_t numCarries, ArrayRef<Value> needed)
      : body(cell.getBody().front()), needed(needed) {
    ValueRange carries =
        body.getTerminator()->getOperands().take_front(numCarries);
    for (Value carry : carries)
      stateBytes += getBytes(carry);
    SmallVector<Value> results(carries);
    advanceWork = getRepeatedWork(results, /*atHand=*/{});
    // Prices times bytes and work fit in 64 bits.
    workUnit += advanceWork >> 20;
    advanceWork = llvm::divideCeil(advanceWork, workUnit);
    free.insert(carries.begin(), carries.end());
  }

  Cut find(const Prices &prices) {
    // Not being at hand flows from what has a price through what could be
    // computed again.
    MinimumCut graph;
    DenseMap<Value, unsigned> nodes;
    SmallVector<Value> values;
    for (Operation &op : body.without_terminator()) {
      std::optional<int64_t> price = getPrice(&op, prices);
      std::optional<unsigned> evaluation;
      if (price.value_or(0) > 0) {
        // Paid once for all results of the operation, then free to flow.
        evaluation = graph.addNode(*price);
        graph.addSource(*evaluation);
      }
      for (Value result : op.getResults()) {
        if (free.contains(result))
          continue;
        int64_t bytes = getBytes(result);
        unsigned node = graph.addNode(
            bytes == MinimumCut::kInfinite ? bytes : bytes * prices.byte);
        nodes[result] = node;
        values.resize(node + 1);
        values[node] = result;
        if (evaluation)
          graph.addEdge(*evaluation, node);
        else if (!price)
          graph.addSource(node);
        // What is computed again needs its operands.
        if (price)
          for (Value used : getUsedValues(&op))
            if (auto producer = nodes.find(used); producer != nodes.end())
              graph.addEdge(producer->second, node);
      }
    }
    for (Value value : needed)
      if (auto node = nodes.find(value); node != nodes.end())
        graph.addSink(node->second);

    Cut cut;
    for (unsigned node : graph.solve())
      if (node < values.size() && values[node]) {
        cut.kept.push_back(values[node]);
        cut.bytes += getBytes(values[node]);
      }
    ValueSet atHand(free);
    atHand.insert(cut.kept.begin(), cut.kept.end());
    cut.work = getRepeatedWork(SmallVector<Value>(needed), std::move(atHand));
    return cut;
  }

  /// Work of a step that is evaluated for its carries.
  int64_t getAdvanceWork() const { return advanceWork; }
  int64_t getStateBytes() const { return stateBytes; }
  /// Work of everything that is needed, without anything kept.
  int64_t getMostWork() {
    return getRepeatedWork(SmallVector<Value>(needed), free);
  }

private:
  /// Of computing `op` again; none where that is out of the question.
  std::optional<int64_t> getPrice(Operation *op, const Prices &prices) {
    if (isRecomputable(op))
      return getFlops(op) * prices.elementwise;
    int64_t work = getWork(op);
    if (work < 0 || !prices.contraction)
      return std::nullopt;
    return llvm::divideCeil(work, workUnit) * *prices.contraction;
  }

  /// Work of the contractions and reductions that `wanted` takes where `atHand`
  /// is known.
  int64_t getRepeatedWork(SmallVector<Value> wanted, const ValueSet &atHand) {
    llvm::DenseSet<Operation *> repeated;
    int64_t work = 0;
    while (!wanted.empty()) {
      Value value = wanted.pop_back_val();
      Operation *op = value.getDefiningOp();
      if (!op || atHand.contains(value) || !repeated.insert(op).second)
        continue;
      if (!isRecomputable(op))
        work += llvm::divideCeil(std::max<int64_t>(0, getWork(op)), workUnit);
      llvm::append_range(wanted, getUsedValues(op));
    }
    return work;
  }

  Block &body;
  ArrayRef<Value> needed;
  ValueSet free; // the carries that a step returns
  int64_t stateBytes = 0, workUnit = 1, advanceWork = 0;
};

/// Corners of the curve of bytes against work strictly between two of them, by
/// falling bytes.
void addCorners(CutFinder &finder, const Cut &more, const Cut &less,
                SmallVectorImpl<Cut> &corners) {
  int64_t work = less.work - more.work, bytes = more.bytes - less.bytes;
  if (work <= 0 || bytes <= 0)
    return;
  Cut between = finder.find({bytes, /*elementwise=*/0, /*byte=*/work});
  auto getPrice = [&](const Cut &cut) {
    return cut.work * bytes + cut.bytes * work;
  };
  if (getPrice(between) >= getPrice(more))
    return;
  addCorners(finder, more, between, corners);
  corners.push_back(between);
  addCorners(finder, between, less, corners);
}

} // namespace

SmallVector<SmallVector<Value>> chooseResiduals(func::FuncOp cell,
                                                size_t numCarries,
                                                ArrayRef<Value> needed,
                                                unsigned maxModes) {
  CutFinder finder(cell, numCarries, needed);
  Cut fastest = finder.find(kTime);
  SmallVector<SmallVector<Value>> modes{fastest.kept};
  if (maxModes == 1 || fastest.bytes == 0)
    return modes;
  Cut most = finder.find(kBytes);
  // Of two cuts of equal bytes the one with less work.
  Cut least = finder.find({/*contraction=*/1, /*elementwise=*/0,
                           /*byte=*/finder.getMostWork() + 1});
  SmallVector<Cut> corners;
  if (most.bytes < fastest.bytes)
    corners.push_back(most);
  addCorners(finder, most, least, corners);
  if (least.bytes < most.bytes)
    corners.push_back(least);
  // A way that repeats all products of a step is no use, and one that hardly
  // makes a tape smaller is not worth its functions.
  int64_t last = finder.getStateBytes() + fastest.bytes;
  llvm::erase_if(corners, [&](const Cut &cut) {
    int64_t tape = finder.getStateBytes() + cut.bytes;
    if ((cut.work > 0 && cut.work >= finder.getAdvanceWork()) ||
        double(tape) > (1 - kLeastSaving) * double(last))
      return true;
    last = tape;
    return false;
  });
  // The first saves most for its work, the last saves most.
  while (corners.size() > maxModes - 1)
    corners.erase(corners.end() - (corners.size() > 1 ? 2 : 1));
  for (Cut &corner : corners)
    modes.push_back(std::move(corner.kept));
  return modes;
}

} // namespace bptt
