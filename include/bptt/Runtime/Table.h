//===- Table.h - The actions of a plan as the compiled program reads them -===//
//
// A table is rows of four 32-bit integers. Row 0 is a header:
//
//   actions of the first sweep | all actions | where the stack begins | 0
//
// Every other row is an action; its kind is the number of a
// planning::ActionKind, plus kNumActionKinds times the tape mode:
//
//   Advance                 kind | begin step | end step     | 0
//   Checkpoint, Restore     kind | step       | 0            | offset
//   RestoreInitial          kind | 0          | 0            | 0
//   TapedForward            kind | step       | 0            | offset
//   TapedForwardInProgress  kind | step       | 0            | 0
//   Backward                kind | step       | state offset | offset
//   BackwardInProgress      kind | step       | 0            | 0
//
// Offsets are in units of kTableUnitBytes from the stack's beginning; a state
// offset of -1 is the caller's initial state. Steps are numbered in the order
// of evaluation. Little more than 16 bytes an action; the table belongs to the
// caller, as do arguments and results, and is not counted in the budget.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_RUNTIME_TABLE_H
#define BPTT_RUNTIME_TABLE_H

#include "bptt/Planning/Plan.h"

#include <cstdint>
#include <vector>

namespace bptt {

constexpr int64_t kTableColumns = 4;
constexpr int64_t kTableUnitBytes = 64;

/// The first column of an action's row.
inline int64_t getTableKind(planning::ActionKind kind, int64_t tapeMode) {
  return static_cast<int64_t>(kind) + planning::kNumActionKinds * tapeMode;
}

/// The table of `plan` with its stack at `stackOffsetBytes`, a multiple of
/// `kTableUnitBytes`, as are all sizes of the plan's problem. Fails if a number
/// does not fit in 32 bits.
llvm::Expected<std::vector<int32_t>> encodeTable(const planning::Plan &plan,
                                                 int64_t stackOffsetBytes);

} // namespace bptt

#endif
