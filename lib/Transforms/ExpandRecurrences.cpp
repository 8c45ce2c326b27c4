//===- ExpandRecurrences.cpp - Loops for scans, forwards and backwards ----===//

#include "RecurrenceEmitter.h"
#include "SliceFunction.h"

#include "bptt/Dialect/BPTT/IR/Recurrence.h"
#include "bptt/Planning/Action.h"
#include "bptt/Runtime/Table.h"
#include "bptt/Transforms/Arena.h"
#include "bptt/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace bptt;
using planning::ActionKind;

namespace bptt {
#define GEN_PASS_DEF_EXPANDRECURRENCES
#include "bptt/Transforms/Passes.h.inc"
} // namespace bptt

namespace {

/// A forward and its backward, with what both sweeps share.
struct Sweeps {
  ForwardOp forward;
  BackwardOp backward;
  RecurrenceSizes sizes;
  Value stack, table; // arguments of the function; no table in the plain form
  Value fixed; // running states, then scratch; alive from the first sweep to
               // the end of the second
};

Value allocateBytes(ImplicitLocOpBuilder &builder, int64_t bytes) {
  auto type = MemRefType::get({bytes}, builder.getI8Type());
  Value buffer = memref::AllocOp::create(builder, type);
  auto dynamic = MemRefType::get({ShapedType::kDynamic}, builder.getI8Type());
  return memref::CastOp::create(builder, dynamic, buffer);
}

/// Emits one sweep of `Sweeps`: the loop over actions or steps, and every kind
/// of action.
class SweepEmitter {
public:
  SweepEmitter(Sweeps &sweeps, Operation *op, ImplicitLocOpBuilder &builder)
      : sweeps(sweeps), builder(builder),
        emitter(op, builder, sweeps.sizes.carries, sweeps.sizes.residuals),
        isFirst(isa<ForwardOp>(op)) {
    emitter.setRunning(sweeps.fixed);
  }

  void emit(bool rolled) {
    if (isFirst) {
      emitter.setOperands(sweeps.forward);
      emitter.copyCarryToState(emitter.index(0));
    } else {
      emitter.setOperands(sweeps.backward);
      startGradients();
    }
    Value parity = rolled ? emitTableLoop() : emitPlainLoop();
    if (isFirst)
      for (auto [from, to] :
           llvm::zip(emitter.getState(parity), sweeps.forward.getOuts()))
        emitter.copy(from, to);
  }

private:
  void startGradients() {
    BackwardOp backward = sweeps.backward;
    size_t numCarries = backward.getCarries().size();
    for (auto [from, to] :
         llvm::zip(backward.getCotangents().take_front(numCarries),
                   backward.getOuts()))
      emitter.copy(from, to);
    for (Value accumulator : backward.getOuts().drop_front(
             numCarries + backward.getWrtInputs().size())) {
      Type element = cast<MemRefType>(accumulator.getType()).getElementType();
      Value zero =
          arith::ConstantOp::create(builder, builder.getZeroAttr(element));
      linalg::FillOp::create(builder, zero, accumulator);
    }
  }

  Value loadTable(Value row, int64_t column) {
    Value entry = memref::LoadOp::create(
        builder, sweeps.table, ValueRange{row, emitter.index(column)});
    return arith::IndexCastOp::create(builder, builder.getIndexType(), entry);
  }

  /// Bytes from the start of the stack's memory; `units` counts from where this
  /// recurrence's part begins.
  Value getStackOffset(Value units) {
    Value begin = loadTable(emitter.index(0), 2);
    Value sum = arith::AddIOp::create(builder, begin, units);
    return arith::MulIOp::create(builder, sum, emitter.index(kTableUnitBytes));
  }

