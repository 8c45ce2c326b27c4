//===- WarpgroupKernel.cpp - Matrix products by groups of warps -----------===//

#include "KernelEmitters.h"
#include "WarpgroupStages.h"
#include "WarpgroupTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bptt;

constexpr int64_t kGroupThreads = 128;
/// A block may have as much shared memory; two may have half of it each, so
/// that one multiplies while the other waits, begins or ends.
constexpr int64_t kSharedBytes = 227 * 1024, kHalfBytes = 113 * 1024;
/// Tiles on their way: some that a multiprocessor needs to keep up with the L2
/// cache, and more than it can need.
constexpr int64_t kManyStages = 3, kMaxStages = 8;
/// From so many blocks on every multiprocessor of an H100 or H200 has one.
constexpr int64_t kManyBlocks = 128;

namespace {

/// A way to compute a product and those before it.
struct WarpgroupPlan {
  int64_t groups; // each has 64 rows
  int64_t columns;
  WarpgroupStages::Sizes sizes = {};

  int64_t getRows() const { return groups * WarpgroupLayout::kRows; }
  /// Of those who multiply; one warp more has the copy engine work.
  int64_t getReaders() const { return groups * kGroupThreads; }

  /// Sets the sizes for a product and those before it; false if there is not
  /// memory enough.
  bool findSizes(ArrayRef<const KernelNode *> products);

  static WarpgroupPlan choose(const KernelNode &node);
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

bool WarpgroupPlan::findSizes(ArrayRef<const KernelNode *> products) {
  int64_t tiles = 0;
  for (const KernelNode *product : products) {
    auto left = WarpgroupLayout::get(*product, true, getRows());
    auto right = WarpgroupLayout::get(*product, false, columns);
    sizes.stageBytes = std::max(sizes.stageBytes,
                                left.getCopiedBytes() + right.getCopiedBytes());
    sizes.scratchBytes =
        std::max(sizes.scratchBytes,
                 left.getConvertedBytes() + right.getConvertedBytes());
    tiles += countTiles(*product);
  }
  sizes.scratches = std::min<int64_t>(2, tiles);
  auto countStages = [&](int64_t bytes) {
    sizes.stages = std::min(kMaxStages, tiles);
    while (sizes.stages > 0 && sizes.getBytes() > bytes)
      --sizes.stages;
    return sizes.stages;
  };
  int64_t enough = std::min(kManyStages, tiles);
  return countStages(kHalfBytes) >= enough ||
         countStages(kSharedBytes) >= std::min<int64_t>(2, tiles);
}

/// The largest tiles that leave no multiprocessor idle, else the smallest ones,
/// which always fit.
WarpgroupPlan WarpgroupPlan::choose(const KernelNode &node) {
  SmallVector<const KernelNode *> products = getProducts(node);
  int64_t rows = node.extents[node.product->row],
          columns = node.extents[node.product->column];
  std::optional<WarpgroupPlan> best;
  for (WarpgroupPlan plan : kPlans) {
    bool isHalfEmpty =
        plan.getRows() >= 2 * rows || plan.columns >= 2 * columns;
    if (isHalfEmpty || !plan.findSizes(products))
      continue;
    best = plan;
    if (llvm::divideCeil(rows, plan.getRows()) *
            llvm::divideCeil(columns, plan.columns) >=
        kManyBlocks)
      break;
  }
  assert(best && "the smallest tiles do not fit");
  return *best;
}

namespace {

/// One warp fills stages, groups of four warps multiply what is in them.
class WarpgroupEmitter {
public:
  WarpgroupEmitter(OpBuilder &host, const KernelNode &node,
                   const WarpgroupPlan &plan, StringRef name)
      : plan(plan), frame(host, node, plan.getRows(), plan.columns,
                          plan.getReaders() + kWarpThreads, name),
        body(frame.body), loc(frame.loc),
        stages(frame, plan.sizes, plan.getReaders() / kWarpThreads) {
    int64_t before = 0;
    for (const KernelNode *product : getProducts(node)) {
      int64_t tiles = countTiles(*product);
      products.push_back({{host, frame, *product, true, plan.getRows()},
                          {host, frame, *product, false, plan.columns},
                          *product->product->tensor,
                          before,
                          tiles});
      before += tiles;
    }
  }

