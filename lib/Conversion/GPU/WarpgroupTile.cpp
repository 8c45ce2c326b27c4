//===- WarpgroupTile.cpp - A factor's way to four warps -------------------===//

#include "WarpgroupTile.h"

#include "TensorMap.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace bptt;

OpOperand &bptt::getFactor(const KernelNode &product, bool isLeft) {
  linalg::GenericOp op = product.op;
  unsigned left = product.product->left;
  return *op.getDpsInputOperand(isLeft ? left : 1 - left);
}

WarpgroupLayout WarpgroupLayout::get(const KernelNode &product, bool isLeft,
                                     int64_t lines) {
  linalg::GenericOp op = product.op;
  AffineMap map = op.getMatchingIndexingMap(&getFactor(product, isLeft));
  bool termsFirst = map.getDimPosition(map.getNumResults() - 1) ==
                    product.product->sum.back();
  return {termsFirst, lines};
}

int64_t WarpgroupLayout::getDescriptor() const {
  auto field = [](int64_t bytes, int bit) { return bytes >> 4 << bit; };
  // With neighbouring terms the leading offset is not read.
  int64_t leading = termsFirst ? 16 : getBoxBytes();
  int64_t swizzle = getRowBytes() == 128 ? 1 : getRowBytes() == 64 ? 2 : 3;
  return field(leading, 16) | field(8 * getRowBytes(), 32) | swizzle << 62;
}

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
                        layout.getBoxColumns(), layout.getBoxRows()))) {}

void WarpgroupTile::copy(Value tile, Value address, Value barrier) {
  Value term = frame.multiply(tile, WarpgroupLayout::kDepth);
  Value line = isLeft ? frame.firstRow : frame.firstColumn;
  auto cluster = LLVM::LLVMPointerType::get(
      frame.body.getContext(),
      static_cast<unsigned>(NVVM::NVVMMemorySpace::SharedCluster));
  for (int64_t box = 0; box < layout.countBoxes(); ++box) {
    Value across = frame.add(line, box * layout.getBoxColumns());
    SmallVector<Value> place{toInteger(frame, across, 32),
                             toInteger(frame, term, 32)};
    if (layout.termsFirst)
      std::swap(place[0], place[1]);
    Value to = LLVM::AddrSpaceCastOp::create(
        frame.body, frame.loc, cluster,
        toPointer(frame, frame.add(address, box * layout.getBoxBytes())));
    NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp::create(
        frame.body, frame.loc, to, map, place, barrier,
        /*im2colOffsets=*/ValueRange(), /*multicastMask=*/Value(),
        /*l2CacheHint=*/Value(), NVVM::TMALoadMode::TILE, /*isCTAOnly=*/false,
        /*group=*/nullptr, /*predicate=*/Value());
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
