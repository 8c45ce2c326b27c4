//===- WarpgroupKernel.cpp - Matrix products by groups of warps -----------===//

#include "HostConstants.h"
#include "KernelEmitters.h"
#include "WarpgroupStages.h"
#include "WarpgroupTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bptt;

constexpr int64_t kGroupThreads = 128;
/// Two blocks fit into a multiprocessor's 228 KiB of shared memory, so that one
/// multiplies while the other waits, begins or ends.
constexpr int64_t kSharedBytes = 113 * 1024;
constexpr int64_t kMaxStages = 8;
/// From so many blocks on every multiprocessor of an H100 or H200 has one.
constexpr int64_t kManyBlocks = 128;

namespace {

/// A way to compute a product and those before it.
struct WarpgroupPlan {
  int64_t groups; // each has 64 rows
  int64_t columns;
  int64_t stages = 1;

  int64_t getRows() const { return groups * WarpgroupLayout::kRows; }
  int64_t getStageBytes() const {
    return (getRows() + columns) * WarpgroupLayout::kDepth *
           WarpgroupLayout::kElementBytes;
  }
  /// One warp more has the copy engine work.
  int64_t getThreads() const { return groups * kGroupThreads + kWarpThreads; }

  static std::optional<WarpgroupPlan> choose(const KernelNode &node);
};

/// From the least traffic for each result to the most blocks.
constexpr WarpgroupPlan kPlans[] = {{2, 128}, {1, 128}, {1, 64}, {1, 32}};

} // namespace

static SmallVector<const KernelNode *> getProducts(const KernelNode &node) {
  SmallVector<const KernelNode *> products;
  for (const KernelNode &product : node.before)
    products.push_back(&product);
  products.push_back(&node);
  return products;
}

static int64_t countTiles(const KernelNode &product) {
  return llvm::divideCeil(countTerms(product), WarpgroupLayout::kDepth);
}

/// Whether the copy engine brings the factor as it lies: a matrix in device
/// memory, in the type that is multiplied.
static bool isCopied(const KernelNode &product, bool isLeft) {
  OpOperand &operand = getFactor(product, isLeft);
  auto type = cast<MemRefType>(operand.get().getType());
  return type.getRank() == 2 && !findConstant(operand.get()) &&
         type.getElementType() == product.product->tensor->type &&
         product.product->isWide[operand.getOperandNumber()];
}

static bool isForWarpgroups(const KernelNode *product) {
  const ProductLoops &loops = *product->product;
  if (!loops.tensor || !loops.outer.empty() || loops.sum.size() != 1)
    return false;
  bool isNarrow = loops.tensor->type.isBF16() || loops.tensor->type.isF16();
  return isNarrow && isCopied(*product, true) && isCopied(*product, false);
}

/// The largest tiles that leave no multiprocessor idle, else the smallest ones.
std::optional<WarpgroupPlan> WarpgroupPlan::choose(const KernelNode &node) {
  SmallVector<const KernelNode *> products = getProducts(node);
  if (!llvm::all_of(products, isForWarpgroups))
    return std::nullopt;
  int64_t rows = node.extents[node.product->row],
          columns = node.extents[node.product->column], tiles = 0;
  for (const KernelNode *product : products)
    tiles += countTiles(*product);
  std::optional<WarpgroupPlan> best;
  for (WarpgroupPlan plan : kPlans) {
    bool isHalfEmpty =
        plan.getRows() >= 2 * rows || plan.columns >= 2 * columns;
    if (isHalfEmpty)
      continue;
    plan.stages = std::min(
        {kMaxStages, tiles, kSharedBytes / (plan.getStageBytes() + 1024)});
    best = plan;
    if (llvm::divideCeil(rows, plan.getRows()) *
            llvm::divideCeil(columns, plan.columns) >=
        kManyBlocks)
      break;
  }
  return best;
}

namespace {

/// One warp fills stages, groups of four warps multiply what is in them.
class WarpgroupEmitter {
public:
  WarpgroupEmitter(OpBuilder &host, const KernelNode &node,
                   const WarpgroupPlan &plan, StringRef name)
      : plan(plan), frame(host, node, plan.getRows(), plan.columns,
                          plan.getThreads(), name),
        body(frame.body), loc(frame.loc),
        stages(frame, plan.stages, plan.getStageBytes(), 4 * plan.groups) {
    int64_t before = 0;
    for (const KernelNode *product : getProducts(node)) {
      int64_t tiles = countTiles(*product);
      products.push_back({{host, frame, *product, true, plan.getRows()},
                          {host, frame, *product, false, plan.columns},
                          before,
                          tiles,
                          product->product->tensor->type});
      before += tiles;
    }
  }

