//===- ExpandRecurrences.cpp - Loops for scans, forwards and backwards ----===//

#include "ChainEmitter.h"
#include "RecurrenceLoops.h"
#include "SliceFunction.h"

#include "bptt/Dialect/BPTT/IR/Recurrence.h"
#include "bptt/Runtime/Table.h"
#include "bptt/Transforms/Arena.h"
#include "bptt/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;
using namespace bptt;

namespace bptt {
#define GEN_PASS_DEF_EXPANDRECURRENCES
#include "bptt/Transforms/Passes.h.inc"
} // namespace bptt

namespace {

struct ExpandRecurrences
    : bptt::impl::ExpandRecurrencesBase<ExpandRecurrences> {
  using ExpandRecurrencesBase::ExpandRecurrencesBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (form != "rolled" && form != "plain") {
      module.emitError() << "unknown form '" << form
                         << "', expected 'rolled' or 'plain'";
      return signalPassFailure();
    }
    for (auto function : module.getOps<func::FuncOp>()) {
      if (failed(expand(function)))
        return signalPassFailure();
    }
  }

  LogicalResult expand(func::FuncOp function) {
    SmallVector<FirstSweepOpInterface> forwards;
    SmallVector<ScanOp> scans;
    WalkResult checked = function.walk([&](Operation *op) {
      if (auto forward = dyn_cast<FirstSweepOpInterface>(op))
        forwards.push_back(forward);
      if (auto scan = dyn_cast<ScanOp>(op))
        scans.push_back(scan);
      bool isTensorForm =
          isa<ScanOp, ForwardOp, BackwardOp, ChainForwardOp, ChainBackwardOp>(
              op) &&
          llvm::any_of(op->getOperandTypes(), llvm::IsaPred<TensorType>);
      if (!isTensorForm)
        return WalkResult::advance();
      op->emitOpError("is not bufferized; run bptt-bufferize first");
      return WalkResult::interrupt();
    });
    if (checked.wasInterrupted())
      return failure();
    for (ScanOp scan : scans)
      expandScan(scan);
    if (forwards.empty())
      return success();

    OpBuilder builder(function);
    Type bytes = MemRefType::get({ShapedType::kDynamic}, builder.getI8Type());
    Type tableType = MemRefType::get({ShapedType::kDynamic, kTableColumns},
                                     builder.getI32Type());
    bool rolled = form == "rolled";
    Value stack = rolled ? addArgument(function, bytes) : Value();
    SmallVector<int64_t> tables;
    for (auto [index, op] : llvm::enumerate(forwards)) {
      auto forward = dyn_cast<ForwardOp>(op.getOperation());
      if (forward && failed(addStepsFunction(function, forward, index)))
        return failure();
      Value table;
      if (rolled) {
        tables.push_back(function.getNumArguments());
        table = addArgument(function, tableType);
      } else {
        stack = addArgument(function, bytes);
      }
      if (!forward) {
        expandChain(cast<ChainForwardOp>(op.getOperation()), stack, table);
        continue;
      }
      Sweeps sweeps{forward, getBackward(forward), {}, stack, table, {}};
      sweeps.sizes = getRecurrenceSizes(forward, sweeps.backward);
      expandSweeps(sweeps, rolled);
    }
    if (!tables.empty())
      function->setAttr(kTablesAttr, builder.getDenseI64ArrayAttr(tables));
    return success();
  }

  /// A length that is known only at run time is needed by whoever plans then;
  /// -1 says that inputs do not agree on it.
  static LogicalResult addStepsFunction(func::FuncOp function,
                                        ForwardOp forward, size_t index) {
    ImplicitLocOpBuilder builder(forward.getLoc(), forward);
    int64_t known = getStaticNumSteps(forward.getInputs(), forward.getSteps());
    SmallVector<Value> lengths;
    if (known != ShapedType::kDynamic)
      lengths.push_back(arith::ConstantIndexOp::create(builder, known));
    else if (forward.getSteps())
      lengths.push_back(forward.getSteps());
    for (Value input : forward.getInputs())
      if (cast<ShapedType>(input.getType()).isDynamicDim(0))
        lengths.push_back(memref::DimOp::create(builder, input, 0));
    if (known != ShapedType::kDynamic && lengths.size() == 1)
      return success();
    Value steps = lengths.front();
    Value none = arith::ConstantIndexOp::create(builder, -1);
    for (Value other : ArrayRef(lengths).drop_front()) {
      Value agree = arith::CmpIOp::create(builder, arith::CmpIPredicate::eq,
                                          lengths.front(), other);
      steps = arith::SelectOp::create(builder, agree, steps, none);
    }
    return addSliceFunction(function, steps,
                            ("_num_steps_" + Twine(index)).str());
  }

  static Value addArgument(func::FuncOp function, Type type) {
    unsigned index = function.getNumArguments();
    (void)function.insertArgument(index, type, {}, function.getLoc());
    return function.getArgument(index);
  }
};

} // namespace
