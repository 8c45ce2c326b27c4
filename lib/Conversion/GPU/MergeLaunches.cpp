//===- MergeLaunches.cpp - Kernels side by side ---------------------------===//

#include "MergeLaunches.h"

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

/// That every chip has.
constexpr int64_t kMaxSharedBytes = 48 * 1024;
/// Pointers, sizes and offsets; all chips take 4 KiB.
constexpr int64_t kMaxParameterBytes = 2048;
constexpr int64_t kParameterBytes = 8;

namespace {

/// Launches that become one.
struct Merger {
  SmallVector<gpu::LaunchOp> launches;
  SmallVector<MemRefType> shared;
  int64_t sharedBytes = 0;
  llvm::SetVector<Value> parameters;

  /// Takes `launch` in, unless it needs too much shared memory, or too many
  /// parameters.
  bool take(gpu::LaunchOp launch);
  void emit();

private:
  void emitPart(OpBuilder &body, gpu::LaunchOp part, gpu::LaunchOp whole,
                Value block, int64_t firstBlock);
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
      (sharedBytes + moreBytes > kMaxSharedBytes ||
       int64_t(all.size()) * kParameterBytes > kMaxParameterBytes))
    return false;
  launches.push_back(launch);
  parameters = std::move(all);
  shared.append(more);
  sharedBytes += moreBytes;
  return true;
}

void Merger::emitPart(OpBuilder &body, gpu::LaunchOp part, gpu::LaunchOp whole,
                      Value block, int64_t firstBlock) {
  Location loc = part.getLoc();
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(body, loc, value);
  };
  IRMapping mapping;
  Value rest = block;
  if (firstBlock > 0)
    rest = arith::SubIOp::create(body, loc, rest, constant(firstBlock));
  gpu::KernelDim3 sizes = part.getGridSizeOperandValues();
  gpu::KernelDim3 ids = part.getBlockIds(), inside = part.getGridSize();
  for (auto [size, id, insideSize] : {std::tuple(sizes.x, ids.x, inside.x),
                                      std::tuple(sizes.y, ids.y, inside.y),
                                      std::tuple(sizes.z, ids.z, inside.z)}) {
    int64_t extent = *getConstantIntValue(size);
    Value all = constant(extent);
    mapping.map(insideSize, all);
    if (extent == 1) {
      mapping.map(id, constant(0));
      continue;
    }
    mapping.map(id, arith::RemUIOp::create(body, loc, rest, all).getResult());
    rest = arith::DivUIOp::create(body, loc, rest, all);
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

void Merger::emit() {
  if (launches.size() < 2)
    return;
  gpu::LaunchOp first = launches.front(), last = launches.back();
  Location loc = first.getLoc();
  OpBuilder host(last);
  int64_t numBlocks = 0;
  for (gpu::LaunchOp launch : launches)
    numBlocks += *countBlocks(launch);
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
  body.setInsertionPointToStart(&whole.getBody().front());
  Value block = whole.getBlockIds().x;
  int64_t firstBlock = 0;
  for (gpu::LaunchOp part : launches) {
    int64_t end = firstBlock + *countBlocks(part);
    if (part == last) {
      emitPart(body, part, whole, block, firstBlock);
      break;
    }
    Value isPart =
        arith::CmpIOp::create(body, loc, arith::CmpIPredicate::ult, block,
                              arith::ConstantIndexOp::create(body, loc, end));
    auto branch = scf::IfOp::create(body, loc, isPart, /*withElseRegion=*/true);
    body = branch.getThenBodyBuilder();
    emitPart(body, part, whole, block, firstBlock);
    body = branch.getElseBodyBuilder();
    firstBlock = end;
  }
  for (gpu::LaunchOp part : launches)
    part.erase();
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
      merger.emit();
}
