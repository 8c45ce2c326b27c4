//===- TensorKernel.cpp - Matrix products on tensor cores -----------------===//

#include "FactorTile.h"
#include "KernelEmitters.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bptt;

/// Tiles on their way at once: what a multiprocessor must have in flight to
/// keep up with the L2 cache, some 12 KiB, for the tiles below.
constexpr int64_t kMaxStages = 4;
/// From so many blocks on every multiprocessor has one: 108 on an A100, 132 on
/// an H100, 148 on a B200.
constexpr int64_t kManyBlocks = 128;

namespace {

/// What a block computes, and how its warps share it.
struct WarpTiling {
  int64_t rows, columns;          // of a block
  int64_t warpsDown, warpsAcross; // each has a rectangle of its own

  int64_t getThreads() const { return 32 * warpsDown * warpsAcross; }
  int64_t getWarpRows() const { return rows / warpsDown; }
  int64_t getWarpColumns() const { return columns / warpsAcross; }
  int64_t countBlocks(int64_t numRows, int64_t numColumns) const {
    return llvm::divideCeil(numRows, rows) *
           llvm::divideCeil(numColumns, columns);
  }
};

/// From the least traffic for each result to the most blocks.
constexpr WarpTiling kTilings[] = {{128, 128, 2, 4},
                                   {64, 64, 2, 2},
                                   {64, 32, 2, 2},
                                   {32, 32, 2, 2},
                                   {16, 32, 1, 2}};

/// A way to compute a product and those before it.
struct TensorPlan {
  WarpTiling tiling;
  int64_t stages;
  /// The kinds of tiles in shared memory; products share what is alike.
  SmallVector<FactorLayout> layouts;

  int64_t getBytes() const {
    int64_t bytes = 0;
    for (const FactorLayout &layout : layouts)
      bytes += stages * layout.getBytes();
    return bytes;
  }

  static std::optional<TensorPlan> choose(const KernelNode &node);
};

} // namespace

static int64_t countTiles(const KernelNode &product) {
  int64_t depth = FactorLayout::get(product, /*isLeft=*/true, 1).getDepth();
  return llvm::divideCeil(countTerms(product), depth);
}

static TensorPlan makePlan(ArrayRef<const KernelNode *> products,
                           const WarpTiling &tiling) {
  TensorPlan plan{tiling, 1, {}};
  int64_t tiles = 1;
  for (const KernelNode *product : products) {
    for (bool isLeft : {true, false}) {
      FactorLayout layout = FactorLayout::get(
          *product, isLeft, isLeft ? tiling.rows : tiling.columns);
      if (!llvm::is_contained(plan.layouts, layout))
        plan.layouts.push_back(layout);
    }
    tiles = std::max(tiles, countTiles(*product));
  }
  plan.stages = std::min<int64_t>(kMaxStages, llvm::PowerOf2Ceil(tiles));
  while (plan.stages > 2 && plan.getBytes() > kStaticSharedBytes)
    plan.stages /= 2;
  return plan;
}

/// The largest tiles that leave no multiprocessor idle, else the smallest ones.
/// A step of a recurrence has few rows: what takes its time is to read the
/// weights from the L2 cache, which all multiprocessors together do fastest. 64
/// rows and 4096 columns, as in an LSTM of 1024 units, are 128 tiles of 64 by
/// 32, so every weight is read once.
std::optional<TensorPlan> TensorPlan::choose(const KernelNode &node) {
  SmallVector<const KernelNode *> products;
  for (const KernelNode &product : node.before)
    products.push_back(&product);
  products.push_back(&node);
  if (!llvm::all_of(products, [](const KernelNode *product) {
        return product->product->tensor.has_value();
      }))
    return std::nullopt;
  int64_t rows = node.extents[node.product->row],
          columns = node.extents[node.product->column], outer = 1;
  for (unsigned loop : node.product->outer)
    outer *= node.extents[loop];
  std::optional<TensorPlan> best;
  for (const WarpTiling &tiling : kTilings) {
    TensorPlan plan = makePlan(products, tiling);
    if (plan.getBytes() > kStaticSharedBytes)
      continue;
    bool isHalfEmpty = tiling.rows >= 2 * std::max<int64_t>(rows, 16);
    if (isHalfEmpty)
      continue;
    best = plan;
    if (outer * tiling.countBlocks(rows, columns) >= kManyBlocks)
      break;
  }
  return best;
}

