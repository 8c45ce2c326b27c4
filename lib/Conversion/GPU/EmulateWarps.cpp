//===- EmulateWarps.cpp - Calls for what threads do together --------------===//

#include "EmulateWarps.h"

#include "EmulateWarpgroups.h"

#include "bptt/Runtime/EmulatedLaunch.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace bptt;

func::CallOp WarpEmulator::call(OpBuilder &builder, Location loc,
                                StringRef name, ValueRange arguments,
                                TypeRange results) {
  auto function = symbols.lookup<func::FuncOp>(name);
  if (!function) {
    OpBuilder top(module.getContext());
    function = func::FuncOp::create(
        top, loc, name, top.getFunctionType(arguments.getTypes(), results));
    function.setPrivate();
    symbols.insert(function, module.getBody()->begin());
  }
  return func::CallOp::create(builder, loc, function, arguments);
}

static Value getNumber(OpBuilder &builder, Location loc, int64_t number) {
  return arith::ConstantIntOp::create(builder, loc, number, 64);
}

static int64_t getElementBytes(Value memref) {
  return cast<MemRefType>(memref.getType()).getElementTypeBitWidth() / 8;
}

/// The address of an element.
static Value getAddress(OpBuilder &builder, Location loc, Value memref,
                        ValueRange indices) {
  auto parts = memref::ExtractStridedMetadataOp::create(builder, loc, memref);
  Value place = parts.getOffset();
  for (auto [index, stride] : llvm::zip_equal(indices, parts.getStrides())) {
    Value step = arith::MulIOp::create(builder, loc, index, stride);
    place = arith::AddIOp::create(builder, loc, place, step);
  }
  Value bytes =
      arith::ConstantIndexOp::create(builder, loc, getElementBytes(memref));
  place = arith::MulIOp::create(builder, loc, place, bytes);
  Value base =
      memref::ExtractAlignedPointerAsIndexOp::create(builder, loc, memref);
  Value address = arith::IndexCastOp::create(
      builder, loc, builder.getI64Type(),
      arith::AddIOp::create(builder, loc, base, place));
  return LLVM::IntToPtrOp::create(
      builder, loc, LLVM::LLVMPointerType::get(builder.getContext()), address);
}

Value bptt::allocateForThread(OpBuilder &builder, Location loc, int64_t bytes) {
  auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
  auto function = builder.getInsertionBlock()
                      ->getParentOp()
                      ->getParentOfType<func::FuncOp>();
  if (!function)
    function = cast<func::FuncOp>(builder.getInsertionBlock()->getParentOp());
  OpBuilder top = OpBuilder::atBlockBegin(&function.getBody().front());
  Value size = LLVM::ConstantOp::create(top, loc, top.getI64Type(),
                                        top.getI64IntegerAttr(bytes));
  return LLVM::AllocaOp::create(top, loc, pointer, top.getI8Type(), size,
                                /*alignment=*/16);
}

/// `values` one behind the other in memory.
static Value spill(OpBuilder &builder, Location loc, ValueRange values) {
  int64_t bytes = 4;
  Value memory = allocateForThread(builder, loc, bytes * values.size());
  for (auto [number, value] : llvm::enumerate(values)) {
    Value place = LLVM::GEPOp::create(
        builder, loc, memory.getType(), builder.getI8Type(), memory,
        ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(bytes * number)});
    LLVM::StoreOp::create(builder, loc, value, place);
  }
  return memory;
}

/// The form that KernelBuilder::exchange() makes.
static bool isExchange(gpu::ShuffleOp op) {
  return op.getMode() == gpu::ShuffleMode::XOR &&
         op.getValue().getType().isIntOrFloat() &&
         op.getValue().getType().getIntOrFloatBitWidth() == 32 &&
         getConstantIntValue(op.getWidth()) == 32 && op.getValid().use_empty();
}

static void replaceExchange(gpu::ShuffleOp op, WarpEmulator &emulator) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  Value distance = arith::ExtUIOp::create(builder, loc, builder.getI64Type(),
                                          op.getOffset());
  Value result = allocateForThread(builder, loc, 4);
  emulator.call(builder, loc, "bptt_emulated_exchange",
                {spill(builder, loc, op.getValue()), distance, result});
  op.getShuffleResult().replaceAllUsesWith(
      LLVM::LoadOp::create(builder, loc, op.getValue().getType(), result));
}

static void replaceLoad(nvgpu::LdMatrixOp op, WarpEmulator &emulator) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  auto type = cast<VectorType>(op.getRes().getType());
  Value memory = allocateForThread(builder, loc, 16);
  emulator.call(builder, loc, "bptt_emulated_load_matrices",
                {getAddress(builder, loc, op.getSrcMemref(), op.getIndices()),
                 getNumber(builder, loc, op.getTranspose()), memory});
  auto flat = VectorType::get(type.getNumElements(), type.getElementType());
  Value loaded = LLVM::LoadOp::create(builder, loc, flat, memory);
  op.replaceAllUsesWith(
      vector::ShapeCastOp::create(builder, loc, type, loaded).getResult());
}

