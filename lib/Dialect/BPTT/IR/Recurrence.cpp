//===- Recurrence.cpp - What scans, forwards and backwards share ----------===//

#include "bptt/Dialect/BPTT/IR/Recurrence.h"

#include "bptt/Dialect/BPTT/IR/BPTTDialect.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

RankedTensorType bptt::asTensorType(Type type) {
  auto shaped = cast<ShapedType>(type);
  return RankedTensorType::get(shaped.getShape(), shaped.getElementType());
}

RankedTensorType bptt::getStepType(Type stacked) {
  auto shaped = cast<ShapedType>(stacked);
  return RankedTensorType::get(shaped.getShape().drop_front(),
                               shaped.getElementType());
}

Type bptt::getCotangentType(Type type) {
  Type element = getElementTypeOrSelf(type);
  if (!isa<FloatType>(element) || element.getIntOrFloatBitWidth() >= 32)
    return type;
  Type wide = Float32Type::get(type.getContext());
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor ? Type(tensor.clone(wide)) : wide;
}

RankedTensorType bptt::getStackedType(Type step, int64_t numSteps) {
  auto shaped = cast<ShapedType>(step);
  SmallVector<int64_t> shape{numSteps};
  llvm::append_range(shape, shaped.getShape());
  return RankedTensorType::get(shape, shaped.getElementType());
}

int64_t bptt::getStaticNumSteps(ValueRange inputs, Value steps) {
  for (Value input : inputs)
    if (int64_t extent = cast<ShapedType>(input.getType()).getDimSize(0);
        extent != ShapedType::kDynamic)
      return extent;
  APInt constant;
  if (steps && matchPattern(steps, m_ConstantInt(&constant)))
    return constant.getSExtValue();
  return ShapedType::kDynamic;
}

int64_t bptt::getElementBytes(Type type) {
  Type element = cast<ShapedType>(type).getElementType();
  return element.isIndex()
             ? 8
             : llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
}

int64_t bptt::getDenseBytes(Type type) {
  return cast<ShapedType>(type).getNumElements() * getElementBytes(type);
}

int64_t bptt::getAlignedBytes(TypeRange types) {
  int64_t bytes = 0;
  for (Type type : types)
    bytes += llvm::alignTo(getDenseBytes(type), kArenaAlignment);
  return bytes;
}

llvm::StringSet<> bptt::getCellNames(ModuleOp module) {
  llvm::StringSet<> names;
  module.walk([&](Operation *op) {
    if (isa<ScanOp, ForwardOp, BackwardOp, ChainOp, ChainForwardOp,
            ChainBackwardOp>(op))
      op->getAttrDictionary().walk(
          [&](FlatSymbolRefAttr name) { names.insert(name.getValue()); });
  });
  return names;
}
