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
      emitter.copyCarryTo(emitter.getRunning(emitter.index(0)));
    } else {
      emitter.setOperands(sweeps.backward);
      startGradients();
    }
    Value parity = rolled ? emitTableLoop() : emitPlainLoop();
    if (isFirst)
      emitter.copyState(emitter.viewState(emitter.getRunning(parity)),
                        ValueRange(sweeps.forward.getOuts())
                            .take_front(sweeps.sizes.carries.size()));
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
    auto offset = [&] { return getStackOffset(loadTable(row, 2)); };
    auto tape = [&] {
      return TapePlace{sweeps.stack, offset(), getWorkspace(0)};
    };
    Place current = emitter.getRunning(parity);
    Place other = emitter.getRunning(emitter.flip(parity));
    auto place = [&](int64_t column, Place running) {
      return getState(loadTable(row, column), running);
    };
    Value step = loadTable(row, 1);
    switch (selected.kind) {
    case ActionKind::Advance:
      return advance(row, parity);
    case ActionKind::Checkpoint:
      emitter.copyState(emitter.viewState(place(3, current)),
                        emitter.viewState({sweeps.stack, offset()}));
      return parity;
    case ActionKind::Restore:
      emitter.copyState(emitter.viewState({sweeps.stack, offset()}),
                        emitter.viewState(current));
      return parity;
    case ActionKind::RestoreInitial:
      emitter.copyCarryTo(current);
      return parity;
    case ActionKind::TapedForward:
      taped(selected.mode, step, place(3, current), place(4, other), tape());
      return emitter.flip(parity);
    case ActionKind::TapedForwardInProgress:
      taped(selected.mode, step, place(3, current), place(4, other),
            getInProgress());
      return emitter.flip(parity);
    case ActionKind::Backward:
      fetchInitialStateIf(
          isEqual(loadTable(row, 3), emitter.index(kCallersState)), other);
      emitter.prefetch(place(3, other), sweeps.sizes.stateBytes);
      backward(selected.mode, step, place(3, other), place(4, current), tape());
      return emitter.flip(parity);
    case ActionKind::BackwardInProgress:
      backward(selected.mode, step, place(3, other), place(4, current),
               getInProgress());
      return emitter.flip(parity);
    }
    llvm_unreachable("unknown action");
  }

  Place getState(Value units, Place running) {
    return TableReader(builder, sweeps.table)
        .getState(units, sweeps.stack, running);
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

  /// The first step reads, and the last one writes where the row says.
  Value advance(Value row, Value parity) {
    Value begin = loadTable(row, 1), end = loadTable(row, 2);
    Value from = loadTable(row, 3), to = loadTable(row, 4);
    Value last = arith::SubIOp::create(builder, end, emitter.index(1));
    auto loop = scf::ForOp::create(builder, begin, end, emitter.index(1),
                                   ValueRange{parity});
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value step = loop.getInductionVar(), current = loop.getRegionIterArg(0);
    Value next = emitter.flip(current);
    TableReader reader(builder, sweeps.table);
    emitter.callPrimal(
        isFirst ? sweeps.forward.getCell() : sweeps.backward.getAdvance(), step,
        getState(reader.onlyAt(step, begin, from), emitter.getRunning(current)),
        getState(reader.onlyAt(step, last, to), emitter.getRunning(next)),
        getOutputs(), {}, getWorkspace(0));
    scf::YieldOp::create(builder, next);
    return loop.getResult(0);
  }

  Value isEqual(Value a, Value b) {
    return arith::CmpIOp::create(builder, arith::CmpIPredicate::eq, a, b);
  }

  ValueRange getOutputs() {
    return isFirst ? ValueRange(sweeps.forward.getOuts())
                         .drop_front(sweeps.sizes.carries.size())
                   : ValueRange();
  }

  void taped(unsigned mode, Value step, Place from, Place to, TapePlace tape) {
    SmallVector<Value> residuals = emitter.viewAll(
        tape.bytes, tape.offset, sweeps.sizes.modes[mode].residuals);
    FlatSymbolRefAttr cell = isFirst ? sweeps.forward.getTapedIn(mode)
                                     : sweeps.backward.getTapedIn(mode);
    emitter.callPrimal(cell.getValue(), step, from, to, getOutputs(), residuals,
                       tape.workspace);
  }

  void backward(unsigned mode, Value step, Place input, Place result,
                TapePlace tape) {
    SmallVector<Value> residuals = emitter.viewAll(
        tape.bytes, tape.offset, sweeps.sizes.modes[mode].residuals);
    emitter.callAdjoint(sweeps.backward, mode, step, input, result, residuals,
                        tape.workspace);
  }

  void fetchInitialStateIf(Value condition, Place place) {
    auto choice = scf::IfOp::create(builder, condition);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(choice.thenBlock());
    emitter.copyCarryTo(place);
  }

  /// Plain BPTT, in the first tape mode: step i keeps its input state and its
  /// residuals at i times their size. The first state is the caller's, and the
  /// last one stays in the running pair.
  Value emitPlainLoop() {
    Value zero = emitter.index(0), one = emitter.index(1);
    Value start = isFirst ? zero : finalParityOfFirst();
    Value last = arith::SubIOp::create(builder, emitter.operands.numSteps, one);
    auto loop = scf::ForOp::create(builder, zero, emitter.operands.numSteps,
                                   one, ValueRange{start});
    builder.setInsertionPointToStart(loop.getBody());
    Value step = loop.getInductionVar(), parity = loop.getRegionIterArg(0);
    if (!isFirst)
      step = arith::SubIOp::create(builder, last, step);
    Value tapeBytes = emitter.index(sweeps.sizes.stateBytes +
                                    sweeps.sizes.modes.front().residualBytes);
    Value begin = arith::MulIOp::create(builder, step, tapeBytes);
    Place input{sweeps.stack, begin};
    Place result{sweeps.stack,
                 arith::AddIOp::create(builder, begin, tapeBytes)};
    Value tape = arith::AddIOp::create(builder, begin,
                                       emitter.index(sweeps.sizes.stateBytes));
    TapePlace place{sweeps.stack, tape, getWorkspace(0)};
    Value isFirstStep = isEqual(step, zero), isLastStep = isEqual(step, last);
    Place current = emitter.getRunning(parity);
    Value next = emitter.flip(parity);
    Place other = emitter.getRunning(next);
    if (isFirst) {
      taped(0, step, choose(builder, isFirstStep, current, input),
            choose(builder, isLastStep, other, result), place);
    } else {
      fetchInitialStateIf(isFirstStep, other);
      emitter.prefetch(input, sweeps.sizes.stateBytes);
      backward(0, step, choose(builder, isFirstStep, other, input),
               choose(builder, isLastStep, current, result), place);
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