static int64_t getEmulatedType(NVVM::MmaOp op) {
  switch (*op.getMultiplicandAPtxType()) {
  case NVVM::MMATypes::bf16:
    return BPTT_EMULATED_BF16;
  case NVVM::MMATypes::tf32:
    return BPTT_EMULATED_TF32;
  default:
    return BPTT_EMULATED_F16;
  }
}

static void replaceMultiply(NVVM::MmaOp op, WarpEmulator &emulator) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  Value result = allocateForThread(builder, loc, 16);
  emulator.call(builder, loc, "bptt_emulated_multiply",
                {spill(builder, loc, op.getOperandA()),
                 spill(builder, loc, op.getOperandB()),
                 spill(builder, loc, op.getOperandC()),
                 getNumber(builder, loc, getEmulatedType(op)), result});
  op.replaceAllUsesWith(
      LLVM::LoadOp::create(builder, loc, op.getType(), result).getResult());
}

/// To the nearest of 10 bits behind the point, and away from zero between two:
/// adding half of the last of them to the bits of any number does that.
static void replaceRounding(NVVM::ConvertFloatToTF32Op op) {
  ImplicitLocOpBuilder builder(op.getLoc(), op);
  Value number = op.getSrc();
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIntOp::create(builder, value, 32);
  };
  Value bits = arith::BitcastOp::create(builder, builder.getI32Type(), number);
  Value isNumber =
      arith::CmpFOp::create(builder, arith::CmpFPredicate::ORD, number, number);
  Value half = arith::SelectOp::create(builder, isNumber, constant(1 << 12),
                                       constant(0));
  Value sum = arith::AddIOp::create(builder, bits, half);
  Value rounded = arith::AndIOp::create(builder, sum, constant(-(1 << 13)));
  op.replaceAllUsesWith(
      arith::SelectOp::create(builder, isNumber, rounded, bits).getResult());
}

static void replaceCopy(nvgpu::DeviceAsyncCopyOp op, WarpEmulator &emulator) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  Value bytes = getNumber(builder, loc, getElementBytes(op.getSrc()));
  Value size = arith::MulIOp::create(
      builder, loc, bytes,
      getNumber(builder, loc, op.getDstElements().getSExtValue()));
  Value readSize = size;
  if (Value elements = op.getSrcElements())
    readSize = arith::MulIOp::create(
        builder, loc, bytes,
        arith::IndexCastOp::create(builder, loc, builder.getI64Type(),
                                   elements));
  emulator.call(builder, loc, "bptt_emulated_copy",
                {getAddress(builder, loc, op.getDst(), op.getDstIndices()),
                 getAddress(builder, loc, op.getSrc(), op.getSrcIndices()),
                 size, readSize});
}

bool WarpEmulator::isCooperative(Operation *op) {
  if (auto shuffle = dyn_cast<gpu::ShuffleOp>(op))
    return isExchange(shuffle);
  return isForWarpgroups(op) ||
         isa<gpu::BarrierOp, nvgpu::LdMatrixOp, nvgpu::DeviceAsyncCopyOp,
             NVVM::MmaOp, NVVM::ConvertFloatToTF32Op,
             NVVM::CpAsyncCommitGroupOp, NVVM::CpAsyncWaitGroupOp>(op);
}

void WarpEmulator::replace(Operation *op) {
  if (isForWarpgroups(op))
    return replaceForWarpgroups(op, *this);
  OpBuilder builder(op);
  Location loc = op->getLoc();
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](gpu::BarrierOp) {
        call(builder, loc, "bptt_emulated_barrier", {});
      })
      .Case([&](gpu::ShuffleOp shuffle) { replaceExchange(shuffle, *this); })
      .Case([&](nvgpu::LdMatrixOp load) { replaceLoad(load, *this); })
      .Case([&](NVVM::MmaOp multiply) { replaceMultiply(multiply, *this); })
      .Case([](NVVM::ConvertFloatToTF32Op round) { replaceRounding(round); })
      .Case([&](nvgpu::DeviceAsyncCopyOp copy) { replaceCopy(copy, *this); })
      .Case([&](NVVM::CpAsyncCommitGroupOp) {
        call(builder, loc, "bptt_emulated_commit_copies", {});
      })
      .Case([&](NVVM::CpAsyncWaitGroupOp wait) {
        call(builder, loc, "bptt_emulated_wait_for_copies",
             getNumber(builder, loc, wait.getN()));
      });
  op->erase();
}
