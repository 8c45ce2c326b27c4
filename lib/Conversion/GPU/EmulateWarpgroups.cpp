//===- EmulateWarpgroups.cpp - Calls for what sm_90a does -----------------===//

#include "EmulateWarpgroups.h"

#include "bptt/Runtime/EmulatedLaunch.h"

#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace bptt;

/// The forms that kernels have here.
static bool isKnown(NVVM::WgmmaMmaAsyncOp op) {
  NVVM::WGMMATypes type = op.getTypeA();
  return type == op.getTypeB() && op.getShape().getK() == 16 &&
         (type == NVVM::WGMMATypes::bf16 || type == NVVM::WGMMATypes::f16) &&
         op.getTypeD() == NVVM::WGMMATypes::f32 &&
         op.getScaleD() == NVVM::WGMMAScaleOut::one &&
         op.getScaleA() == NVVM::WGMMAScaleIn::one &&
         op.getScaleB() == NVVM::WGMMAScaleIn::one;
}
static bool isKnown(NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp op) {
  return op.getCoordinates().size() == 2 && op.getIm2colOffsets().empty() &&
         !op.getMulticastMask() && !op.getPredicate();
}
static bool isKnown(NVVM::BarrierOp op) {
  return op.getBarrierId() && op.getNumberOfThreads() && !op.getReductionOp();
}
/// No instruction: it passes its operands on.
static bool isKnown(LLVM::InlineAsmOp op) {
  return op.getAsmString().empty() && op->getNumResults() == 1;
}

bool bptt::isForWarpgroups(Operation *op) {
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case<NVVM::WgmmaMmaAsyncOp, NVVM::BarrierOp, LLVM::InlineAsmOp,
            NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp>(
          [](auto each) { return isKnown(each); })
      .Case<NVVM::MBarrierInitOp, NVVM::MBarrierArriveExpectTxOp>(
          [](auto each) { return !each.getPredicate(); })
      .Case([](NVVM::MBarrierArriveOp arrive) { return !arrive.getCount(); })
      .Default([](Operation *other) {
        return isa<gpu::DynamicSharedMemoryOp, NVVM::MBarrierTryWaitParityOp,
                   NVVM::FenceMbarrierInitOp, NVVM::FenceProxyOp,
                   NVVM::WgmmaFenceAlignedOp, NVVM::WgmmaGroupSyncAlignedOp,
                   NVVM::WgmmaWaitGroupSyncOp>(other);
      });
}

namespace {

class Replacer {
public:
  Replacer(Operation *op, WarpEmulator &emulator)
      : builder(op->getLoc(), op), emulator(emulator) {}

  Value number(int64_t value) {
    return arith::ConstantIntOp::create(builder, value, 64);
  }
  Value widen(Value value) {
    return arith::ExtUIOp::create(builder, builder.getI64Type(), value);
  }
  /// Signed: a coordinate may be negative.
  Value widenCoordinate(Value value) {
    return arith::ExtSIOp::create(builder, builder.getI64Type(), value);
  }
  Value address(Value pointer) {
    return LLVM::PtrToIntOp::create(builder, builder.getI64Type(), pointer);
  }
  func::CallOp call(StringRef name, ValueRange arguments,
                    TypeRange results = {}) {
    return emulator.call(builder, builder.getLoc(), name, arguments, results);
  }

  void replace(gpu::DynamicSharedMemoryOp op);
  void replace(NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp op);
  void replace(NVVM::WgmmaMmaAsyncOp op);
  void replace(LLVM::InlineAsmOp op);

private:
  ImplicitLocOpBuilder builder;
  WarpEmulator &emulator;
};

} // namespace

/// A memref at the address that the runtime says; kernels ask for nothing but
/// that.
void Replacer::replace(gpu::DynamicSharedMemoryOp op) {
  Value shared =
      call("bptt_emulated_shared", {}, builder.getI64Type()).getResult(0);
  auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
  auto type = MemRefType::get({1}, builder.getI8Type());
  LLVMTypeConverter converter(builder.getContext());
  Value descriptor = MemRefDescriptor::fromStaticShape(
      builder, builder.getLoc(), converter, type,
      LLVM::IntToPtrOp::create(builder, pointer, shared));
  op.replaceAllUsesWith(
      UnrealizedConversionCastOp::create(builder, type, descriptor)
          .getResult(0));
}

