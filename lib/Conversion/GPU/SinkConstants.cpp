//===- SinkConstants.cpp - Constants where kernels see them ---------------===//

#include "HostConstants.h"

#include "bptt/Conversion/Passes.h"
#include "bptt/Transforms/Arena.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace bptt;

namespace bptt {
#define GEN_PASS_DEF_SINKCONSTANTS
#include "bptt/Conversion/Passes.h.inc"
} // namespace bptt

/// What makes `memref` of a constant, the constant first; nothing where it is
/// of something else.
static SmallVector<Operation *> getViews(Value memref) {
  SmallVector<Operation *> views;
  Operation *op = memref.getDefiningOp();
  for (; isView(op); op = op->getOperand(0).getDefiningOp())
    views.push_back(op);
  if (!isa_and_nonnull<memref::GetGlobalOp>(op))
    return {};
  views.push_back(op);
  return {views.rbegin(), views.rend()};
}

/// The numbers that the views of a constant are made with.
static SmallVector<Value> getNumbers(ArrayRef<Operation *> views) {
  SmallVector<Value> numbers;
  for (Operation *view : views.drop_front())
    llvm::append_range(numbers, view->getOperands().drop_front());
  return numbers;
}

/// Whether two calls pass the same parts of the same constants, but for where
/// the parts begin.
static bool passAlike(func::CallOp a, func::CallOp b) {
  auto isAlike = [](Operation *x, Operation *y) {
    return OperationEquivalence::isEquivalentTo(
        x, y, OperationEquivalence::ignoreValueEquivalence, nullptr,
        OperationEquivalence::IgnoreLocations);
  };
  return llvm::all_of_zip(
      a.getOperands(), b.getOperands(), [&](Value x, Value y) {
        return llvm::equal(getViews(x), getViews(y), isAlike);
      });
}

static bool passesConstants(func::CallOp call) {
  return llvm::any_of(call.getOperands(),
                      [](Value operand) { return !getViews(operand).empty(); });
}

namespace {

class ConstantSinker {
public:
  explicit ConstantSinker(ModuleOp module) : module(module), symbols(module) {}

  void run() {
    for (auto function : module.getOps<func::FuncOp>())
      order(function);
    // Callers first: what they pass on is a constant of their own then.
    for (func::FuncOp function : llvm::reverse(ordered))
      specialize(function);
  }

private:
  void order(func::FuncOp function) {
    if (!visited.insert(function).second)
      return;
    function.walk([&](func::CallOp call) {
      if (auto callee = symbols.lookup<func::FuncOp>(call.getCallee()))
        order(callee);
    });
    ordered.push_back(function);
  }

  /// One function for all calls that pass the same constants. The one that
  /// there is serves those that pass none, or all of them if they are alike.
  void specialize(func::FuncOp function) {
    if (!function.isPrivate() || function.isExternal())
      return;
    SmallVector<SmallVector<func::CallOp>> groups;
    auto uses = SymbolTable::getSymbolUses(function, module);
    for (SymbolTable::SymbolUse use : *uses) {
      auto call = dyn_cast<func::CallOp>(use.getUser());
      if (!call)
        return;
      auto *group = llvm::find_if(
          groups, [&](auto &calls) { return passAlike(calls.front(), call); });
      if (group == groups.end())
        groups.emplace_back().push_back(call);
      else
        group->push_back(call);
    }
    for (ArrayRef<func::CallOp> calls : groups) {
      if (!passesConstants(calls.front()))
        continue;
      func::FuncOp own = function;
      if (groups.size() > 1)
        symbols.insert(own = function.clone());
      sink(own, calls);
    }
  }

  void sink(func::FuncOp function, ArrayRef<func::CallOp> calls) {
    func::CallOp first = calls.front();
    for (unsigned i = first.getNumOperands(); i-- > 0;)
      sinkArgument(function, i, getViews(first.getOperand(i)));
    for (func::CallOp call : calls) {
      SmallVector<Value> operands;
      for (Value operand : call.getOperands()) {
        SmallVector<Operation *> views = getViews(operand);
        if (views.empty())
          operands.push_back(operand);
        else
          llvm::append_range(operands, getNumbers(views));
      }
      OpBuilder builder(call);
      auto replaced =
          func::CallOp::create(builder, call.getLoc(), function, operands);
      call.replaceAllUsesWith(replaced);
      call.erase();
    }
  }

  /// Makes an argument that is `views` of a constant inside, from numbers that
  /// are arguments in its place.
  void sinkArgument(func::FuncOp function, unsigned index,
                    ArrayRef<Operation *> views) {
    if (views.empty())
      return;
    BlockArgument argument = function.getArgument(index);
    SmallVector<Value> numbers = getNumbers(views);
    IRMapping mapping;
    for (auto [i, number] : llvm::enumerate(numbers))
      (void)function.insertArgument(index + 1 + i, number.getType(), {},
                                    argument.getLoc());
    OpBuilder builder = OpBuilder::atBlockBegin(&function.front());
    Value memref;
    unsigned next = index + 1;
    for (Operation *view : views) {
      for (auto [i, operand] : llvm::enumerate(view->getOperands()))
        mapping.map(operand, i == 0 ? memref : function.getArgument(next++));
      memref = builder.clone(*view, mapping)->getResult(0);
    }
    argument.replaceAllUsesWith(memref);
    (void)function.eraseArgument(index);
    moveTables(function, index, int64_t(numbers.size()) - 1);
  }

  static void moveTables(func::FuncOp function, int64_t behind, int64_t by) {
    auto tables = function->getAttrOfType<DenseI64ArrayAttr>(kTablesAttr);
    if (!tables)
      return;
    auto moved =
        llvm::map_to_vector(tables.asArrayRef(), [&](int64_t position) {
          return position > behind ? position + by : position;
        });
    function->setAttr(kTablesAttr,
                      DenseI64ArrayAttr::get(function.getContext(), moved));
  }

  ModuleOp module;
  SymbolTable symbols;
  llvm::DenseSet<Operation *> visited;
  SmallVector<func::FuncOp> ordered;
};

struct SinkConstants : bptt::impl::SinkConstantsBase<SinkConstants> {
  void runOnOperation() override { ConstantSinker(getOperation()).run(); }
};

} // namespace
