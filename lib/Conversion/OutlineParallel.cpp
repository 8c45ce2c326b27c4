//===- OutlineParallel.cpp - Parallel loops on the runtime's threads ------===//

#include "bptt/Conversion/Passes.h"

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;

namespace bptt {
#define GEN_PASS_DEF_OUTLINEPARALLEL
#include "bptt/Conversion/Passes.h.inc"
} // namespace bptt

namespace {
constexpr llvm::StringLiteral runtimeName = "bptt_parallel_for";

class Outliner {
public:
  Outliner(ModuleOp module, int64_t threads)
      : module(module), symbols(module), threads(threads),
        converter(module.getContext()),
        pointer(LLVM::LLVMPointerType::get(module.getContext())) {}

  void outline(scf::ParallelOp loop);

private:
  func::FuncOp getRuntime();
  func::FuncOp createBody(scf::ParallelOp loop, ValueRange captured,
                          LLVM::LLVMStructType context);
  Value storeContext(scf::ParallelOp loop, ValueRange captured,
                     LLVM::LLVMStructType context);

  static Value cast(OpBuilder &builder, Location loc, Type type, Value value) {
    return UnrealizedConversionCastOp::create(builder, loc, type, value)
        .getResult(0);
  }

  ModuleOp module;
  SymbolTable symbols;
  int64_t threads;
  LLVMTypeConverter converter;
  LLVM::LLVMPointerType pointer;
};
} // namespace

func::FuncOp Outliner::getRuntime() {
  if (auto found = symbols.lookup<func::FuncOp>(runtimeName))
    return found;
  OpBuilder builder(module.getContext());
  Type i64 = builder.getI64Type();
  auto runtime = func::FuncOp::create(
      builder, module.getLoc(), runtimeName,
      builder.getFunctionType({pointer, pointer, i64, i64}, {}));
  runtime.setPrivate();
  symbols.insert(runtime, module.getBody()->begin());
  return runtime;
}

/// The function that runs the iterations [begin, end) of `loop`, which it
/// empties.
func::FuncOp Outliner::createBody(scf::ParallelOp loop, ValueRange captured,
                                  LLVM::LLVMStructType context) {
  Location loc = loop.getLoc();
  OpBuilder builder(module.getContext());
  Type i64 = builder.getI64Type();
  auto parent = loop->getParentOfType<func::FuncOp>();
  auto function =
      func::FuncOp::create(builder, loc, (parent.getName() + "_parallel").str(),
                           builder.getFunctionType({pointer, i64, i64}, {}));
  function.setPrivate();
  symbols.insert(function, std::next(Block::iterator(parent)));

  Block *entry = function.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  Value fields =
      LLVM::LoadOp::create(builder, loc, context, entry->getArgument(0));
  IRMapping inside;
  for (auto [i, value] : llvm::enumerate(captured)) {
    Value field = LLVM::ExtractValueOp::create(builder, loc, fields, i);
    if (field.getType() != value.getType())
      field = cast(builder, loc, value.getType(), field);
    inside.map(value, field);
  }
  auto toIndex = [&](Value value) -> Value {
    return arith::IndexCastOp::create(builder, loc, builder.getIndexType(),
                                      value);
  };
  Value one = arith::ConstantIndexOp::create(builder, loc, 1);
  auto iterations =
      scf::ForOp::create(builder, loc, toIndex(entry->getArgument(1)),
                         toIndex(entry->getArgument(2)), one);
  func::ReturnOp::create(builder, loc);

  builder.setInsertionPointToStart(iterations.getBody());
  auto bound = [&](Value value) -> Value {
    if (std::optional<int64_t> constant = getConstantIntValue(value))
      return arith::ConstantIndexOp::create(builder, loc, *constant);
    return inside.lookup(value);
  };
  Value scaled = arith::MulIOp::create(
      builder, loc, iterations.getInductionVar(), bound(loop.getStep()[0]));
  Value at = arith::AddIOp::create(builder, loc, bound(loop.getLowerBound()[0]),
                                   scaled);
  inside.map(loop.getInductionVars()[0], at);
  for (Operation &op : loop.getBody()->without_terminator())
    builder.clone(op, inside);
  return function;
}

