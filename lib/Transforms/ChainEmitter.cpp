//===- ChainEmitter.cpp - The sweeps of a chain ---------------------------===//

#include "ChainEmitter.h"

#include "RecurrenceEmitter.h"
#include "TableReader.h"

#include "bptt/Dialect/BPTT/IR/Chain.h"
#include "bptt/Planning/Action.h"
#include "bptt/Runtime/Table.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace bptt;
using planning::ActionKind;

namespace {

/// Emits one sweep in front of its operation. A state's buffer is known from
/// its number, so that every step's code is fixed but for offsets on the stack.
class ChainEmitter {
public:
  ChainEmitter(Operation *op, ChainForwardOp forward, const ChainSizes &sizes,
               Value fixed, Value stack, Value table,
               ImplicitLocOpBuilder &builder)
      : forward(forward), backward(getBackward(forward)), sizes(sizes),
        fixed(fixed), stack(stack), table(table), builder(builder),
        emitter(op, builder, {}), isFirst(op == forward.getOperation()) {
    int64_t firstOutput = 0;
    for (int64_t numOutputs : sizes.numOutputs) {
      firstOutputs.push_back(firstOutput);
      firstOutput += numOutputs;
    }
  }

  void emit() {
    carry = emitter.adapt(isFirst ? forward.getCarry() : backward.getCarry());
    invariants = emitter.adapt(isFirst ? forward.getInvariants()
                                       : backward.getInvariants());
    if (isFirst) {
      copyAll(carry, viewState(0, getRunning(0)));
    } else {
      size_t numCarries = backward.getCarries().size();
      ValueRange seeds = backward.getCotangents(), outs = backward.getOuts();
      cotangents = emitter.adapt(seeds.drop_front(numCarries));
      copyAll(seeds.take_front(numCarries), getGradient(sizes.numSteps()));
      for (Value accumulator : outs.drop_front(numCarries))
        emitter.fillWithZeros(accumulator);
    }
    table ? emitTableLoop() : emitPlain();
    if (isFirst)
      copyAll(viewState(sizes.numSteps(), getRunning(sizes.numSteps())),
              ValueRange(forward.getOuts()).take_front(carry.size()));
    else
      copyAll(getGradient(0), ValueRange(backward.getOuts())
                                  .take_front(backward.getCarries().size()));
  }

private:
  //===--------------------------------------------------------------------===//
  // Memory
  //===--------------------------------------------------------------------===//

  SmallVector<Value> view(Value bytes, Value offset, const DenseItem &item) {
    return emitter.viewAll(bytes, offset, item.types);
  }
  Place getRunning(int64_t state) {
    return {fixed, emitter.index(sizes.runningOffset(state))};
  }
  SmallVector<Value> viewState(int64_t state, Place place) {
    return view(place.bytes, place.offset, sizes.states[state]);
  }
  SmallVector<Value> getGradient(int64_t state) {
    return view(fixed, emitter.index(sizes.gradientOffset(state)),
                sizes.gradients[state]);
  }

  /// The cells' memory: `taken` bytes above the beginning of the scratch.
  Value getWorkspace(int64_t taken) {
    auto type =
        MemRefType::get({sizes.scratchBytes() - taken}, builder.getI8Type());
    Value bytes = memref::ViewOp::create(
        builder, type, fixed, emitter.index(sizes.scratchOffset() + taken),
        ValueRange());
    auto dynamic = MemRefType::get({ShapedType::kDynamic}, builder.getI8Type());
    return memref::CastOp::create(builder, dynamic, bytes);
  }

  /// Where a tape lies, and the memory of the cells that work on it.
  struct TapePlace {
    SmallVector<Value> residuals;
    Value workspace;
  };
  TapePlace getInProgress(int64_t step) {
    return {view(fixed, emitter.index(sizes.scratchOffset()),
                 sizes.residuals[step].front()),
            getWorkspace(sizes.largestResidualBytes)};
  }
  TapePlace getOnStack(int64_t step, unsigned mode, Value offset) {
    return {view(stack, offset, sizes.residuals[step][mode]), getWorkspace(0)};
  }

  void copyAll(ValueRange from, ValueRange to) {
    for (auto [source, target] : llvm::zip_equal(from, to))
      emitter.copy(source, target);
  }

  //===--------------------------------------------------------------------===//
  // Steps
  //===--------------------------------------------------------------------===//

  /// Where the states before and after a step lie.
  struct StatePlaces {
    Place input, result;
  };

  void evaluate(int64_t step, Attribute cell, StatePlaces states,
                ValueRange residuals, Value workspace) {
    SmallVector<Value> arguments{emitter.index(forward.getIndices()[step])};
    llvm::append_range(arguments, viewState(step, states.input));
    for (int64_t use : getUses(forward.getUses(), step))
      arguments.push_back(invariants[use]);
    llvm::append_range(arguments, viewState(step + 1, states.result));
    if (isFirst)
      llvm::append_range(arguments,
                         ValueRange(forward.getOuts())
                             .slice(carry.size() + firstOutputs[step],
                                    sizes.numOutputs[step]));
    llvm::append_range(arguments, residuals);
    emitter.call(cast<FlatSymbolRefAttr>(cell).getValue(), arguments,
                 workspace);
  }

