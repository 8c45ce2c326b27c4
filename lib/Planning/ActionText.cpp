//===- ActionText.cpp - Reading actions as they are printed ---------------===//

#include "bptt/Planning/ActionText.h"

#include "llvm/ADT/Twine.h"

using namespace bptt::planning;
using llvm::StringRef;

namespace {

/// Consumes one action from the front of its text.
class Reader {
public:
  explicit Reader(StringRef text) : text(text), rest(text) {}

  llvm::Expected<Action> read() {
    Action action;
    if (!readKind(action.kind))
      return fail("the name of an action");
    switch (action.kind) {
    case ActionKind::RestoreInitial:
      break;
    case ActionKind::Advance:
      if (!readStep(action) || !rest.consume_front("..") ||
          !readNumber(action.endStep))
        return fail("the steps, as in 0..3");
      break;
    case ActionKind::Checkpoint:
    case ActionKind::Restore:
      if (!readStep(action) || !readOffset(action.offsetBytes))
        return fail("a step and an offset, as in 3 @16");
      break;
    case ActionKind::TapedForward:
    case ActionKind::Backward:
      if (!readStep(action) || !readOffset(action.offsetBytes) ||
          !readStateOffset(action.stateOffsetBytes) || !readMode(action))
        return fail("a step, an offset and that of its state, as in 3 @16 "
                    "state @0 or 0 @0 state initial");
      break;
    case ActionKind::TapedForwardInProgress:
    case ActionKind::BackwardInProgress:
      if (!readStep(action) || !readMode(action))
        return fail("a step, as in 3");
      break;
    }
    if (!rest.empty())
      return fail("nothing more");
    return action;
  }

private:
  llvm::Error fail(const llvm::Twine &expected) {
    return llvm::createStringError("'" + text +
                                   "' is not an action: expected " + expected +
                                   " at '" + rest + "'");
  }

  bool readKind(ActionKind &kind) {
    StringRef name = rest.take_until([](char c) { return c == ' '; });
    for (unsigned i = 0; i < kNumActionKinds; ++i)
      if (toString(static_cast<ActionKind>(i)) == name) {
        kind = static_cast<ActionKind>(i);
        rest = rest.drop_front(name.size());
        return true;
      }
    return false;
  }
  bool readNumber(int64_t &number) {
    return !rest.consumeInteger(10, number) && number >= 0;
  }
  /// Leaves endStep as actions that evaluate no range have it.
  bool readStep(Action &action) {
    if (!rest.consume_front(" ") || !readNumber(action.beginStep))
      return false;
    bool isOneStep = action.kind != ActionKind::Checkpoint &&
                     action.kind != ActionKind::Restore;
    action.endStep = action.beginStep + isOneStep;
    return true;
  }
  bool readOffset(int64_t &offsetBytes) {
    return rest.consume_front(" @") && readNumber(offsetBytes);
  }
  bool readStateOffset(int64_t &offsetBytes) {
    if (!rest.consume_front(" state"))
      return false;
    if (!rest.consume_front(" initial"))
      return readOffset(offsetBytes);
    offsetBytes = kCallersInitialState;
    return true;
  }
  bool readMode(Action &action) {
    return !rest.consume_front(" mode ") ||
           !rest.consumeInteger(10, action.tapeMode);
  }

  StringRef text, rest;
};

} // namespace

llvm::Expected<Action> bptt::planning::parseAction(StringRef text) {
  return Reader(text).read();
}
