//===- MergeLaunches.cpp - Kernels side by side ---------------------------===//

#include "MergeLaunches.h"

#include "KernelBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

#include <optional>

using namespace mlir;
using namespace bptt;

/// Of a pointer, a size or an offset.
constexpr int64_t kParameterBytes = 8;

namespace {

/// A launch in place of others. What they need of shared memory serves all
/// whose is of the same type.
struct Merger {
  SmallVector<gpu::LaunchOp> launches;
  SmallVector<MemRefType> shared;
  int64_t sharedBytes = 0;
  llvm::SetVector<Value> parameters;

  /// Takes `launch` in, unless it needs too much shared memory, or too many
  /// parameters.
  bool take(gpu::LaunchOp launch);

  /// Their blocks one after the other.
  void emitSideBySide();
  /// Block by block one after the other.
  void emitInSequence();

private:
  /// Without a body, in place of the last one.
  gpu::LaunchOp createWhole(int64_t numBlocks);
  void emitPart(OpBuilder &body, gpu::LaunchOp part, gpu::LaunchOp whole,
                Value block);
  void eraseParts() {
    for (gpu::LaunchOp part : launches)
      part.erase();
  }
};

} // namespace

static int64_t getBytes(MemRefType type) {
  return type.getNumElements() *
         llvm::divideCeil(type.getElementTypeBitWidth(), 8);
}

static SmallVector<MemRefType> getShared(gpu::LaunchOp launch) {
  return llvm::map_to_vector(
      launch.getWorkgroupAttributions(),
      [](BlockArgument memory) { return cast<MemRefType>(memory.getType()); });
}

/// The blocks of a launch, all dimensions together, if that is known.
static std::optional<int64_t> countBlocks(gpu::LaunchOp launch) {
  int64_t blocks = 1;
  gpu::KernelDim3 grid = launch.getGridSizeOperandValues();
  for (Value size : {grid.x, grid.y, grid.z}) {
    std::optional<int64_t> constant = getConstantIntValue(size);
    if (!constant)
      return std::nullopt;
    blocks *= *constant;
  }
  return blocks;
}

bool Merger::take(gpu::LaunchOp launch) {
  SmallVector<MemRefType> more, free = shared;
  int64_t moreBytes = 0;
  for (MemRefType type : getShared(launch)) {
    if (auto *it = llvm::find(free, type); it != free.end()) {
      free.erase(it);
      continue;
    }
    more.push_back(type);
    moreBytes += getBytes(type);
  }
  llvm::SetVector<Value> all = parameters;
  getUsedValuesDefinedAbove(launch.getBody(), all);
  if (!launches.empty() &&
      (sharedBytes + moreBytes > kStaticSharedBytes ||
       int64_t(all.size()) * kParameterBytes > kMaxParameterBytes))
    return false;
  launches.push_back(launch);
  parameters = std::move(all);
  shared.append(more);
  sharedBytes += moreBytes;
  return true;
}

gpu::LaunchOp Merger::createWhole(int64_t numBlocks) {
  gpu::LaunchOp first = launches.front();
  Location loc = first.getLoc();
  OpBuilder host(launches.back());
  Value one = arith::ConstantIndexOp::create(host, loc, 1);
  Value blocks = arith::ConstantIndexOp::create(host, loc, numBlocks);
  auto whole = gpu::LaunchOp::create(
      host, loc, blocks, one, one, first.getBlockSizeX(), one, one,
      /*dynamicSharedMemorySize=*/nullptr, /*asyncTokenType=*/nullptr,
      /*asyncDependencies=*/ValueRange(), /*workgroupAttributions=*/TypeRange(),
      /*privateAttributions=*/TypeRange(), nullptr, nullptr, nullptr,
      first.getModuleAttr(), first.getFunctionAttr());
  for (MemRefType type : shared)
    whole.addWorkgroupAttribution(type, loc);
  OpBuilder body = OpBuilder::atBlockBegin(&whole.getBody().front());
  gpu::TerminatorOp::create(body, loc);
  return whole;
}