  void emit() {
    Value thread = frame.kernel.getThread();
    int64_t readers = plan.getReaders();
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
    TensorFactors factors;
    int64_t tilesBefore, tiles;
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
  /// Where the factors of a tile are that are multiplied, with all parts.
  struct Places {
    Value left, right;
  };
  Places prepare(Product &product, Value number);
  SmallVector<Value> multiply(Product &product, const Places &places,
                              ValueRange sums);
  Value pin(ValueRange sums);
  SmallVector<Value> extractAll(Value all);
  Value multiplyParts(Product &product, Value left, Value right, Value sums);

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
      int64_t leftBytes = product.left.getLayout().getCopiedBytes();
      Value barrier = stages.beginFilling(
          number, leftBytes + product.right.getLayout().getCopiedBytes());
      Value place = stages.getPlace(number);
      product.left.copy(tile, place, barrier);
      product.right.copy(tile, frame.add(place, leftBytes), barrier);
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
  frame.emitResults(places, width, [&](SmallVector<Value> sums) {
    for (Product &product : products)
      sums =
          emitTiles(product, sums, [&](Value, Value number, ValueRange before) {
            stages.waitUntilFull(number);
            Places at = prepare(product, number);
            SmallVector<Value> after = multiply(product, at, before);
            stages.release(number);
            return after;
          });
    return sums;
  });
}

/// Converts what must be. All who multiply meet then, even over tiles with
/// nothing to convert: who has come to the next tile is done with this one, and
/// to the next but one goes only who has met all others there.
WarpgroupEmitter::Places WarpgroupEmitter::prepare(Product &product,
                                                   Value number) {
  Value place = stages.getPlace(number);
  Places places{place,
                frame.add(place, product.left.getLayout().getCopiedBytes())};
  if (plan.sizes.scratchBytes == 0)
    return places;
  Value scratch = stages.getScratch(number);
  auto convert = [&](WarpgroupTile &tile, Value &from) {
    if (!tile.getLayout().isConverted())
      return;
    tile.convert(from, scratch, plan.getReaders());
    from = scratch;
    scratch = frame.add(scratch, tile.getLayout().getConvertedBytes());
  };
  convert(product.left, places.left);
  convert(product.right, places.right);
  stages.fence();
  stages.meet();
  return places;
}

/// The same values as one, in registers that nothing may write between here and
/// their next use. Else a start value that several sums share, or a constant,
/// is copied to registers behind the fence, where that is undefined (PTX ISA,
/// wgmma.fence): ptxas then waits for every instruction.
Value WarpgroupEmitter::pin(ValueRange sums) {
  auto type = LLVM::LLVMStructType::getLiteral(
      body.getContext(), llvm::to_vector(sums.getTypes()));
  std::string results, operands;
  for (size_t number = 0; number < sums.size(); ++number) {
    results += "=f,";
    operands += std::to_string(number) + ",";
  }
  std::string constraints = results + operands;
  constraints.pop_back();
  return LLVM::InlineAsmOp::create(
             body, loc, type, sums, /*asm_string=*/"", constraints,
             /*has_side_effects=*/true, /*is_align_stack=*/false,
             LLVM::TailCallKind::None, /*asm_dialect=*/nullptr,
             /*operand_attrs=*/ArrayAttr())
      .getResult(0);
}

SmallVector<Value> WarpgroupEmitter::extractAll(Value all) {
  SmallVector<Value> values;
  int64_t count = cast<LLVM::LLVMStructType>(all.getType()).getBody().size();
  for (int64_t number = 0; number < count; ++number)
    values.push_back(LLVM::ExtractValueOp::create(body, loc, all, number));
  return values;
}

/// The instructions for the 64 terms of a tile, one after the other in the
/// tensor cores. Nothing is in flight where the registers are the loop's.
SmallVector<Value> WarpgroupEmitter::multiply(Product &product,
                                              const Places &places,
                                              ValueRange sums) {
  const WarpgroupLayout &left = product.left.getLayout();
  const WarpgroupLayout &right = product.right.getLayout();
  Value group = frame.divide(frame.kernel.getThread(), kGroupThreads);
  Value rows =
      frame.add(places.left, frame.multiply(group, left.getRowsStep()));
  Value all = pin(sums);
  NVVM::WgmmaFenceAlignedOp::create(body, loc);
  int64_t steps = WarpgroupLayout::kDepth / WarpgroupLayout::kTerms;
  for (int64_t step = 0; step < steps; ++step)
    for (auto [leftPart, rightPart] : product.factors.getPairs())
      all = multiplyParts(
          product,
          frame.add(rows,
                    leftPart * left.getBytes() + step * left.getTermsStep()),
          frame.add(places.right,
                    rightPart * right.getBytes() + step * right.getTermsStep()),
          all);
  NVVM::WgmmaGroupSyncAlignedOp::create(body, loc);
  NVVM::WgmmaWaitGroupSyncOp::create(body, loc, 0);
  // Whoever reads the sums reads them after that.
  return extractAll(pin(extractAll(all)));
}

Value WarpgroupEmitter::multiplyParts(Product &product, Value left, Value right,
                                      Value sums) {
  MLIRContext *context = body.getContext();
  auto kind = NVVM::WGMMATypesAttr::get(context, product.factors.type.isBF16()
                                                     ? NVVM::WGMMATypes::bf16
                                                     : NVVM::WGMMATypes::f16);
  auto one = NVVM::WGMMAScaleInAttr::get(context, NVVM::WGMMAScaleIn::one);
  // Columns of A and rows of B are what is transposed.
  auto layoutOf = [&](bool isRow) {
    return NVVM::MMALayoutAttr::get(context, isRow ? NVVM::MMALayout::row
                                                   : NVVM::MMALayout::col);
  };
  return NVVM::WgmmaMmaAsyncOp::create(
      body, loc, sums.getType(), sums, product.left.getDescriptor(left),
      product.right.getDescriptor(right),
      NVVM::MMAShapeAttr::get(context, WarpgroupLayout::kRows, plan.columns,
                              WarpgroupLayout::kTerms),
      kind, kind, NVVM::WGMMATypesAttr::get(context, NVVM::WGMMATypes::f32),
      NVVM::WGMMAScaleOutAttr::get(context, NVVM::WGMMAScaleOut::one), one, one,
      layoutOf(product.left.getLayout().termsFirst),
      layoutOf(!product.right.getLayout().termsFirst), /*satfinite=*/nullptr);
}

void bptt::emitWarpgroupKernel(OpBuilder &host, const KernelNode &node,
                               StringRef name) {
  WarpgroupEmitter(host, node, WarpgroupPlan::choose(node), name).emit();
}
