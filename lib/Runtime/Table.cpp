//===- Table.cpp - The actions of a plan as the program reads them --------===//

#include "bptt/Runtime/Table.h"

#include "llvm/Support/MathExtras.h"

using namespace bptt;
using namespace bptt::planning;

namespace {

/// Bytes of the stack; those of the running pair are at kRunningState.
struct Place {
  int64_t offsetBytes = kRunningState;
  int64_t sizeBytes = 0;

  bool overlaps(const Place &other) const {
    return offsetBytes >= 0 && other.offsetBytes >= 0 &&
           offsetBytes < other.offsetBytes + other.sizeBytes &&
           other.offsetBytes < offsetBytes + sizeBytes;
  }
  int64_t column() const {
    return offsetBytes < 0 ? offsetBytes : offsetBytes / kTableUnitBytes;
  }
};

/// Follows the actions, and where the current state lies.
class TableWriter {
public:
  TableWriter(const Problem &problem, int64_t stackOffsetBytes)
      : problem(problem) {
    add(0, 0, stackOffsetBytes / kTableUnitBytes, {}, {});
    rows[3] = rows[4] = 0;
  }

  /// `next` is the action after it, if there is one.
  void write(const Action &action, const Action *next) {
    if (numFirstSweep < 0 && isBackward(action))
      numFirstSweep = numRows() - 1;
    int64_t kind = getTableKind(action.kind, action.tapeMode);
    switch (action.kind) {
    case ActionKind::Advance:
      return evaluate(kind, action, action.endStep, {});
    case ActionKind::Checkpoint:
      return checkpoint(kind, action);
    case ActionKind::Restore:
      current = stateAt(action.beginStep, action.offsetBytes);
      return;
    case ActionKind::RestoreInitial:
      add(kind, 0, 0, {}, {});
      current = {};
      return;
    case ActionKind::TapedForward: {
      Place tape = tapeOf(action);
      if (tape.overlaps(current))
        restoreCurrent(action.beginStep);
      return evaluate(kind, action, tape.column(), tape);
    }
    case ActionKind::TapedForwardInProgress:
      // What it reads has to stay for the backward, which usually follows.
      if (!next || next->kind != ActionKind::BackwardInProgress)
        restoreCurrent(action.beginStep);
      evaluate(kind, action, 0, {});
      hasTarget = true;
      return;
    case ActionKind::Backward:
      other = stateAt(action.beginStep, action.stateOffsetBytes);
      if (action.stateOffsetBytes == kCallersInitialState)
        other.offsetBytes = kCallersState;
      return backward(kind, action, tapeOf(action).column());
    case ActionKind::BackwardInProgress:
      return backward(kind, action, 0);
    }
  }

  bool fits() const { return allFit; }

  std::vector<int32_t> finish() {
    int64_t numActions = numRows() - 1;
    put(0, 0, numFirstSweep < 0 ? numActions : numFirstSweep);
    put(0, 1, numActions);
    return std::move(rows);
  }

private:
  Place stateAt(int64_t step, int64_t offsetBytes) const {
    return {offsetBytes, problem.stateBytesAt(step)};
  }
  Place tapeOf(const Action &action) const {
    const auto &modes = problem.tapeModesAt(action.beginStep);
    return {action.offsetBytes, modes[action.tapeMode].residualBytes};
  }

  void evaluate(int64_t kind, const Action &action, int64_t third, Place tape) {
    add(kind, action.beginStep, third, current, {});
    bool isOneStep = action.endStep == action.beginStep + 1;
    other = isOneStep ? current : Place();
    current = {};
    hasTarget = false;
    written = tape;
  }

  /// The evaluation in front of it writes to the stack, unless it still reads
  /// or writes something else there.
  void checkpoint(int64_t kind, const Action &action) {
    Place place = stateAt(action.beginStep, action.offsetBytes);
    if (!hasTarget && !place.overlaps(other) && !place.overlaps(written)) {
      put(numRows() - 1, 4, place.column());
      current = place;
      hasTarget = true;
      return;
    }
    if (place.overlaps(current))
      restoreCurrent(action.beginStep);
    add(kind, action.beginStep, place.column(), current, {});
    put(numRows() - 1, 4, 0);
    hasTarget = true;
  }

  /// Copies the current state, that of `step`, to the running pair.
  void restoreCurrent(int64_t step) {
    if (current.offsetBytes < 0)
      return;
    add(getTableKind(ActionKind::Restore, 0), step, current.column(), {}, {});
    current = {};
    hasTarget = true;
  }

  void backward(int64_t kind, const Action &action, int64_t tape) {
    add(kind, action.beginStep, tape, other, current);
    current = other.offsetBytes < 0 ? Place() : other;
    hasTarget = true;
  }

  int64_t numRows() const { return int64_t(rows.size()) / kTableColumns; }

  void put(int64_t row, int64_t column, int64_t value) {
    allFit &= llvm::isInt<32>(value);
    rows[row * kTableColumns + column] = static_cast<int32_t>(value);
  }

  void add(int64_t a, int64_t b, int64_t c, Place d, Place e) {
    rows.resize(rows.size() + kTableColumns);
    int64_t row = numRows() - 1, column = 0;
    for (int64_t value : {a, b, c, d.column(), e.column()})
      put(row, column++, value);
  }

  const Problem &problem;
  std::vector<int32_t> rows;
  bool allFit = true;
  int64_t numFirstSweep = -1;
  Place current, other;
  /// Whether the last row's state is where it belongs: it is no evaluation, or
  /// one that writes to the stack already.
  bool hasTarget = true;
  Place written; ///< by the last evaluation besides
};

} // namespace

llvm::Expected<std::vector<int32_t>>
bptt::encodeTable(const Plan &plan, int64_t stackOffsetBytes) {
  TableWriter writer(plan.problem, stackOffsetBytes);
  std::optional<Action> last;
  plan.forEachAction([&](const Action &action) {
    if (last)
      writer.write(*last, &action);
    last = action;
    return writer.fits();
  });
  if (last)
    writer.write(*last, nullptr);
  if (!writer.fits())
    return llvm::createStringError(
        "the plan's table has a number that does not fit in 32 bits");
  return writer.finish();
}
