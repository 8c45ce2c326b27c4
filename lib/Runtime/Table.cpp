//===- Table.cpp - The actions of a plan as the program reads them --------===//

#include "bptt/Runtime/Table.h"

#include "llvm/Support/MathExtras.h"

using namespace bptt;
using namespace bptt::planning;

namespace {
/// Gathers rows and remembers whether a number was too large.
struct TableWriter {
  std::vector<int32_t> rows;
  bool fits = true;

  void add(int64_t a, int64_t b, int64_t c, int64_t d) {
    for (int64_t value : {a, b, c, d}) {
      fits &= llvm::isInt<32>(value);
      rows.push_back(static_cast<int32_t>(value));
    }
  }
};

int64_t toUnits(int64_t offsetBytes) {
  return offsetBytes < 0 ? -1 : offsetBytes / kTableUnitBytes;
}
} // namespace

llvm::Expected<std::vector<int32_t>>
bptt::encodeTable(const Plan &plan, int64_t stackOffsetBytes) {
  TableWriter writer;
  writer.add(0, 0, toUnits(stackOffsetBytes), 0);
  int64_t numFirstSweep = -1, numActions = 0;
  plan.forEachAction([&](const Action &action) {
    if (numFirstSweep < 0 && isBackward(action))
      numFirstSweep = numActions;
    ++numActions;
    int64_t kind = getTableKind(action.kind, action.tapeMode);
    switch (action.kind) {
    case ActionKind::Advance:
      writer.add(kind, action.beginStep, action.endStep, 0);
      break;
    case ActionKind::Backward:
      writer.add(kind, action.beginStep, toUnits(action.stateOffsetBytes),
                 toUnits(action.offsetBytes));
      break;
    case ActionKind::RestoreInitial:
      writer.add(kind, 0, 0, 0);
      break;
    case ActionKind::Checkpoint:
    case ActionKind::Restore:
    case ActionKind::TapedForward:
    case ActionKind::TapedForwardInProgress:
    case ActionKind::BackwardInProgress:
      writer.add(kind, action.beginStep, 0, toUnits(action.offsetBytes));
      break;
    }
    return writer.fits;
  });
  if (writer.fits) {
    std::vector<int32_t> header;
    std::swap(header, writer.rows);
    writer.add(numFirstSweep < 0 ? numActions : numFirstSweep, numActions,
               toUnits(stackOffsetBytes), 0);
    std::copy(writer.rows.begin(), writer.rows.end(), header.begin());
    std::swap(header, writer.rows);
  }
  if (!writer.fits)
    return llvm::createStringError(
        "the plan's table has a number that does not fit in 32 bits");
  return std::move(writer.rows);
}
