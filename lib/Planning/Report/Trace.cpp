//===- Trace.cpp - A schedule as a Chrome/Perfetto trace ------------------===//

#include "bptt/Planning/Report/Report.h"

#include "StackTracker.h"

#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/JSON.h"

using namespace bptt::planning;

namespace {
struct Lane {
  int64_t id; ///< 0 for actions that take no time
  llvm::StringRef name;
};
} // namespace

static Lane laneOf(ActionKind kind) {
  switch (kind) {
  case ActionKind::Advance:
    return {1, "advance"};
  case ActionKind::TapedForward:
  case ActionKind::TapedForwardInProgress:
    return {2, "taped forward"};
  case ActionKind::Backward:
  case ActionKind::BackwardInProgress:
    return {3, "backward"};
  case ActionKind::Checkpoint:
  case ActionKind::Restore:
  case ActionKind::RestoreInitial:
    return {0, ""};
  }
  llvm_unreachable("not an action");
}

static void writeLaneNames(llvm::json::OStream &json) {
  for (ActionKind kind :
       {ActionKind::Advance, ActionKind::TapedForward, ActionKind::Backward}) {
    Lane lane = laneOf(kind);
    json.object([&] {
      json.attribute("name", "thread_name");
      json.attribute("ph", "M");
      json.attribute("pid", 1);
      json.attribute("tid", lane.id);
      json.attributeObject("args", [&] { json.attribute("name", lane.name); });
    });
  }
}

static void writeSlice(llvm::json::OStream &json, const Action &action,
                       int64_t begin, int64_t end) {
  json.object([&] {
    std::string name;
    llvm::raw_string_ostream(name) << action;
    json.attribute("name", name);
    json.attribute("cat", toString(action.kind));
    json.attribute("ph", "X");
    json.attribute("ts", begin);
    json.attribute("dur", end - begin);
    json.attribute("pid", 1);
    json.attribute("tid", laneOf(action.kind).id);
  });
}

static void writeCounter(llvm::json::OStream &json, int64_t at, int64_t bytes) {
  json.object([&] {
    json.attribute("name", "kept bytes");
    json.attribute("ph", "C");
    json.attribute("ts", at);
    json.attribute("pid", 1);
    json.attributeObject("args", [&] { json.attribute("bytes", bytes); });
  });
}

void bptt::planning::writeTrace(llvm::raw_ostream &os, const Plan &plan) {
  llvm::json::OStream json(os);
  json.object([&] {
    json.attribute("displayTimeUnit", "ms");
    json.attributeArray("traceEvents", [&] {
      writeLaneNames(json);
      StackTracker tracker(plan.problem);
      writeCounter(json, 0, 0);
      plan.forEachAction([&](const Action &action) {
        int64_t begin = tracker.cost(), kept = tracker.keptBytes();
        tracker.apply(action);
        if (laneOf(action.kind).id != 0)
          writeSlice(json, action, begin, tracker.cost());
        if (tracker.keptBytes() != kept)
          writeCounter(json, tracker.cost(), tracker.keptBytes());
        return true;
      });
    });
  });
  os << '\n';
}