  Value emitTableLoop() {
    Value zero = emitter.index(0), one = emitter.index(1);
    Value first = isFirst ? zero : loadTable(zero, 0);
    Value last = loadTable(zero, isFirst ? 0 : 1);
    Value begin = arith::AddIOp::create(builder, first, one);
    Value end = arith::AddIOp::create(builder, last, one);
    Value start = isFirst ? zero : finalParityOfFirst();
    auto loop = scf::ForOp::create(builder, begin, end, one, ValueRange{start});
    builder.setInsertionPointToStart(loop.getBody());
    emitAction(loop.getInductionVar(), loop.getRegionIterArg(0));
    builder.setInsertionPointAfter(loop);
    return loop.getResult(0);
  }

  /// The first sweep evaluates every step once: its parity is that of the
  /// number of steps.
  Value finalParityOfFirst() {
    return arith::RemUIOp::create(builder, emitter.operands.numSteps,
                                  emitter.index(2));
  }

  void emitAction(Value row, Value parity) {
    SmallVector<ActionKind> kinds{ActionKind::Advance, ActionKind::Checkpoint,
                                  ActionKind::TapedForward,
                                  ActionKind::TapedForwardInProgress};
    if (!isFirst)
      kinds.append({ActionKind::Restore, ActionKind::RestoreInitial,
                    ActionKind::Backward, ActionKind::BackwardInProgress});
    auto cases = llvm::map_to_vector(
        kinds, [](ActionKind kind) { return int64_t(kind); });
    Value kind = loadTable(row, 0);
    auto dispatch = scf::IndexSwitchOp::create(
        builder, TypeRange{builder.getIndexType()}, kind, cases, cases.size());
    for (auto [region, caseKind] :
         llvm::zip_equal(dispatch.getCaseRegions(), kinds)) {
      builder.setInsertionPointToStart(&region.emplaceBlock());
      scf::YieldOp::create(builder, emitCase(caseKind, row, parity));
    }
    builder.setInsertionPointToStart(
        &dispatch.getDefaultRegion().emplaceBlock());
    scf::YieldOp::create(builder, parity);
    builder.setInsertionPointAfter(dispatch);
    scf::YieldOp::create(builder, dispatch.getResult(0));
  }

  Value emitCase(ActionKind kind, Value row, Value parity) {
    auto offset = [&] { return getStackOffset(loadTable(row, 3)); };
    auto state = [&] { return emitter.getStateOffset(parity); };
    switch (kind) {
    case ActionKind::Advance:
      return advance(loadTable(row, 1), loadTable(row, 2), parity);
    case ActionKind::Checkpoint:
      emitter.copyStateBytes(emitter.getRunning(), state(), sweeps.stack,
                             offset());
      return parity;
    case ActionKind::Restore:
      emitter.copyStateBytes(sweeps.stack, offset(), emitter.getRunning(),
                             state());
      return parity;
    case ActionKind::RestoreInitial:
      emitter.copyCarryToState(parity);
      return parity;
    case ActionKind::TapedForward:
      return taped(loadTable(row, 1), parity, sweeps.stack, offset());
    case ActionKind::TapedForwardInProgress:
      return taped(loadTable(row, 1), parity, sweeps.fixed, scratchOffset());
    case ActionKind::Backward:
      restoreInput(loadTable(row, 2), emitter.flip(parity));
      return backward(loadTable(row, 1), parity, sweeps.stack, offset());
    case ActionKind::BackwardInProgress:
      return backward(loadTable(row, 1), parity, sweeps.fixed, scratchOffset());
    }
    llvm_unreachable("unknown action");
  }

  Value scratchOffset() { return emitter.index(2 * sweeps.sizes.stateBytes); }

  /// The cells' memory: above the tape in progress, or from its beginning where
  /// there is none.
  Value getWorkspace(bool aboveTape) {
    int64_t begin = 2 * sweeps.sizes.stateBytes +
                    (aboveTape ? sweeps.sizes.residualBytes : 0);
    int64_t bytes =
        2 * sweeps.sizes.stateBytes + sweeps.sizes.scratchBytes() - begin;
    auto type = MemRefType::get({bytes}, builder.getI8Type());
    Value view = memref::ViewOp::create(builder, type, sweeps.fixed,
                                        emitter.index(begin), ValueRange());
    auto dynamic = MemRefType::get({ShapedType::kDynamic}, builder.getI8Type());
    return memref::CastOp::create(builder, dynamic, view);
  }

