//===- Action.h - What an executor of a plan does ---------------*- C++ -*-===//
//
// A plan is a sequence of actions over one stack of bytes. The machine that
// runs it has, outside the stack,
//
//   * a pair of running states (cur, other), cur being h_0 at the start,
//   * one tape in progress (the residuals of one step),
//   * the gradient of the state,
//   * the initial state, where the caller holds it.
//
// Nothing is released by an action of its own. Writing an item at an offset
// ends the life of what lies at or above that offset, and a backward of step i
// ends the life of h_j and of the tape of j for every j >= i.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_PLANNING_ACTION_H
#define BPTT_PLANNING_ACTION_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>

namespace bptt::planning {

enum class ActionKind : uint8_t {
  /// Evaluate steps [beginStep, endStep) for their state: cur goes from
  /// h_beginStep to h_endStep, each step from cur into other, then swap.
  Advance,
  /// Copy cur, which is h_beginStep, to the stack at offsetBytes.
  Checkpoint,
  /// cur := h_beginStep, which lies on the stack at offsetBytes.
  Restore,
  /// cur := h_0 as the caller holds it.
  RestoreInitial,
  /// Evaluate step beginStep from cur into other, then swap; its residuals go
  /// to the stack at offsetBytes. Its input state h_beginStep lies at
  /// stateOffsetBytes until the backward of the step.
  TapedForward,
  /// The same with the residuals in the tape in progress; other keeps the
  /// step's input state for the backward that follows.
  TapedForwardInProgress,
  /// Backward of step beginStep: cur is h_{beginStep+1}, the residuals lie at
  /// offsetBytes, h_beginStep at stateOffsetBytes. Leaves h_beginStep in cur
  /// (a copy from stateOffsetBytes).
  Backward,
  /// Backward of step beginStep: cur is h_{beginStep+1}, other h_beginStep, the
  /// residuals are in the tape in progress. Leaves h_beginStep in cur (swap).
  BackwardInProgress,
};
inline constexpr unsigned kNumActionKinds = 8;

/// An offset that means: not on the stack.
inline constexpr int64_t kNoOffset = -1;
/// A stateOffsetBytes that means: the initial state as the caller holds it.
inline constexpr int64_t kCallersInitialState = -1;

struct Action {
  ActionKind kind = ActionKind::Advance;
  /// Which tape mode, for the four actions that concern a tape; 0 otherwise.
  int32_t tapeMode = 0;
  int64_t beginStep = 0;
  /// One past the last step; beginStep where no step is evaluated or undone.
  int64_t endStep = 0;
  int64_t offsetBytes = kNoOffset;
  int64_t stateOffsetBytes = kNoOffset;
};

bool operator==(const Action &a, const Action &b);

/// Whether the action is the backward of a step.
inline bool isBackward(const Action &action) {
  return action.kind == ActionKind::Backward ||
         action.kind == ActionKind::BackwardInProgress;
}

/// Called with one action after the other; returns false to stop.
using ActionVisitor = llvm::function_ref<bool(const Action &)>;

/// `advance`, `checkpoint`, `taped-forward-in-progress`, ...
llvm::StringRef toString(ActionKind kind);
llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const Action &action);

} // namespace bptt::planning

#endif // BPTT_PLANNING_ACTION_H
