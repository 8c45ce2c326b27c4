//===- EmulateKernels.cpp - Kernels as functions of the CPU ---------------===//

#include "EmulateWarps.h"

#include "bptt/Conversion/Passes.h"

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;
using bptt::WarpEmulator;

namespace bptt {
#define GEN_PASS_DEF_EMULATEKERNELS
#include "bptt/Conversion/Passes.h.inc"
} // namespace bptt

static Value cast(OpBuilder &builder, Location loc, Type type, Value value) {
  return UnrealizedConversionCastOp::create(builder, loc, type, value)
      .getResult(0);
}

namespace {

class KernelEmulator {
public:
  explicit KernelEmulator(ModuleOp module)
      : module(module), symbols(module), warps(module, symbols),
        converter(module.getContext()),
        pointer(LLVM::LLVMPointerType::get(module.getContext())),
        i64(IntegerType::get(module.getContext(), 64)) {}

  LogicalResult run() {
    SmallVector<gpu::LaunchFuncOp> launches;
    module.walk([&](gpu::LaunchFuncOp launch) { launches.push_back(launch); });
    if (launches.empty())
      return success();
    for (gpu::LaunchFuncOp launch : launches)
      if (failed(replace(launch)))
        return failure();
    for (auto kernels :
         llvm::make_early_inc_range(module.getOps<gpu::GPUModuleOp>()))
      kernels.erase();
    return success();
  }

private:
  LLVM::LLVMStructType getContext(gpu::GPUFuncOp kernel) {
    auto fields =
        llvm::map_to_vector(kernel.getArgumentTypes(), [&](Type type) {
          return converter.convertType(type);
        });
    return LLVM::LLVMStructType::getLiteral(module.getContext(), fields);
  }

  LogicalResult replace(gpu::LaunchFuncOp launch);
  FailureOr<func::FuncOp> emulate(gpu::GPUFuncOp kernel);
  LogicalResult replaceOps(gpu::GPUFuncOp kernel, func::FuncOp function);
  Value addShared(BlockArgument memory, StringRef name, OpBuilder &builder);

  ModuleOp module;
  SymbolTable symbols;
  WarpEmulator warps;
  LLVMTypeConverter converter;
  Type pointer, i64;
  DenseMap<Operation *, func::FuncOp> emulated;
};

} // namespace

/// Shared memory is a global: blocks run one after the other.
Value KernelEmulator::addShared(BlockArgument memory, StringRef name,
                                OpBuilder &builder) {
  auto type = cast<MemRefType>(memory.getType());
  auto plain = MemRefType::get(type.getShape(), type.getElementType());
  OpBuilder top(module.getContext());
  auto global = memref::GlobalOp::create(
      top, memory.getLoc(), (name + "_shared").str(),
      top.getStringAttr("private"), plain, top.getUnitAttr(),
      /*constant=*/false, /*alignment=*/top.getI64IntegerAttr(64));
  symbols.insert(global, module.getBody()->begin());
  return memref::GetGlobalOp::create(builder, memory.getLoc(), plain,
                                     global.getSymName());
}

