//===- SweepEmitter.cpp - The loop of one sweep ---------------------------===//

#include "SweepEmitter.h"

#include "TableReader.h"

#include "bptt/Planning/Action.h"
#include "bptt/Runtime/Table.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace bptt;
using planning::ActionKind;

namespace {

/// Emits one sweep of `Sweeps`: the loop over actions or steps, and every kind
/// of action.
class SweepEmitter {
public:
  SweepEmitter(Sweeps &sweeps, Operation *op, ImplicitLocOpBuilder &builder)
      : sweeps(sweeps), builder(builder),
        emitter(op, builder, sweeps.sizes.carries),
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
             numCarries + backward.getWrtInputs().size()))
      emitter.fillWithZeros(accumulator);
  }

  Value loadTable(Value row, int64_t column) {
    return TableReader(builder, sweeps.table).load(row, column);
  }
  Value getStackOffset(Value units) {
    return TableReader(builder, sweeps.table).getStackOffset(units);
  }

  Value emitTableLoop() {
    auto [begin, end] = TableReader(builder, sweeps.table).getRows(isFirst);
    Value start = isFirst ? emitter.index(0) : finalParityOfFirst();
    auto loop = scf::ForOp::create(builder, begin, end, emitter.index(1),
                                   ValueRange{start});
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

  /// What a row's first column selects: an action, and for those that concern a
  /// tape its mode.
  struct Case {
    ActionKind kind;
    unsigned mode;
  };

  SmallVector<Case> getCases() {
    SmallVector<Case> cases{{ActionKind::Advance, 0},
                            {ActionKind::Checkpoint, 0}};
    if (!isFirst)
      cases.append({{ActionKind::Restore, 0}, {ActionKind::RestoreInitial, 0}});
    for (unsigned mode = 0; mode < sweeps.sizes.modes.size(); ++mode) {
      cases.push_back({ActionKind::TapedForward, mode});
      if (!isFirst)
        cases.push_back({ActionKind::Backward, mode});
    }
    cases.push_back({ActionKind::TapedForwardInProgress, 0});
    if (!isFirst)
      cases.push_back({ActionKind::BackwardInProgress, 0});
    return cases;
  }

  void emitAction(Value row, Value parity) {
    SmallVector<Case> cases = getCases();
    auto labels = llvm::map_to_vector(cases, [](const Case &each) {
      return getTableKind(each.kind, each.mode);
    });
    Value kind = loadTable(row, 0);
    auto dispatch =
        scf::IndexSwitchOp::create(builder, TypeRange{builder.getIndexType()},
                                   kind, labels, labels.size());
    for (auto [region, each] :
         llvm::zip_equal(dispatch.getCaseRegions(), cases)) {
      builder.setInsertionPointToStart(&region.emplaceBlock());
      scf::YieldOp::create(builder, emitCase(each, row, parity));
    }
    builder.setInsertionPointToStart(
        &dispatch.getDefaultRegion().emplaceBlock());
    scf::YieldOp::create(builder, parity);
    builder.setInsertionPointAfter(dispatch);
    scf::YieldOp::create(builder, dispatch.getResult(0));
  }

  Value emitCase(Case selected, Value row, Value parity) {
    auto offset = [&] { return getStackOffset(loadTable(row, 3)); };
    auto state = [&] { return emitter.getStateOffset(parity); };
    switch (selected.kind) {
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
      return taped(selected.mode, loadTable(row, 1), parity,
                   {sweeps.stack, offset(), getWorkspace(0)});
    case ActionKind::TapedForwardInProgress:
      return taped(selected.mode, loadTable(row, 1), parity, getInProgress());
    case ActionKind::Backward:
      restoreInput(loadTable(row, 2), emitter.flip(parity));
      return backward(selected.mode, loadTable(row, 1), parity,
                      {sweeps.stack, offset(), getWorkspace(0)});
    case ActionKind::BackwardInProgress:
      return backward(selected.mode, loadTable(row, 1), parity,
                      getInProgress());
    }
    llvm_unreachable("unknown action");
  }

  /// Where a tape lies, and the memory of the cells that work on it.
  struct TapePlace {
    Value bytes, offset, workspace;
  };

  TapePlace getInProgress() {
    int64_t residualBytes = sweeps.sizes.modes.front().residualBytes;
    return {sweeps.fixed, emitter.index(2 * sweeps.sizes.stateBytes),
            getWorkspace(residualBytes)};
  }

  /// The cells' memory: `taken` bytes above the beginning of the scratch.
  Value getWorkspace(int64_t taken) {
    int64_t begin = 2 * sweeps.sizes.stateBytes + taken;
    auto type = MemRefType::get({sweeps.sizes.scratchBytes() - taken},
                                builder.getI8Type());
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
    emitter.callPrimal(
        isFirst ? sweeps.forward.getCell() : sweeps.backward.getAdvance(),
        loop.getInductionVar(), current, getOutputs(), {}, getWorkspace(0));
    scf::YieldOp::create(builder, emitter.flip(current));
    return loop.getResult(0);
  }

  ValueRange getOutputs() {
    return isFirst ? ValueRange(sweeps.forward.getOuts())
                         .drop_front(sweeps.sizes.carries.size())
                   : ValueRange();
  }

  Value taped(unsigned mode, Value step, Value parity, TapePlace place) {
    SmallVector<Value> residuals = emitter.viewAll(
        place.bytes, place.offset, sweeps.sizes.modes[mode].residuals);
    FlatSymbolRefAttr cell = isFirst ? sweeps.forward.getTapedIn(mode)
                                     : sweeps.backward.getTapedIn(mode);
    emitter.callPrimal(cell.getValue(), step, parity, getOutputs(), residuals,
                       place.workspace);
    return emitter.flip(parity);
  }

  Value backward(unsigned mode, Value step, Value parity, TapePlace place) {
    SmallVector<Value> residuals = emitter.viewAll(
        place.bytes, place.offset, sweeps.sizes.modes[mode].residuals);
    emitter.callAdjoint(sweeps.backward, mode, step, parity, residuals,
                        place.workspace);
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

  /// Plain BPTT, in the first tape mode: step i keeps its input state and its
  /// residuals at i times their size.
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
    Value tapeBytes = emitter.index(sweeps.sizes.stateBytes +
                                    sweeps.sizes.modes.front().residualBytes);
    Value state = arith::MulIOp::create(builder, step, tapeBytes);
    Value tape = arith::AddIOp::create(builder, state,
                                       emitter.index(sweeps.sizes.stateBytes));
    TapePlace place{sweeps.stack, tape, getWorkspace(0)};
    Value next;
    if (isFirst) {
      emitter.copyStateBytes(emitter.getRunning(),
                             emitter.getStateOffset(parity), sweeps.stack,
                             state);
      next = taped(0, step, parity, place);
    } else {
      emitter.copyStateBytes(sweeps.stack, state, emitter.getRunning(),
                             emitter.getStateOffset(emitter.flip(parity)));
      next = backward(0, step, parity, place);
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

} // namespace

void bptt::emitSweep(Sweeps &sweeps, Operation *op,
                     ImplicitLocOpBuilder &builder, bool rolled) {
  SweepEmitter(sweeps, op, builder).emit(rolled);
}