  void advance(int64_t step, StatePlaces states) {
    ArrayAttr cells = isFirst ? forward.getCells() : backward.getAdvance();
    evaluate(step, cells[step], states, {}, getWorkspace(0));
  }
  void tape(int64_t step, unsigned mode, StatePlaces states,
            const TapePlace &place) {
    evaluate(step,
             isFirst ? forward.getTapedIn(step, mode)
                     : backward.getTapedIn(step, mode),
             states, place.residuals, place.workspace);
  }

  void undo(int64_t step, unsigned mode, StatePlaces states,
            const TapePlace &place) {
    SmallVector<Value> arguments{emitter.index(forward.getIndices()[step])};
    llvm::append_range(arguments, place.residuals);
    llvm::append_range(arguments, viewState(step, states.input));
    llvm::append_range(arguments, viewState(step + 1, states.result));
    ArrayRef<int64_t> uses = getUses(forward.getUses(), step);
    for (int64_t use : uses)
      arguments.push_back(invariants[use]);
    llvm::append_range(arguments, getGradient(step + 1));
    for (auto [cotangent, output] :
         llvm::zip_equal(cotangents, backward.getOutputs()))
      if (output >= firstOutputs[step] &&
          output < firstOutputs[step] + sizes.numOutputs[step])
        arguments.push_back(cotangent);
    ValueRange accumulators =
        ValueRange(backward.getOuts()).drop_front(backward.getCarries().size());
    for (int64_t use : uses)
      for (auto [accumulator, position] :
           llvm::zip_equal(accumulators, backward.getWrt()))
        if (position == use)
          arguments.push_back(accumulator);
    llvm::append_range(arguments, getGradient(step));
    emitter.call(backward.getAdjointIn(step, mode).getValue(), arguments,
                 place.workspace);
  }

  //===--------------------------------------------------------------------===//
  // Plain BPTT
  //===--------------------------------------------------------------------===//

  void emitPlain() {
    SmallVector<int64_t> offsets{0};
    for (int64_t step = 0; step < sizes.numSteps(); ++step)
      offsets.push_back(offsets.back() + sizes.states[step].bytes +
                        sizes.residuals[step].front().bytes);
    // The first state is the caller's, and the last one stays where it is.
    auto getState = [&](int64_t state) {
      bool isInside = state > 0 && state < sizes.numSteps();
      return isInside ? Place{stack, emitter.index(offsets[state])}
                      : getRunning(state);
    };
    for (int64_t i = 0; i < sizes.numSteps(); ++i) {
      int64_t step = isFirst ? i : sizes.numSteps() - 1 - i;
      StatePlaces states{getState(step), getState(step + 1)};
      TapePlace place =
          getOnStack(step, /*mode=*/0,
                     emitter.index(offsets[step] + sizes.states[step].bytes));
      if (isFirst) {
        tape(step, /*mode=*/0, states, place);
        continue;
      }
      if (step == 0)
        copyAll(carry, viewState(0, states.input));
      undo(step, /*mode=*/0, states, place);
    }
  }

  //===--------------------------------------------------------------------===//
  // The actions of a table
  //===--------------------------------------------------------------------===//

  /// Code for the one of several cases that `selector` is.
  void emitSwitch(Value selector, ArrayRef<int64_t> cases,
                  llvm::function_ref<void(size_t)> emitCase) {
    auto dispatch = scf::IndexSwitchOp::create(builder, TypeRange(), selector,
                                               cases, cases.size());
    for (auto [index, region] : llvm::enumerate(dispatch.getCaseRegions())) {
      builder.setInsertionPointToStart(&region.emplaceBlock());
      emitCase(index);
      scf::YieldOp::create(builder);
    }
    builder.setInsertionPointToStart(
        &dispatch.getDefaultRegion().emplaceBlock());
    scf::YieldOp::create(builder);
    builder.setInsertionPointAfter(dispatch);
  }

  /// Code for the one of the steps with `mode` that `selector` is.
  void emitForStep(Value selector, unsigned mode,
                   llvm::function_ref<void(int64_t)> emitStep) {
    SmallVector<int64_t> steps;
    for (int64_t step = 0; step < sizes.numSteps(); ++step)
      if (mode < sizes.residuals[step].size())
        steps.push_back(step);
    emitSwitch(selector, steps, [&](size_t index) { emitStep(steps[index]); });
  }

  /// What a row's first column selects: an action, and for those that concern a
  /// tape its mode.
  struct Case {
    ActionKind kind;
    unsigned mode;
  };

