//===- ExpandRecurrences.cpp - Loops for scans, forwards and backwards ----===//

#include "ChainEmitter.h"
#include "NestedTables.h"
#include "RecurrenceLoops.h"
#include "SliceFunction.h"

#include "bptt/Dialect/BPTT/IR/Recurrence.h"
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
    SmallVector<Memory> memory;
    if (failed(addArguments(function, forwards, memory)))
      return failure();
    // The cells of any of them may hold planned recurrences.
    NestedPlans plans;
    function.walk([&](Operation *op) {
      if (isa<ScanOp, ForwardOp, BackwardOp, ChainForwardOp, ChainBackwardOp>(
              op))
        collectNestedPlans(op, plans);
    });
    addNestedTables(function, plans);
    for (ScanOp scan : scans)
      expandScan(scan);
    for (auto [op, mine] : llvm::zip_equal(forwards, memory)) {
      auto forward = dyn_cast<ForwardOp>(op.getOperation());
      if (!forward) {
        expandChain(cast<ChainForwardOp>(op.getOperation()), mine.stack,
                    mine.table);
        continue;
      }
      Sweeps sweeps{forward,    getBackward(forward), {},
                    mine.stack, mine.table,           {}};
      sweeps.sizes = getRecurrenceSizes(forward, sweeps.backward);
      expandSweeps(sweeps, form == "rolled");
    }
    return success();
  }

  /// The arguments of one recurrence; no table in the plain form.
  struct Memory {
    Value stack, table;
  };

  LogicalResult addArguments(func::FuncOp function,
                             ArrayRef<FirstSweepOpInterface> forwards,
                             SmallVectorImpl<Memory> &memory) {
    MLIRContext *context = &getContext();
    Type bytes =
        MemRefType::get({ShapedType::kDynamic}, IntegerType::get(context, 8));
    bool rolled = form == "rolled";
    Value stack;
    if (rolled && !forwards.empty())
      stack = addArgument(function, bytes);
    for (auto [index, constOp] : llvm::enumerate(forwards)) {
      FirstSweepOpInterface op = constOp;
      auto forward = dyn_cast<ForwardOp>(op.getOperation());
      if (forward && failed(addStepsFunction(function, forward, index)))
        return failure();
      if (!rolled) {
        memory.push_back({addArgument(function, bytes), Value()});
        continue;
      }
      addTablePosition(function, function.getNumArguments());
      memory.push_back({stack, addArgument(function, getTableType(context))});
    }
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
};

} // namespace
