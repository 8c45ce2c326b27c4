//===- Action.cpp - Printing and comparing actions ------------------------===//

#include "bptt/Planning/Action.h"

#include "llvm/Support/ErrorHandling.h"

using namespace bptt::planning;

bool bptt::planning::operator==(const Action &a, const Action &b) {
  return a.kind == b.kind && a.tapeMode == b.tapeMode &&
         a.beginStep == b.beginStep && a.endStep == b.endStep &&
         a.offsetBytes == b.offsetBytes &&
         a.stateOffsetBytes == b.stateOffsetBytes;
}

llvm::StringRef bptt::planning::toString(ActionKind kind) {
  switch (kind) {
  case ActionKind::Advance:
    return "advance";
  case ActionKind::Checkpoint:
    return "checkpoint";
  case ActionKind::Restore:
    return "restore";
  case ActionKind::RestoreInitial:
    return "restore-initial";
  case ActionKind::TapedForward:
    return "taped-forward";
  case ActionKind::TapedForwardInProgress:
    return "taped-forward-in-progress";
  case ActionKind::Backward:
    return "backward";
  case ActionKind::BackwardInProgress:
    return "backward-in-progress";
  }
  llvm_unreachable("not an action");
}

static void printStateOffset(llvm::raw_ostream &os, int64_t offsetBytes) {
  if (offsetBytes == kCallersInitialState)
    os << " state initial";
  else
    os << " state @" << offsetBytes;
}

llvm::raw_ostream &bptt::planning::operator<<(llvm::raw_ostream &os,
                                              const Action &action) {
  os << toString(action.kind);
  switch (action.kind) {
  case ActionKind::Advance:
    return os << ' ' << action.beginStep << ".." << action.endStep;
  case ActionKind::Checkpoint:
  case ActionKind::Restore:
    return os << ' ' << action.beginStep << " @" << action.offsetBytes;
  case ActionKind::RestoreInitial:
    return os;
  case ActionKind::TapedForward:
  case ActionKind::Backward:
    os << ' ' << action.beginStep << " @" << action.offsetBytes;
    printStateOffset(os, action.stateOffsetBytes);
    break;
  case ActionKind::TapedForwardInProgress:
  case ActionKind::BackwardInProgress:
    os << ' ' << action.beginStep;
    break;
  }
  if (action.tapeMode != 0)
    os << " mode " << action.tapeMode;
  return os;
}
