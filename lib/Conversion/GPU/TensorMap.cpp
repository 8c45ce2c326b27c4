//===- TensorMap.cpp - Matrices as the copy engine sees them --------------===//

#include "TensorMap.h"

#include "HostAddress.h"

#include "bptt-c/cuda.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;
using namespace bptt;

Type bptt::getTensorMapStorage(MLIRContext *context) {
  return LLVM::LLVMArrayType::get(IntegerType::get(context, 64),
                                  BPTT_TENSOR_MAP_BYTES / 8);
}

static func::FuncOp getWriter(ModuleOp module, ArrayRef<Type> types) {
  if (auto known = module.lookupSymbol<func::FuncOp>(kTensorMapFunction))
    return known;
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  auto writer =
      func::FuncOp::create(builder, module.getLoc(), kTensorMapFunction,
                           builder.getFunctionType(types, {}));
  writer.setPrivate();
  return writer;
}

static int64_t getElement(Type type) {
  return type.isBF16() ? BPTT_BF16 : type.isF16() ? BPTT_F16 : BPTT_F32;
}

Value bptt::makeTensorMap(OpBuilder &host, Location loc, Value memref,
                          const TensorBox &box) {
  auto type = cast<MemRefType>(memref.getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  (void)type.getStridesAndOffset(strides, offset);
  auto function =
      host.getInsertionBlock()->getParent()->getParentOfType<func::FuncOp>();
  // Once for all steps: kernels are launched in loops.
  OpBuilder entry = OpBuilder::atBlockBegin(&function.getBody().front());
  auto pointer = LLVM::LLVMPointerType::get(host.getContext());
  Value one = LLVM::ConstantOp::create(entry, loc, entry.getI64Type(),
                                       entry.getI64IntegerAttr(1));
  Value map = LLVM::AllocaOp::create(entry, loc, pointer,
                                     getTensorMapStorage(host.getContext()),
                                     one, kTensorMapAlignment);

  SmallVector<Value> arguments{map, getHostAddress(host, loc, memref)};
  for (int64_t number :
       {type.getDimSize(1), type.getDimSize(0),
        strides[0] * type.getElementTypeBitWidth() / 8, box.columns, box.rows,
        box.swizzle, getElement(type.getElementType())})
    arguments.push_back(arith::ConstantIndexOp::create(host, loc, number));
  func::FuncOp writer = getWriter(function->getParentOfType<ModuleOp>(),
                                  llvm::to_vector(TypeRange(arguments)));
  func::CallOp::create(host, loc, writer, arguments);
  return map;
}
