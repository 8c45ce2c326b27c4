//===- BindStream.cpp - Launches on the caller's stream -------------------===//

#include "CallProducts.h"

#include "bptt/Conversion/Passes.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace bptt {
#define GEN_PASS_DEF_BINDSTREAM
#include "bptt/Conversion/Passes.h.inc"
} // namespace bptt

namespace {

class StreamBinder {
public:
  explicit StreamBinder(ModuleOp module)
      : module(module), symbols(module),
        pointer(LLVM::LLVMPointerType::get(module.getContext())) {}

  void run() {
    findLaunchers();
    for (LLVM::LLVMFuncOp function : launchers)
      addStream(function);
    for (LLVM::LLVMFuncOp function : launchers)
      passStream(function);
  }

private:
  /// The functions with launches, the library's, and those that call them.
  void findLaunchers() {
    SmallVector<LLVM::LLVMFuncOp> functions(module.getOps<LLVM::LLVMFuncOp>());
    if (auto product = symbols.lookup<LLVM::LLVMFuncOp>(bptt::kProductFunction))
      launchers.insert(product);
    size_t before;
    do {
      before = launchers.size();
      for (LLVM::LLVMFuncOp function : functions)
        function.walk([&](Operation *op) {
          auto call = dyn_cast<LLVM::CallOp>(op);
          if (isa<gpu::LaunchFuncOp>(op) || (call && getLauncher(call)))
            launchers.insert(function);
        });
    } while (launchers.size() != before);
  }

  LLVM::LLVMFuncOp getLauncher(LLVM::CallOp call) {
    std::optional<StringRef> callee = call.getCallee();
    auto function =
        callee ? symbols.lookup<LLVM::LLVMFuncOp>(*callee) : LLVM::LLVMFuncOp();
    return function && launchers.contains(function) ? function
                                                    : LLVM::LLVMFuncOp();
  }

  void addStream(LLVM::LLVMFuncOp function) {
    LLVM::LLVMFunctionType type = function.getFunctionType();
    SmallVector<Type> arguments(type.getParams());
    arguments.push_back(pointer);
    if (ArrayAttr attributes = function.getArgAttrsAttr()) {
      SmallVector<Attribute> all(attributes.getValue());
      all.push_back(DictionaryAttr::get(module.getContext()));
      function.setArgAttrsAttr(ArrayAttr::get(module.getContext(), all));
    }
    function.setFunctionType(LLVM::LLVMFunctionType::get(
        type.getReturnType(), arguments, type.isVarArg()));
    if (!function.isExternal())
      function.getBody().addArgument(pointer, function.getLoc());
  }

  void passStream(LLVM::LLVMFuncOp function) {
    if (function.isExternal())
      return;
    Value stream = function.getArguments().back();
    SmallVector<gpu::LaunchFuncOp> launches;
    function.walk([&](Operation *op) {
      auto call = dyn_cast<LLVM::CallOp>(op);
      if (call && getLauncher(call))
        call.getCalleeOperandsMutable().append(stream);
      else if (auto launch = dyn_cast<gpu::LaunchFuncOp>(op))
        launches.push_back(launch);
    });
    for (gpu::LaunchFuncOp launch : launches)
      outline(launch, stream);
  }

  /// Grids and arguments that are not constant become arguments of a function
  /// around the launch.
  void outline(gpu::LaunchFuncOp launch, Value stream) {
    Location loc = launch.getLoc();
    OpBuilder builder(module.getContext());
    llvm::SetVector<Value> captured;
    for (Value operand : launch->getOperands())
      if (!operand.getDefiningOp<LLVM::ConstantOp>())
        captured.insert(operand);
    captured.insert(stream);
    SmallVector<Value> arguments = llvm::to_vector(captured);
    auto type = LLVM::LLVMFunctionType::get(
        LLVM::LLVMVoidType::get(module.getContext()),
        llvm::to_vector(ValueRange(arguments).getTypes()));
    auto function = LLVM::LLVMFuncOp::create(
        builder, loc, ("launch_" + launch.getKernelName().getValue()).str(),
        type, LLVM::Linkage::Internal);
    function.setNoInline(true);
    symbols.insert(function);
    Block *entry = function.addEntryBlock(builder);
    builder.setInsertionPointToStart(entry);
    IRMapping mapping;
    mapping.map(arguments, entry->getArguments());
    for (Value operand : launch->getOperands())
      if (!mapping.contains(operand))
        mapping.map(operand,
                    builder.clone(*operand.getDefiningOp())->getResult(0));
    auto inside = cast<gpu::LaunchFuncOp>(builder.clone(*launch, mapping));
    passMapsByValue(inside);
    inside.getAsyncObjectMutable().assign(entry->getArguments().back());
    LLVM::ReturnOp::create(builder, loc, ValueRange());
    builder.setInsertionPoint(launch);
    LLVM::CallOp::create(builder, loc, function, arguments);
    launch.erase();
  }

  /// What a kernel takes by value is loaded: a launch passes the addresses of
  /// its operands.
  void passMapsByValue(gpu::LaunchFuncOp launch) {
    auto kernel = SymbolTable::lookupNearestSymbolFrom<LLVM::LLVMFuncOp>(
        module, launch.getKernelAttr());
    if (!kernel)
      return;
    OpBuilder builder(launch);
    for (OpOperand &operand : launch.getKernelOperandsMutable()) {
      unsigned number = &operand - &*launch.getKernelOperandsMutable().begin();
      auto type = kernel.getArgAttrOfType<TypeAttr>(
          number, LLVM::LLVMDialect::getByValAttrName());
      if (type)
        operand.set(LLVM::LoadOp::create(builder, launch.getLoc(),
                                         type.getValue(), operand.get()));
    }
  }

  ModuleOp module;
  SymbolTable symbols;
  Type pointer;
  llvm::SetVector<LLVM::LLVMFuncOp> launchers;
};

struct BindStream : bptt::impl::BindStreamBase<BindStream> {
  void runOnOperation() override { StreamBinder(getOperation()).run(); }
};

} // namespace