/// What a thread knows of its place, and what it shares.
LogicalResult KernelEmulator::replaceOps(gpu::GPUFuncOp kernel,
                                         func::FuncOp function) {
  Block &entry = function.getBody().front();
  OpBuilder top = OpBuilder::atBlockBegin(&entry);
  SmallVector<Value> place;
  for (Value number : entry.getArguments().drop_front())
    place.push_back(arith::IndexCastOp::create(top, function.getLoc(),
                                               top.getIndexType(), number));
  WalkResult result = function.walk([&](Operation *op) -> WalkResult {
    Value value;
    if (auto block = dyn_cast<gpu::BlockIdOp>(op)) {
      value = place[static_cast<int>(block.getDimension())];
    } else if (auto thread = dyn_cast<gpu::ThreadIdOp>(op)) {
      OpBuilder builder(op);
      value = thread.getDimension() == gpu::Dimension::x
                  ? place[3]
                  : arith::ConstantIndexOp::create(builder, op->getLoc(), 0)
                        .getResult();
    } else if (WarpEmulator::isCooperative(op)) {
      warps.replace(op);
      return WalkResult::advance();
    } else if (isa<gpu::ReturnOp>(op)) {
      OpBuilder builder(op);
      func::ReturnOp::create(builder, op->getLoc());
      op->erase();
      return WalkResult::advance();
    } else if (isa<gpu::GPUDialect, NVVM::NVVMDialect, nvgpu::NVGPUDialect>(
                   op->getDialect())) {
      if (op->use_empty() && isPure(op)) {
        op->erase();
        return WalkResult::advance();
      }
      return op->emitOpError("is not emulated");
    }
    if (value) {
      op->getResult(0).replaceAllUsesWith(value);
      op->erase();
    }
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

FailureOr<func::FuncOp> KernelEmulator::emulate(gpu::GPUFuncOp kernel) {
  if (func::FuncOp known = emulated.lookup(kernel))
    return known;
  Location loc = kernel.getLoc();
  OpBuilder builder(module.getContext());
  auto function = func::FuncOp::create(
      builder, loc, (kernel.getName() + "_emulated").str(),
      builder.getFunctionType({pointer, i64, i64, i64, i64}, {}));
  function.setPrivate();
  symbols.insert(function, std::prev(module.getBody()->end()));
  Block *entry = function.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  Value fields = LLVM::LoadOp::create(builder, loc, getContext(kernel),
                                      entry->getArgument(0));
  IRMapping mapping;
  for (BlockArgument argument :
       kernel.getArguments().take_front(kernel.getNumArguments())) {
    Value field = LLVM::ExtractValueOp::create(builder, loc, fields,
                                               argument.getArgNumber());
    if (field.getType() != argument.getType())
      field = cast(builder, loc, argument.getType(), field);
    mapping.map(argument, field);
  }
  for (auto [index, memory] :
       llvm::enumerate(kernel.getWorkgroupAttributions()))
    mapping.map(
        memory,
        addShared(memory, (kernel.getName() + Twine(index)).str(), builder));
  if (!llvm::hasSingleElement(kernel.getBody()))
    return kernel.emitOpError("has several blocks, which are not emulated");
  for (Operation &op : kernel.getBody().front())
    builder.clone(op, mapping);
  // Globals of the kernels' module are visible here as well.
  for (auto global :
       kernel->getParentOfType<gpu::GPUModuleOp>().getOps<memref::GlobalOp>())
    if (!symbols.lookup(global.getSymName()))
      symbols.insert(global.clone(), module.getBody()->begin());
  if (failed(replaceOps(kernel, function)))
    return failure();
  emulated[kernel] = function;
  return function;
}

LogicalResult KernelEmulator::replace(gpu::LaunchFuncOp launch) {
  Location loc = launch.getLoc();
  auto kernel = SymbolTable::lookupNearestSymbolFrom<gpu::GPUFuncOp>(
      launch, launch.getKernelAttr());
  if (!kernel)
    return launch.emitOpError("launches what is no kernel of this module");
  FailureOr<func::FuncOp> function = emulate(kernel);
  if (failed(function))
    return failure();
  auto parent = launch->getParentOfType<func::FuncOp>();
  OpBuilder builder(launch);
  OpBuilder top = OpBuilder::atBlockBegin(&parent.getBody().front());
  LLVM::LLVMStructType context = getContext(kernel);
  Value one = LLVM::ConstantOp::create(top, loc, i64, top.getI64IntegerAttr(1));
  Value memory = LLVM::AllocaOp::create(top, loc, pointer, context, one);
  for (auto [i, value] : llvm::enumerate(launch.getKernelOperands())) {
    Type type = context.getBody()[i];
    Value field =
        type == value.getType() ? value : cast(builder, loc, type, value);
    Value place =
        LLVM::GEPOp::create(builder, loc, pointer, context, memory,
                            ArrayRef<LLVM::GEPArg>{0, static_cast<int32_t>(i)});
    LLVM::StoreOp::create(builder, loc, field, place);
  }
  auto number = [&](Value index) -> Value {
    return arith::IndexCastOp::create(builder, loc, i64, index);
  };
  bool isCooperative = kernel
                           .walk([](Operation *op) {
                             return WarpEmulator::isCooperative(op)
                                        ? WalkResult::interrupt()
                                        : WalkResult::advance();
                           })
                           .wasInterrupted();
  if (Value bytes = launch.getDynamicSharedMemorySize())
    warps.call(builder, loc, "bptt_emulated_reserve",
               Value(arith::ExtUIOp::create(builder, loc, i64, bytes)));
  Value address =
      cast(builder, loc, pointer,
           func::ConstantOp::create(builder, loc, function->getFunctionType(),
                                    function->getName()));
  warps.call(builder, loc, "bptt_emulated_launch",
             ValueRange{address, memory, number(launch.getGridSizeX()),
                        number(launch.getGridSizeY()),
                        number(launch.getGridSizeZ()),
                        number(launch.getBlockSizeX()),
                        arith::ConstantIntOp::create(builder, loc, i64,
                                                     isCooperative)});
  launch.erase();
  return success();
}

namespace {
struct EmulateKernels : bptt::impl::EmulateKernelsBase<EmulateKernels> {
  void runOnOperation() override {
    if (failed(KernelEmulator(getOperation()).run()))
      signalPassFailure();
  }
};
} // namespace