namespace {

class TensorEmitter {
public:
  TensorEmitter(OpBuilder &host, const KernelNode &node, const TensorPlan &plan,
                StringRef name)
      : plan(plan), tiling(plan.tiling),
        frame(host, node, tiling.rows, tiling.columns, tiling.getThreads(),
              name),
        body(frame.body), loc(frame.loc) {}

  void emit() {
    Value thread = frame.kernel.getThread();
    Value warp = frame.divide(thread, 32);
    warpRow = frame.multiply(frame.divide(warp, tiling.warpsAcross),
                             tiling.getWarpRows());
    warpColumn = frame.multiply(frame.remainder(warp, tiling.warpsAcross),
                                tiling.getWarpColumns());
    for (const FactorLayout &layout : plan.layouts) {
      SmallVector<int64_t> shape = layout.getShape();
      shape.insert(shape.begin(), plan.stages);
      memories.push_back(frame.kernel.addShared(shape, layout.memoryType));
    }
    int64_t width = frame.getPairWidth();
    SmallVector<ProductFrame::Place> places = frame.getFragmentPlaces(
        warpRow, warpColumn, countDown(), countAcross(), width);
    frame.emitResults(places, width, [&](SmallVector<Value> sums) {
      for (const KernelNode &product : frame.node.before) {
        sums = emitProduct(product, sums);
        frame.kernel.barrier(); // the next product uses the same memory
      }
      return emitProduct(frame.node, sums);
    });
  }

private:
  static constexpr int64_t kRows = 16, kColumns = 8; // of a fragment of sums

  int64_t countDown() const { return tiling.getWarpRows() / kRows; }
  int64_t countAcross() const { return tiling.getWarpColumns() / kColumns; }

  FactorTile getTile(const KernelNode &product, linalg::GenericOp op,
                     bool isLeft) {
    FactorLayout layout = FactorLayout::get(
        product, isLeft, isLeft ? tiling.rows : tiling.columns);
    auto found = llvm::find(plan.layouts, layout);
    return FactorTile(frame, product, op, layout, tiling.getThreads(),
                      memories[found - plan.layouts.begin()]);
  }

  void commit() { NVVM::CpAsyncCommitGroupOp::create(body, loc); }
  void wait(int64_t pending) {
    NVVM::CpAsyncWaitGroupOp::create(body, loc, pending);
    frame.kernel.barrier();
  }

  SmallVector<Value> emitProduct(const KernelNode &product,
                                 SmallVector<Value> sums);
  SmallVector<Value> emitPipeline(FactorTile &left, FactorTile &right,
                                  const KernelNode &product,
                                  ArrayRef<Value> sums);
  SmallVector<Value> multiply(FactorTile &left, FactorTile &right,
                              const TensorFactors &factors, Value stage,
                              SmallVector<Value> sums);
  void multiplyFragments(ArrayRef<SmallVector<Value>> left,
                         ArrayRef<SmallVector<Value>> right,
                         const TensorFactors &factors,
                         MutableArrayRef<Value> sums);

  const TensorPlan &plan;
  WarpTiling tiling;
  ProductFrame frame;
  OpBuilder &body;
  Location loc;
  Value warpRow, warpColumn; // where the warp's part of the tile begins
  SmallVector<Value> memories;
};

} // namespace

/// Adds one product to `sums`. A few tiles fit shared memory as a whole.
SmallVector<Value> TensorEmitter::emitProduct(const KernelNode &product,
                                              SmallVector<Value> sums) {
  linalg::GenericOp op = frame.kernel.clone(product.op);
  FactorTile left = getTile(product, op, true);
  FactorTile right = getTile(product, op, false);
  int64_t tiles = countTiles(product);
  int64_t ahead = std::min(tiles, plan.stages - (tiles > plan.stages));
  for (int64_t tile = 0; tile < ahead; ++tile) {
    for (FactorTile *factor : {&left, &right}) {
      factor->fetch(frame.constant(tile), frame.constant(tile),
                    /*mayBeBeyond=*/false);
      factor->store();
    }
    commit();
  }
  if (ahead < tiles) {
    sums = emitPipeline(left, right, product, sums);
  } else {
    wait(0);
    for (int64_t tile = 0; tile < tiles; ++tile)
      sums = multiply(left, right, *product.product->tensor,
                      frame.constant(tile), sums);
  }
  op.erase();
  return sums;
}

/// Once around the stages, whose places are then constants.
static Attribute getUnrolling(Builder &builder, int64_t times) {
  MLIRContext *context = builder.getContext();
  auto unrolling = LLVM::LoopUnrollAttr::get(context, /*disable=*/{},
                                             builder.getI32IntegerAttr(times),
                                             {}, {}, {}, {}, {});
  return LLVM::LoopAnnotationAttr::get(context, {}, {}, {}, unrolling, {}, {},
                                       {}, {}, {}, {}, {}, {}, {}, {}, {});
}

