//===- KernelBuilder.cpp - One gpu.launch ---------------------------------===//

#include "KernelBuilder.h"

#include "HostConstants.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace bptt;

KernelBuilder::KernelBuilder(OpBuilder &host, Location loc,
                             ArrayRef<Value> blocks, int64_t threads,
                             StringRef name)
    : body(host.getContext()), host(host), loc(loc), head(host.getContext()) {
  auto index = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(host, loc, value);
  };
  Value one = index(1);
  auto symbol = [&](StringRef symbolName) {
    return FlatSymbolRefAttr::get(host.getContext(), symbolName);
  };
  launch = gpu::LaunchOp::create(
      host, loc, blocks[0], blocks[1], blocks[2], index(threads), one, one,
      /*dynamicSharedMemorySize=*/nullptr, /*asyncTokenType=*/nullptr,
      /*asyncDependencies=*/ValueRange(), /*workgroupAttributions=*/TypeRange(),
      /*privateAttributions=*/TypeRange(), nullptr, nullptr, nullptr,
      symbol(kKernelModule), symbol(name));
  body.setInsertionPointToStart(&launch.getBody().front());
  Operation *end = gpu::TerminatorOp::create(body, loc);
  // Imports go in front of a mark, and the body behind it, in whichever order
  // they are asked for.
  body.setInsertionPoint(end);
  Operation *mark = arith::ConstantIndexOp::create(body, loc, 0);
  head.setInsertionPoint(mark);
  host.setInsertionPoint(launch);
}

Value KernelBuilder::getBlock(unsigned dim) {
  gpu::KernelDim3 ids = launch.getBlockIds();
  return dim == 0 ? ids.x : dim == 1 ? ids.y : ids.z;
}

Value KernelBuilder::addShared(ArrayRef<int64_t> shape, Type element) {
  auto space = gpu::AddressSpaceAttr::get(host.getContext(),
                                          gpu::AddressSpace::Workgroup);
  return launch.addWorkgroupAttribution(
      MemRefType::get(shape, element, AffineMap(), space), loc);
}

Value KernelBuilder::addDynamicShared(int64_t bytes) {
  launch.getDynamicSharedMemorySizeMutable().assign(
      arith::ConstantIntOp::create(host, loc, bytes, 32));
  auto space = gpu::AddressSpaceAttr::get(host.getContext(),
                                          gpu::AddressSpace::Workgroup);
  auto type = MemRefType::get(ShapedType::kDynamic, head.getI8Type(),
                              AffineMap(), space);
  Value memory = gpu::DynamicSharedMemoryOp::create(head, loc, type);
  return memref::ExtractAlignedPointerAsIndexOp::create(head, loc, memory);
}

void KernelBuilder::barrier() { gpu::BarrierOp::create(body, loc); }

/// Registers have 32 bits: narrow floats travel as f32, f64 in two halves.
Value KernelBuilder::exchange(Value value, int64_t distance) {
  auto shuffle = [&](Value word) -> Value {
    return gpu::ShuffleOp::create(body, loc, word, distance, kWarpThreads,
                                  gpu::ShuffleMode::XOR)
        .getShuffleResult();
  };
  Type type = value.getType();
  if (type.isF32())
    return shuffle(value);
  if (type.getIntOrFloatBitWidth() < 32) {
    Value wide = arith::ExtFOp::create(body, loc, body.getF32Type(), value);
    return arith::TruncFOp::create(body, loc, type, shuffle(wide));
  }
  auto halves = VectorType::get({2}, body.getI32Type());
  Value parts = vector::BitCastOp::create(
      body, loc, halves,
      vector::FromElementsOp::create(body, loc, VectorType::get({1}, type),
                                     value));
  SmallVector<Value> words;
  for (int64_t half : {0, 1})
    words.push_back(shuffle(vector::ExtractOp::create(body, loc, parts, half)));
  Value whole = vector::BitCastOp::create(
      body, loc, VectorType::get({1}, type),
      vector::FromElementsOp::create(body, loc, halves, words));
  return vector::ExtractOp::create(body, loc, whole, 0);
}

Value KernelBuilder::import(Value value) {
  if (Value known = imported.lookupOrNull(value))
    return known;
  Value inside = value;
  Operation *op = value.getDefiningOp();
  if (isa<MemRefType>(value.getType()))
    inside = importMemref(value);
  else if (op && op->hasTrait<OpTrait::ConstantLike>())
    inside = head.clone(*op)->getResult(0);
  imported.map(value, inside);
  return inside;
}

Value KernelBuilder::importMemref(Value memref) {
  if (auto cast = memref.getDefiningOp<memref::CastOp>())
    memref = cast.getSource();
  if (auto global = memref.getDefiningOp<memref::GetGlobalOp>())
    return head.clone(*global)->getResult(0);
  auto type = cast<MemRefType>(memref.getType());
  auto parts = memref::ExtractStridedMetadataOp::create(host, loc, memref);
  SmallVector<int64_t> strides;
  int64_t offset;
  (void)type.getStridesAndOffset(strides, offset);
  auto mix = [&](ArrayRef<int64_t> known, ValueRange dynamic) {
    SmallVector<OpFoldResult> mixed;
    for (auto [number, value] : llvm::zip_equal(known, dynamic))
      mixed.push_back(ShapedType::isDynamic(number)
                          ? OpFoldResult(value)
                          : OpFoldResult(host.getIndexAttr(number)));
    return mixed;
  };
  SmallVector<OpFoldResult> sizes = mix(type.getShape(), parts.getSizes());
  SmallVector<OpFoldResult> steps = mix(strides, parts.getStrides());
  // A constant is the kernel's own; where in it, the host says.
  Value base = parts.getBaseBuffer();
  if (Operation *constant = findConstant(memref))
    base = head.clone(*constant)->getResult(0);
  auto layout = StridedLayoutAttr::get(host.getContext(), offset, strides);
  auto inside = MemRefType::get(type.getShape(), type.getElementType(), layout);
  return memref::ReinterpretCastOp::create(
      head, loc, inside, base, mix(offset, parts.getOffset()).front(), sizes,
      steps);
}

linalg::GenericOp KernelBuilder::clone(linalg::GenericOp op) {
  IRMapping mapping;
  for (Value operand : op->getOperands())
    mapping.map(operand, import(operand));
  llvm::SetVector<Value> captured;
  getUsedValuesDefinedAbove(op->getRegions(), captured);
  for (Value value : captured)
    mapping.map(value, import(value));
  return cast<linalg::GenericOp>(body.clone(*op, mapping));
}
