//===- HostAddress.cpp - Device addresses that the host passes on ---------===//

#include "HostAddress.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace bptt;

Value bptt::getHostAddress(OpBuilder &builder, Location loc, Value memref) {
  auto metadata =
      memref::ExtractStridedMetadataOp::create(builder, loc, memref);
  Value base = memref::ExtractAlignedPointerAsIndexOp::create(
      builder, loc, metadata.getBaseBuffer());
  auto type = cast<MemRefType>(memref.getType());
  Value bytes = arith::ConstantIndexOp::create(
      builder, loc, type.getElementTypeBitWidth() / 8);
  Value offset =
      arith::MulIOp::create(builder, loc, metadata.getOffset(), bytes);
  return arith::AddIOp::create(builder, loc, base, offset);
}