void Replacer::replace(NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp op) {
  call("bptt_emulated_copy_box",
       {address(op.getDstMem()), op.getTmaDescriptor(), address(op.getMbar()),
        widenCoordinate(op.getCoordinates()[0]),
        widenCoordinate(op.getCoordinates()[1])});
}

void Replacer::replace(NVVM::WgmmaMmaAsyncOp op) {
  Type type = op.getInouts().getType();
  int64_t columns = op.getShape().getN();
  Value memory = allocateForThread(builder, builder.getLoc(), 2 * columns);
  LLVM::StoreOp::create(builder, op.getInouts(), memory);
  bool isBF16 = op.getTypeA() == NVVM::WGMMATypes::bf16;
  bool leftTurned = op.getLayoutA() == NVVM::MMALayout::col;
  bool rightTurned = op.getLayoutB() == NVVM::MMALayout::row;
  call("bptt_emulated_multiply_group",
       {memory, op.getDescriptorA(), op.getDescriptorB(), number(columns),
        number(isBF16 ? BPTT_EMULATED_BF16 : BPTT_EMULATED_F16),
        number((leftTurned ? BPTT_EMULATED_TURNED_LEFT : 0) |
               (rightTurned ? BPTT_EMULATED_TURNED_RIGHT : 0)),
        memory});
  op.replaceAllUsesWith(
      LLVM::LoadOp::create(builder, type, memory).getResult());
}

void Replacer::replace(LLVM::InlineAsmOp op) {
  Value all = LLVM::PoisonOp::create(builder, op.getResult(0).getType());
  for (auto [number, operand] : llvm::enumerate(op.getOperands()))
    all = LLVM::InsertValueOp::create(builder, all, operand, number);
  op.getResult(0).replaceAllUsesWith(all);
}

void bptt::replaceForWarpgroups(Operation *op, WarpEmulator &emulator) {
  Replacer to(op, emulator);
  llvm::TypeSwitch<Operation *>(op)
      .Case<gpu::DynamicSharedMemoryOp,
            NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp,
            NVVM::WgmmaMmaAsyncOp, LLVM::InlineAsmOp>(
          [&](auto each) { to.replace(each); })
      .Case([&](NVVM::BarrierOp barrier) {
        to.call("bptt_emulated_barrier_of",
                {to.widen(barrier.getBarrierId()),
                 to.widen(barrier.getNumberOfThreads())});
      })
      .Case([&](NVVM::MBarrierInitOp init) {
        to.call("bptt_emulated_init_barrier",
                {to.address(init.getAddr()), to.widen(init.getCount())});
      })
      .Case([&](NVVM::MBarrierArriveOp arrive) {
        to.call("bptt_emulated_arrive",
                {to.address(arrive.getAddr()), to.number(0)});
      })
      .Case([&](NVVM::MBarrierArriveExpectTxOp arrive) {
        to.call("bptt_emulated_arrive",
                {to.address(arrive.getAddr()), to.widen(arrive.getTxcount())});
      })
      .Case([&](NVVM::MBarrierTryWaitParityOp wait) {
        to.call("bptt_emulated_wait_for_phase",
                {to.address(wait.getAddr()), to.widen(wait.getPhase())});
      })
      .Case([&](NVVM::WgmmaFenceAlignedOp) {
        to.call("bptt_emulated_fence_products", {});
      })
      .Case([&](NVVM::WgmmaGroupSyncAlignedOp) {
        to.call("bptt_emulated_commit_products", {});
      })
      .Case([&](NVVM::WgmmaWaitGroupSyncOp wait) {
        to.call("bptt_emulated_wait_for_products", to.number(wait.getGroup()));
      });
  op->erase();
}