  SmallVector<Case> getCases() {
    SmallVector<Case> cases{{ActionKind::Advance, 0},
                            {ActionKind::Checkpoint, 0},
                            {ActionKind::TapedForwardInProgress, 0}};
    if (!isFirst)
      cases.append({{ActionKind::Restore, 0},
                    {ActionKind::RestoreInitial, 0},
                    {ActionKind::BackwardInProgress, 0}});
    size_t numModes = 0;
    for (const auto &modes : sizes.residuals)
      numModes = std::max(numModes, modes.size());
    for (unsigned mode = 0; mode < numModes; ++mode) {
      cases.push_back({ActionKind::TapedForward, mode});
      if (!isFirst)
        cases.push_back({ActionKind::Backward, mode});
    }
    return cases;
  }

  void emitTableLoop() {
    auto [begin, end] = TableReader(builder, table).getRows(isFirst);
    auto loop = scf::ForOp::create(builder, begin, end, emitter.index(1));
    builder.setInsertionPointToStart(loop.getBody());
    SmallVector<Case> cases = getCases();
    auto labels = llvm::map_to_vector(cases, [](const Case &each) {
      return getTableKind(each.kind, each.mode);
    });
    Value row = loop.getInductionVar();
    emitSwitch(load(row, 0), labels,
               [&](size_t index) { emitAction(cases[index], row); });
    builder.setInsertionPointAfter(loop);
  }

  Value load(Value row, int64_t column) {
    return TableReader(builder, table).load(row, column);
  }

  void emitAction(Case selected, Value row) {
    ActionKind kind = selected.kind;
    if (kind == ActionKind::RestoreInitial)
      return copyAll(carry, viewState(0, getRunning(0)));
    if (kind == ActionKind::Advance)
      return emitAdvances(row);
    RowValues values{load(row, 2), load(row, 3), load(row, 4)};
    emitForStep(load(row, 1), selected.mode,
                [&](int64_t each) { emitStepAction(selected, each, values); });
  }

  /// The first step reads, and the last one writes where the row says.
  void emitAdvances(Value row) {
    Value begin = load(row, 1), end = load(row, 2);
    Value from = load(row, 3), to = load(row, 4);
    Value last = arith::SubIOp::create(builder, end, emitter.index(1));
    auto loop = scf::ForOp::create(builder, begin, end, emitter.index(1));
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value step = loop.getInductionVar();
    TableReader reader(builder, table);
    Value input = reader.onlyAt(step, begin, from);
    Value result = reader.onlyAt(step, last, to);
    emitForStep(step, /*mode=*/0, [&](int64_t each) {
      advance(each, getStates(each, input, result));
    });
  }

  /// Columns of a row.
  struct RowValues {
    Value offset, input, result;
  };

  Place getState(int64_t state, Value units) {
    return TableReader(builder, table)
        .getState(units, stack, getRunning(state));
  }
  StatePlaces getStates(int64_t step, Value input, Value result) {
    return {getState(step, input), getState(step + 1, result)};
  }

  void emitStepAction(Case selected, int64_t step, RowValues row) {
    unsigned mode = selected.mode;
    auto offset = [&] {
      return TableReader(builder, table).getStackOffset(row.offset);
    };
    auto kept = [&] { return viewState(step, {stack, offset()}); };
    auto states = [&] { return getStates(step, row.input, row.result); };
    switch (selected.kind) {
    case ActionKind::Checkpoint:
      return copyAll(viewState(step, getState(step, row.input)), kept());
    case ActionKind::Restore:
      return copyAll(kept(), viewState(step, getRunning(step)));
    case ActionKind::TapedForward:
      return tape(step, mode, states(), getOnStack(step, mode, offset()));
    case ActionKind::TapedForwardInProgress:
      return tape(step, mode, states(), getInProgress(step));
    case ActionKind::Backward:
      // The first state is the caller's.
      if (step == 0)
        copyAll(carry, viewState(0, getRunning(0)));
      emitter.prefetch(getState(step, row.input), sizes.states[step].bytes);
      return undo(step, mode, states(), getOnStack(step, mode, offset()));
    case ActionKind::BackwardInProgress:
      return undo(step, mode, states(), getInProgress(step));
    case ActionKind::Advance:
    case ActionKind::RestoreInitial:
      break;
    }
    llvm_unreachable("not an action of one step");
  }

  ChainForwardOp forward;
  ChainBackwardOp backward;
  const ChainSizes &sizes;
  Value fixed, stack, table;
  ImplicitLocOpBuilder &builder;
  RecurrenceEmitter emitter;
  bool isFirst;
  SmallVector<int64_t> firstOutputs; // of each step, among all outputs
  SmallVector<Value> carry, invariants, cotangents;
};

} // namespace

void bptt::expandChain(ChainForwardOp forward, Value stack, Value table) {
  ChainBackwardOp backward = getBackward(forward);
  ChainSizes sizes = getChainSizes(forward);
  ImplicitLocOpBuilder builder(forward.getLoc(), forward);
  Value fixed = allocateBytes(builder, sizes.fixedBytes());
  ChainEmitter(forward, forward, sizes, fixed, stack, table, builder).emit();
  builder.setLoc(backward.getLoc());
  ChainEmitter(backward, forward, sizes, fixed, stack, table, builder).emit();
  backward.erase();
  forward.erase();
}