  void emit() {
    Value thread = frame.kernel.getThread();
    int64_t readers = plan.groups * kGroupThreads;
    emitIf(frame.isBelow(thread, 1), [&] { stages.initialize(); });
    frame.kernel.barrier();
    auto role = scf::IfOp::create(body, loc, frame.isBelow(thread, readers),
                                  /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(body);
    body.setInsertionPointToStart(role.thenBlock());
    emitReaders();
    body.setInsertionPointToStart(role.elseBlock());
    Value isFirst = arith::CmpIOp::create(body, loc, arith::CmpIPredicate::eq,
                                          thread, frame.constant(readers));
    emitIf(isFirst, [&] { emitFiller(); });
  }

private:
  struct Product {
    WarpgroupTile left, right;
    int64_t tilesBefore, tiles;
    FloatType type;
  };

  void emitIf(Value condition, function_ref<void()> emitBody) {
    auto branch = scf::IfOp::create(body, loc, condition);
    OpBuilder::InsertionGuard guard(body);
    body.setInsertionPointToStart(branch.thenBlock());
    emitBody();
  }

  /// A loop over the tiles of `product`; the body has the number of the tile,
  /// that among all products, and sums.
  SmallVector<Value> emitTiles(
      const Product &product, ValueRange sums,
      function_ref<SmallVector<Value>(Value, Value, ValueRange)> emitTile) {
    auto loop = scf::ForOp::create(body, loc, frame.constant(0),
                                   frame.constant(product.tiles),
                                   frame.constant(1), sums);
    OpBuilder::InsertionGuard guard(body);
    body.setInsertionPointToStart(loop.getBody());
    Value tile = loop.getInductionVar();
    SmallVector<Value> results = emitTile(
        tile, frame.add(tile, product.tilesBefore), loop.getRegionIterArgs());
    if (!sums.empty())
      scf::YieldOp::create(body, loc, results);
    return llvm::to_vector_of<Value>(loop.getResults());
  }

  void emitFiller();
  void emitReaders();
  SmallVector<Value> multiply(Product &product, Value place, ValueRange sums);

  WarpgroupPlan plan;
  ProductFrame frame;
  OpBuilder &body;
  Location loc;
  WarpgroupStages stages;
  SmallVector<Product> products;
};

} // namespace

void WarpgroupEmitter::emitFiller() {
  for (Product &product : products)
    emitTiles(product, {}, [&](Value tile, Value number, ValueRange) {
      Value barrier = stages.beginFilling(number);
      Value place = stages.getPlace(number);
      product.left.copy(tile, place, barrier);
      product.right.copy(
          tile, frame.add(place, product.left.getLayout().getBytes()), barrier);
      return SmallVector<Value>();
    });
}

void WarpgroupEmitter::emitReaders() {
  // Each warp has 16 rows of the tile, the fragments of mma.m16n8k16.
  Value row =
      frame.multiply(frame.divide(frame.kernel.getThread(), kWarpThreads), 16);
  int64_t width = frame.getPairWidth();
  SmallVector<ProductFrame::Place> places = frame.getFragmentPlaces(
      row, frame.constant(0), /*down=*/1, plan.columns / 8, width);
  SmallVector<Value> sums = frame.emitStart(places, width);
  for (Product &product : products)
    sums =
        emitTiles(product, sums, [&](Value, Value number, ValueRange before) {
          stages.waitUntilFull(number);
          SmallVector<Value> after =
              multiply(product, stages.getPlace(number), before);
          stages.release(number);
          return after;
        });
  frame.emitStores(places, width, sums);
}

/// Four instructions for the 64 terms of a tile, one after the other in the
/// tensor cores. Nothing is in flight where the registers are the loop's.
SmallVector<Value> WarpgroupEmitter::multiply(Product &product, Value place,
                                              ValueRange sums) {
  MLIRContext *context = body.getContext();
  const WarpgroupLayout &left = product.left.getLayout();
  const WarpgroupLayout &right = product.right.getLayout();
  Value group = frame.divide(frame.kernel.getThread(), kGroupThreads);
  Value leftPlace = frame.add(place, frame.multiply(group, left.getRowsStep()));
  Value rightPlace = frame.add(place, left.getBytes());
  auto type = LLVM::LLVMStructType::getLiteral(
      context, SmallVector<Type>(sums.size(), body.getF32Type()));
  Value all = LLVM::PoisonOp::create(body, loc, type);
  for (auto [number, sum] : llvm::enumerate(sums))
    all = LLVM::InsertValueOp::create(body, loc, all, sum, number);
  auto kind = NVVM::WGMMATypesAttr::get(context, product.type.isBF16()
                                                     ? NVVM::WGMMATypes::bf16
                                                     : NVVM::WGMMATypes::f16);
  auto one = NVVM::WGMMAScaleInAttr::get(context, NVVM::WGMMAScaleIn::one);
  // Columns of A and rows of B are what is transposed.
  auto layoutOf = [&](bool isRow) {
    return NVVM::MMALayoutAttr::get(context, isRow ? NVVM::MMALayout::row
                                                   : NVVM::MMALayout::col);
  };
  NVVM::WgmmaFenceAlignedOp::create(body, loc);
  int64_t steps = WarpgroupLayout::kDepth / WarpgroupLayout::kTerms;
  for (int64_t step = 0; step < steps; ++step)
    all = NVVM::WgmmaMmaAsyncOp::create(
        body, loc, type, all,
        product.left.getDescriptor(
            frame.add(leftPlace, step * left.getTermsStep())),
        product.right.getDescriptor(
            frame.add(rightPlace, step * right.getTermsStep())),
        NVVM::MMAShapeAttr::get(context, WarpgroupLayout::kRows, plan.columns,
                                WarpgroupLayout::kTerms),
        kind, kind, NVVM::WGMMATypesAttr::get(context, NVVM::WGMMATypes::f32),
        NVVM::WGMMAScaleOutAttr::get(context, NVVM::WGMMAScaleOut::one), one,
        one, layoutOf(left.termsFirst), layoutOf(!right.termsFirst),
        /*satfinite=*/nullptr);
  NVVM::WgmmaGroupSyncAlignedOp::create(body, loc);
  NVVM::WgmmaWaitGroupSyncOp::create(body, loc, 0);
  SmallVector<Value> results;
  for (int64_t number = 0; number < int64_t(sums.size()); ++number)
    results.push_back(LLVM::ExtractValueOp::create(body, loc, all, number));
  return results;
}

bool bptt::emitWarpgroupKernel(OpBuilder &host, const KernelNode &node,
                               StringRef name) {
  std::optional<WarpgroupPlan> plan = WarpgroupPlan::choose(node);
  if (plan)
    WarpgroupEmitter(host, node, *plan, name).emit();
  return plan.has_value();
}