  Value advance(Value begin, Value end, Value parity) {
    auto loop = scf::ForOp::create(builder, begin, end, emitter.index(1),
                                   ValueRange{parity});
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value current = loop.getRegionIterArg(0);
    emitter.callPrimal(isFirst ? sweeps.forward.getCell()
                               : sweeps.backward.getAdvance(),
                       loop.getInductionVar(), current, getOutputs(), {},
                       getWorkspace(/*aboveTape=*/false));
    scf::YieldOp::create(builder, emitter.flip(current));
    return loop.getResult(0);
  }

  ValueRange getOutputs() {
    return isFirst ? ValueRange(sweeps.forward.getOuts())
                         .drop_front(sweeps.sizes.carries.size())
                   : ValueRange();
  }

  Value taped(Value step, Value parity, Value bytes, Value offset) {
    SmallVector<Value> residuals =
        emitter.viewAll(bytes, offset, sweeps.sizes.residuals);
    emitter.callPrimal(
        isFirst ? sweeps.forward.getTaped() : sweeps.backward.getTaped(), step,
        parity, getOutputs(), residuals, getWorkspace(/*aboveTape=*/true));
    return emitter.flip(parity);
  }

  Value backward(Value step, Value parity, Value bytes, Value offset) {
    SmallVector<Value> residuals =
        emitter.viewAll(bytes, offset, sweeps.sizes.residuals);
    emitter.callAdjoint(sweeps.backward, step, parity, residuals,
                        getWorkspace(/*aboveTape=*/true));
    return emitter.flip(parity);
  }