/// Multiplies one tile after the other while the next ones are on their way.
SmallVector<Value> TensorEmitter::emitPipeline(FactorTile &left,
                                               FactorTile &right,
                                               const KernelNode &product,
                                               ArrayRef<Value> sums) {
  auto loop = scf::ForOp::create(body, loc, frame.constant(0),
                                 frame.constant(countTiles(product)),
                                 frame.constant(1), sums);
  loop->setAttr("loop_annotation", getUnrolling(body, plan.stages));
  body.setInsertionPointToStart(loop.getBody());
  Value tile = loop.getInductionVar();
  wait(plan.stages - 2);
  // Everyone is done with the tile before this one: its place is free.
  Value next = frame.add(tile, plan.stages - 1);
  Value nextStage = frame.remainder(next, plan.stages);
  for (FactorTile *factor : {&left, &right})
    factor->fetch(next, nextStage, /*mayBeBeyond=*/true);
  commit();
  SmallVector<Value> results = multiply(
      left, right, *product.product->tensor, frame.remainder(tile, plan.stages),
      llvm::to_vector_of<Value>(loop.getRegionIterArgs()));
  for (FactorTile *factor : {&left, &right})
    factor->store();
  scf::YieldOp::create(body, loc, results);
  body.setInsertionPointAfter(loop);
  NVVM::CpAsyncWaitGroupOp::create(body, loc, 0);
  return llvm::to_vector_of<Value>(loop.getResults());
}

SmallVector<Value> TensorEmitter::multiply(FactorTile &left, FactorTile &right,
                                           const TensorFactors &factors,
                                           Value stage,
                                           SmallVector<Value> sums) {
  for (int64_t term = 0; term < left.getDepth(); term += factors.countTerms()) {
    SmallVector<SmallVector<SmallVector<Value>>> lefts(factors.leftParts),
        rights(factors.rightParts);
    for (int64_t part = 0; part < factors.leftParts; ++part)
      for (int64_t i = 0; i < countDown(); ++i)
        lefts[part].push_back(
            left.load(stage, part, frame.add(warpRow, i * kRows), term));
    for (int64_t part = 0; part < factors.rightParts; ++part)
      for (int64_t j = 0; j < countAcross(); j += 2)
        rights[part].push_back(
            right.load(stage, part, frame.add(warpColumn, j * kColumns), term));
    for (auto [leftPart, rightPart] : factors.getPairs())
      multiplyFragments(lefts[leftPart], rights[rightPart], factors, sums);
  }
  return sums;
}

/// One mma.m16n8k16, or k8 of TF32, for each fragment of sums.
void TensorEmitter::multiplyFragments(ArrayRef<SmallVector<Value>> left,
                                      ArrayRef<SmallVector<Value>> right,
                                      const TensorFactors &factors,
                                      MutableArrayRef<Value> sums) {
  Type f32 = body.getF32Type();
  auto result =
      LLVM::LLVMStructType::getLiteral(body.getContext(), {f32, f32, f32, f32});
  auto kind = factors.type.isTF32()   ? NVVM::MMATypes::tf32
              : factors.type.isBF16() ? NVVM::MMATypes::bf16
                                      : NVVM::MMATypes::f16;
  for (int64_t i = 0; i < countDown(); ++i)
    for (int64_t j = 0; j < countAcross(); ++j) {
      MutableArrayRef<Value> four = sums.slice(4 * (i * countAcross() + j), 4);
      Value fragment = NVVM::MmaOp::create(
          body, loc, result, left[i],
          ValueRange(right[j / 2]).slice(2 * (j % 2), 2), four,
          ArrayRef<int64_t>{kRows, kColumns, factors.countTerms()},
          std::nullopt, std::nullopt, std::array{kind, kind},
          std::array{NVVM::MMALayout::row, NVVM::MMALayout::col});
      for (int64_t number = 0; number < 4; ++number)
        four[number] =
            LLVM::ExtractValueOp::create(body, loc, fragment, number);
    }
}

bool bptt::emitTensorKernel(OpBuilder &host, const KernelNode &node,
                            StringRef name) {
  std::optional<TensorPlan> plan = TensorPlan::choose(node);
  if (plan)
    TensorEmitter(host, node, *plan, name).emit();
  return plan.has_value();
}
