//===- WarpgroupTile.cpp - A factor's way to four warps -------------------===//

#include "WarpgroupTile.h"

#include "TensorMap.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace bptt;

Value bptt::toInteger(ProductFrame &frame, Value index, unsigned bits) {
  return arith::IndexCastOp::create(frame.body, frame.loc,
                                    frame.body.getIntegerType(bits), index);
}

Value bptt::toPointer(ProductFrame &frame, Value address) {
  auto type = LLVM::LLVMPointerType::get(
      frame.body.getContext(),
      static_cast<unsigned>(NVVM::NVVMMemorySpace::Shared));
  return LLVM::IntToPtrOp::create(frame.body, frame.loc, type,
                                  toInteger(frame, address, 64));
}

WarpgroupTile::WarpgroupTile(OpBuilder &host, ProductFrame &frame,
                             const KernelNode &product, bool isLeft,
                             int64_t lines)
    : frame(frame), isLeft(isLeft),
      layout(WarpgroupLayout::get(product, isLeft, lines)),
      map(frame.kernel.import(
          makeTensorMap(host, frame.loc, getFactor(product, isLeft).get(),
                        {layout.getCopiedColumns(), layout.getBoxRows(),
                         layout.getSwizzle()}))) {}

void WarpgroupTile::copy(Value tile, Value address, Value barrier) {
  Value term = frame.multiply(tile, WarpgroupLayout::kDepth);
  Value line = isLeft ? frame.firstRow : frame.firstColumn;
  auto cluster = LLVM::LLVMPointerType::get(
      frame.body.getContext(),
      static_cast<unsigned>(NVVM::NVVMMemorySpace::SharedCluster));
  int64_t copies = layout.getTileColumns() / layout.getCopiedColumns();
  for (int64_t number = 0; number < copies; ++number) {
    Value across = frame.add(line, number * layout.getCopiedColumns());
    SmallVector<Value> place{toInteger(frame, across, 32),
                             toInteger(frame, term, 32)};
    if (layout.termsFirst)
      std::swap(place[0], place[1]);
    Value to = LLVM::AddrSpaceCastOp::create(
        frame.body, frame.loc, cluster,
        toPointer(frame, frame.add(address, number * layout.getBoxBytes())));
    NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp::create(
        frame.body, frame.loc, to, map, place, barrier,
        /*im2colOffsets=*/ValueRange(), /*multicastMask=*/Value(),
        /*l2CacheHint=*/Value(), NVVM::TMALoadMode::TILE, /*isCTAOnly=*/false,
        /*group=*/nullptr, /*predicate=*/Value());
  }
}

/// Elements that a thread converts at once: 16 bytes of what becomes of them.
constexpr int64_t kChunk = 8;

void WarpgroupTile::convert(Value from, Value to, int64_t threads) {
  int64_t chunks = layout.lines * WarpgroupLayout::kDepth / kChunk;
  assert(chunks % threads == 0 && "threads would convert beyond the tile");
  for (int64_t done = 0; done < chunks; done += threads)
    convertChunk(frame.add(frame.kernel.getThread(), done), from, to);
}

/// Where byte `offset` of a box is that begins at a multiple of what its
/// swizzle repeats after: pieces of 16 bytes change places within a row.
static Value swizzle(ProductFrame &frame, Value offset, int64_t rowBytes) {
  Value bits =
      arith::AndIOp::create(frame.body, frame.loc, frame.divide(offset, 8),
                            frame.constant(rowBytes - 16));
  return arith::XOrIOp::create(frame.body, frame.loc, offset, bits);
}

/// A part is what the parts before it leave, rounded.
void WarpgroupTile::convertChunk(Value chunk, Value from, Value to) {
  OpBuilder &body = frame.body;
  int64_t across = layout.getTileColumns() / kChunk;
  int64_t inBox = layout.getBoxColumns() / kChunk;
  Value row = frame.divide(chunk, across),
        column = frame.remainder(chunk, across);
  Value offset =
      frame.add(frame.add(frame.multiply(frame.divide(column, inBox),
                                         layout.getBoxBytes()),
                          frame.multiply(row, layout.getRowBytes())),
                frame.multiply(frame.remainder(column, inBox),
                               kChunk * WarpgroupLayout::kElementBytes));
  Value place = frame.add(to, swizzle(frame, offset, layout.getRowBytes()));
  int64_t bytes = kChunk * layout.source.getIntOrFloatBitWidth() / 8;
  Value rest = LLVM::LoadOp::create(
      body, frame.loc, VectorType::get(kChunk, layout.source),
      toPointer(frame, frame.add(from, frame.multiply(chunk, bytes))),
      /*alignment=*/16);
  rest = frame.convert(rest, body.getF32Type());
  for (int64_t part = 0; part < layout.parts; ++part) {
    Value rounded = frame.convert(rest, layout.type);
    LLVM::StoreOp::create(
        body, frame.loc, rounded,
        toPointer(frame, frame.add(place, part * layout.getBytes())),
        /*alignment=*/16);
    if (part + 1 < layout.parts)
      rest = frame.getRest(rest, rounded);
  }
}

/// 14 bits have an address of 18, a multiple of 16.
Value WarpgroupTile::getDescriptor(Value address) {
  Type i64 = frame.body.getI64Type();
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIntOp::create(frame.body, frame.loc, i64, value);
  };
  Value units = arith::ShRUIOp::create(
      frame.body, frame.loc, toInteger(frame, address, 64), constant(4));
  Value field =
      arith::AndIOp::create(frame.body, frame.loc, units, constant(0x3fff));
  return arith::OrIOp::create(frame.body, frame.loc, field,
                              constant(layout.getDescriptor()));
}
