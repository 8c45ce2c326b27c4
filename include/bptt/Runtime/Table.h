//===- Table.h - The actions of a plan as the compiled program reads them -===//
//
// A table is rows of five 32-bit integers. Row 0 is a header:
//
//   actions of the first sweep | all | where the stack begins | 0 | 0
//
// Every other row is an action; its kind is the number of a
// planning::ActionKind, plus kNumActionKinds times the tape mode:
//
//   Advance                 kind | begin step | end step | from  | to
//   Checkpoint              kind | step       | offset   | from  | 0
//   Restore                 kind | step       | offset   | 0     | 0
//   RestoreInitial          kind | 0          | 0        | 0     | 0
//   TapedForward            kind | step       | offset   | from  | to
//   TapedForwardInProgress  kind | step       | 0        | from  | to
//   Backward                kind | step       | offset   | input | result
//   BackwardInProgress      kind | step       | 0        | input | result
//
// A plan's machine copies states to the stack and from there. A program does
// with fewer copies, which are so much memory traffic and, on a GPU, launches:
// steps read and write states where they lie. `from` and `to` say where the
// first step of an action reads its state and where the last one writes it,
// `input` and `result` where a backward finds both states of its step:
//
//   kRunningState    in the pair of running states: `from` and `result` are the
//                    current one, `to` and `input` the other
//   kCallersState    the caller's initial state, of `input` alone; it goes to
//                    the other of the pair
//   otherwise        at that offset on the stack
//
// Every evaluation and every backward of a step swaps the pair, whether it is
// used or not. What is left of Checkpoint and Restore are copies.
//
// Offsets are in units of kTableUnitBytes from the stack's beginning. Steps are
// numbered in the order of evaluation. Some 20 bytes an action; the table
// belongs to the caller, as do arguments and results, and is not counted in the
// budget.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_RUNTIME_TABLE_H
#define BPTT_RUNTIME_TABLE_H

#include "bptt/Planning/Plan.h"

#include <cstdint>
#include <vector>

namespace bptt {

constexpr int64_t kTableColumns = 5;
constexpr int64_t kTableUnitBytes = 64;
constexpr int64_t kRunningState = -1;
constexpr int64_t kCallersState = -2;

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