/// The captured values in memory, at the top of the function's frame: a loop
/// around the parallel one must not grow the stack.
Value Outliner::storeContext(scf::ParallelOp loop, ValueRange captured,
                             LLVM::LLVMStructType context) {
  Location loc = loop.getLoc();
  auto parent = loop->getParentOfType<func::FuncOp>();
  OpBuilder builder(loop);
  OpBuilder top = OpBuilder::atBlockBegin(&parent.getBody().front());
  Value one = LLVM::ConstantOp::create(top, loc, top.getI64Type(),
                                       top.getI64IntegerAttr(1));
  Value memory = LLVM::AllocaOp::create(top, loc, pointer, context, one);
  for (auto [i, value] : llvm::enumerate(captured)) {
    Type type = context.getBody()[i];
    Value field =
        type == value.getType() ? value : cast(builder, loc, type, value);
    Value place =
        LLVM::GEPOp::create(builder, loc, pointer, context, memory,
                            ArrayRef<LLVM::GEPArg>{0, static_cast<int32_t>(i)});
    LLVM::StoreOp::create(builder, loc, field, place);
  }
  return memory;
}

/// Constants are made again inside the body, so that they stay constants.
static void sinkConstants(scf::ParallelOp loop) {
  llvm::SetVector<Value> used;
  getUsedValuesDefinedAbove(loop.getRegion(), used);
  OpBuilder builder = OpBuilder::atBlockBegin(loop.getBody());
  for (Value value : used)
    if (matchPattern(value, m_Constant())) {
      Value inside = builder.clone(*value.getDefiningOp())->getResult(0);
      replaceAllUsesInRegionWith(value, inside, loop.getRegion());
    }
}

void Outliner::outline(scf::ParallelOp loop) {
  sinkConstants(loop);
  llvm::SetVector<Value> captured;
  getUsedValuesDefinedAbove(loop.getRegion(), captured);
  Location loc = loop.getLoc();
  OpBuilder builder(loop);
  for (Value bound : {loop.getLowerBound()[0], loop.getStep()[0]})
    if (!matchPattern(bound, m_Constant()))
      captured.insert(bound);
  SmallVector<Type> fields = llvm::map_to_vector(captured, [&](Value value) {
    return converter.convertType(value.getType());
  });
  auto context = LLVM::LLVMStructType::getLiteral(module.getContext(), fields);
  Value memory = storeContext(loop, captured.getArrayRef(), context);
  func::FuncOp body = createBody(loop, captured.getArrayRef(), context);

  Value span = arith::SubIOp::create(builder, loc, loop.getUpperBound()[0],
                                     loop.getLowerBound()[0]);
  Value count =
      arith::CeilDivSIOp::create(builder, loc, span, loop.getStep()[0]);
  Type i64 = builder.getI64Type();
  Value iterations = arith::IndexCastOp::create(builder, loc, i64, count);
  Value address =
      cast(builder, loc, pointer,
           func::ConstantOp::create(builder, loc, body.getFunctionType(),
                                    body.getName()));
  Value limit = arith::ConstantIntOp::create(builder, loc, i64, threads);
  func::CallOp::create(builder, loc, getRuntime(),
                       ValueRange{address, memory, iterations, limit});
  loop.erase();
}

namespace {
struct OutlineParallel : bptt::impl::OutlineParallelBase<OutlineParallel> {
  using Base::Base;

  void runOnOperation() override {
    if (threads <= 1)
      return;
    SmallVector<scf::ParallelOp> loops;
    getOperation().walk<WalkOrder::PreOrder>([&](scf::ParallelOp loop) {
      if (loop.getNumLoops() == 1 && loop.getNumReductions() == 0)
        loops.push_back(loop);
      return WalkResult::skip();
    });
    Outliner outliner(getOperation(), threads);
    for (scf::ParallelOp loop : loops)
      outliner.outline(loop);
  }
};
} // namespace