  /// The input state of a step whose tape lies on the stack: there, or with the
  /// caller.
  void restoreInput(Value units, Value parity) {
    Value isCallers = arith::CmpIOp::create(builder, arith::CmpIPredicate::slt,
                                            units, emitter.index(0));
    auto choice =
        scf::IfOp::create(builder, isCallers, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(choice.thenBlock());
    emitter.copyCarryToState(parity);
    builder.setInsertionPointToStart(choice.elseBlock());
    emitter.copyStateBytes(sweeps.stack, getStackOffset(units),
                           emitter.getRunning(),
                           emitter.getStateOffset(parity));
  }

  /// Plain BPTT: step i keeps its input state and its residuals at i times
  /// their size.
  Value emitPlainLoop() {
    Value zero = emitter.index(0), one = emitter.index(1);
    Value start = isFirst ? zero : finalParityOfFirst();
    auto loop = scf::ForOp::create(builder, zero, emitter.operands.numSteps,
                                   one, ValueRange{start});
    builder.setInsertionPointToStart(loop.getBody());
    Value step = loop.getInductionVar(), parity = loop.getRegionIterArg(0);
    if (!isFirst) {
      Value last =
          arith::SubIOp::create(builder, emitter.operands.numSteps, one);
      step = arith::SubIOp::create(builder, last, step);
    }
    Value tapeBytes =
        emitter.index(sweeps.sizes.stateBytes + sweeps.sizes.residualBytes);
    Value state = arith::MulIOp::create(builder, step, tapeBytes);
    Value tape = arith::AddIOp::create(builder, state,
                                       emitter.index(sweeps.sizes.stateBytes));
    Value next;
    if (isFirst) {
      emitter.copyStateBytes(emitter.getRunning(),
                             emitter.getStateOffset(parity), sweeps.stack,
                             state);
      next = taped(step, parity, sweeps.stack, tape);
    } else {
      emitter.copyStateBytes(sweeps.stack, state, emitter.getRunning(),
                             emitter.getStateOffset(emitter.flip(parity)));
      next = backward(step, parity, sweeps.stack, tape);
    }
    scf::YieldOp::create(builder, next);
    builder.setInsertionPointAfter(loop);
    return loop.getResult(0);
  }

  Sweeps &sweeps;
  ImplicitLocOpBuilder &builder;
  RecurrenceEmitter emitter;
  bool isFirst;
};

/// A recurrence of which only the value is wanted: two states and a workspace.
void expandScan(ScanOp scan) {
  ImplicitLocOpBuilder builder(scan.getLoc(), scan);
  SmallVector<Type> carries;
  for (Value carry : scan.getCarry())
    carries.push_back(
        MemRefType::get(cast<MemRefType>(carry.getType()).getShape(),
                        cast<MemRefType>(carry.getType()).getElementType()));
  RecurrenceEmitter emitter(scan, builder, carries, {});
  emitter.setOperands(scan);
  emitter.setRunning(allocateBytes(builder, 2 * getAlignedBytes(carries)));
  Value workspace = allocateBytes(
      builder, getWorkspaceBytes(lookUpCell(scan, scan.getCell())));
  Value zero = emitter.index(0);
  emitter.copyCarryToState(zero);
  auto loop = scf::ForOp::create(builder, zero, emitter.operands.numSteps,
                                 emitter.index(1), ValueRange{zero});
  builder.setInsertionPointToStart(loop.getBody());
  Value parity = loop.getRegionIterArg(0);
  emitter.callPrimal(scan.getCell(), loop.getInductionVar(), parity,
                     ValueRange(scan.getOuts()).drop_front(carries.size()), {},
                     workspace);
  scf::YieldOp::create(builder, emitter.flip(parity));
  builder.setInsertionPointAfter(loop);
  for (auto [from, to] :
       llvm::zip(emitter.getState(loop.getResult(0)), scan.getOuts()))
    emitter.copy(from, to);
  scan.erase();
}

void expandSweeps(Sweeps &sweeps, bool rolled) {
  ImplicitLocOpBuilder builder(sweeps.forward.getLoc(), sweeps.forward);
  sweeps.fixed = allocateBytes(builder, 2 * sweeps.sizes.stateBytes +
                                            sweeps.sizes.scratchBytes());
  SweepEmitter(sweeps, sweeps.forward, builder).emit(rolled);
  builder.setLoc(sweeps.backward.getLoc());
  SweepEmitter(sweeps, sweeps.backward, builder).emit(rolled);
  sweeps.backward.erase();
  sweeps.forward.erase();
}

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
    SmallVector<ForwardOp> forwards;
    SmallVector<ScanOp> scans;
    WalkResult checked = function.walk([&](Operation *op) {
      if (auto forward = dyn_cast<ForwardOp>(op))
        forwards.push_back(forward);
      if (auto scan = dyn_cast<ScanOp>(op))
        scans.push_back(scan);
      bool isTensorForm =
          isa<ScanOp, ForwardOp, BackwardOp>(op) &&
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
    Type table = MemRefType::get({ShapedType::kDynamic, kTableColumns},
                                 builder.getI32Type());
    bool rolled = form == "rolled";
    Value stack = rolled ? addArgument(function, bytes) : Value();
    for (auto [index, forward] : llvm::enumerate(forwards)) {
      Sweeps sweeps{forward, getBackward(forward), {}, stack, {}, {}};
      sweeps.sizes = getRecurrenceSizes(forward, sweeps.backward);
      if (failed(addStepsFunction(function, forward, index)))
        return failure();
      if (rolled)
        sweeps.table = addArgument(function, table);
      else
        sweeps.stack = addArgument(function, bytes);
      expandSweeps(sweeps, rolled);
    }
    return success();
  }

  /// A length that is known only at run time is needed by whoever plans then.
  static LogicalResult addStepsFunction(func::FuncOp function,
                                        ForwardOp forward, size_t index) {
    if (getStaticNumSteps(forward.getInputs(), forward.getSteps()) !=
        ShapedType::kDynamic)
      return success();
    OpBuilder builder(forward);
    Value steps = forward.getSteps();
    if (!steps)
      steps = memref::DimOp::create(builder, forward.getLoc(),
                                    forward.getInputs().front(), 0);
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