/// A copy of what `part` does in its block number `block`.
void Merger::emitPart(OpBuilder &body, gpu::LaunchOp part, gpu::LaunchOp whole,
                      Value block) {
  Location loc = part.getLoc();
  IRMapping mapping;
  gpu::KernelDim3 sizes = part.getGridSizeOperandValues();
  gpu::KernelDim3 ids = part.getBlockIds(), inside = part.getGridSize();
  for (auto [size, id, insideSize] : {std::tuple(sizes.x, ids.x, inside.x),
                                      std::tuple(sizes.y, ids.y, inside.y),
                                      std::tuple(sizes.z, ids.z, inside.z)}) {
    int64_t extent = *getConstantIntValue(size);
    Value all = arith::ConstantIndexOp::create(body, loc, extent);
    mapping.map(insideSize, all);
    if (extent == 1) {
      mapping.map(id, arith::ConstantIndexOp::create(body, loc, 0).getResult());
      continue;
    }
    mapping.map(id, arith::RemUIOp::create(body, loc, block, all).getResult());
    block = arith::DivUIOp::create(body, loc, block, all);
  }
  gpu::KernelDim3 from = part.getThreadIds(), to = whole.getThreadIds();
  gpu::KernelDim3 fromSize = part.getBlockSize(), toSize = whole.getBlockSize();
  for (auto [a, b] :
       {std::pair(from.x, to.x), std::pair(from.y, to.y),
        std::pair(from.z, to.z), std::pair(fromSize.x, toSize.x),
        std::pair(fromSize.y, toSize.y), std::pair(fromSize.z, toSize.z)})
    mapping.map(a, b);
  SmallVector<BlockArgument> free(whole.getWorkgroupAttributions());
  for (BlockArgument memory : part.getWorkgroupAttributions()) {
    auto *it = llvm::find_if(free, [&](BlockArgument other) {
      return other.getType() == memory.getType();
    });
    mapping.map(memory, *it);
    free.erase(it);
  }
  for (Operation &op : part.getBody().front().without_terminator())
    body.clone(op, mapping);
}

void Merger::emitSideBySide() {
  if (launches.size() < 2)
    return;
  int64_t numBlocks = 0;
  for (gpu::LaunchOp launch : launches)
    numBlocks += *countBlocks(launch);
  gpu::LaunchOp whole = createWhole(numBlocks);
  Location loc = whole.getLoc();
  OpBuilder body = OpBuilder::atBlockBegin(&whole.getBody().front());
  Value block = whole.getBlockIds().x;
  for (gpu::LaunchOp part : ArrayRef(launches).drop_back()) {
    Value end = arith::ConstantIndexOp::create(body, loc, *countBlocks(part));
    Value isPart =
        arith::CmpIOp::create(body, loc, arith::CmpIPredicate::ult, block, end);
    auto branch = scf::IfOp::create(body, loc, isPart, /*withElseRegion=*/true);
    body = branch.getThenBodyBuilder();
    emitPart(body, part, whole, block);
    body = branch.getElseBodyBuilder();
    block = arith::SubIOp::create(body, loc, block, end);
  }
  emitPart(body, launches.back(), whole, block);
  eraseParts();
}

void Merger::emitInSequence() {
  gpu::LaunchOp whole = createWhole(*countBlocks(launches.front()));
  OpBuilder body = OpBuilder::atBlockBegin(&whole.getBody().front());
  for (gpu::LaunchOp part : launches) {
    if (part != launches.front())
      gpu::BarrierOp::create(body, part.getLoc());
    emitPart(body, part, whole, whole.getBlockIds().x);
  }
  eraseParts();
}

void bptt::sequenceLaunches(ArrayRef<gpu::LaunchOp> launches) {
  Merger merger;
  for (gpu::LaunchOp launch : launches) {
    [[maybe_unused]] bool hasRoom = merger.take(launch);
    assert(hasRoom && "what the warps of a block exchange is little");
  }
  merger.emitInSequence();
}

void bptt::mergeLaunches(ArrayRef<gpu::LaunchOp> launches) {
  llvm::MapVector<int64_t, SmallVector<Merger>> byThreads;
  for (gpu::LaunchOp launch : launches) {
    if (launch.getDynamicSharedMemorySize() || !countBlocks(launch))
      continue;
    SmallVector<Merger> &mergers =
        byThreads[*getConstantIntValue(launch.getBlockSizeX())];
    if (mergers.empty() || !mergers.back().take(launch))
      mergers.emplace_back().take(launch);
  }
  for (auto &[threads, mergers] : byThreads)
    for (Merger &merger : mergers)
      merger.emitSideBySide();
}
