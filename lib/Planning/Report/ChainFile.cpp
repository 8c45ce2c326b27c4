//===- ChainFile.cpp - Chains of unequal steps as JSON --------------------===//

#include "bptt/Planning/Report/ChainFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/JSON.h"

using namespace bptt::planning;
namespace json = llvm::json;

/// Reads an optional integer; absent leaves the default.
static bool readInteger(const json::Object &object, llvm::StringRef key,
                        int64_t &value, json::Path path) {
  const json::Value *field = object.get(key);
  if (!field)
    return true;
  if (std::optional<int64_t> integer = field->getAsInteger()) {
    value = *integer;
    return true;
  }
  path.field(key).report("expected a 64-bit integer");
  return false;
}

static bool refuseOthers(const json::Object &object,
                         llvm::ArrayRef<llvm::StringRef> known,
                         json::Path path) {
  std::vector<llvm::StringRef> unknown;
  for (const auto &[key, value] : object)
    if (!llvm::is_contained(known, llvm::StringRef(key)))
      unknown.push_back(key);
  if (unknown.empty())
    return true;
  // Hash tables have no order; the message has.
  llvm::sort(unknown);
  path.field(unknown.front()).report("unknown key");
  return false;
}

static bool readModes(const json::Value &value, std::vector<TapeMode> &modes,
                      json::Path path) {
  const json::Array *list = value.getAsArray();
  if (!list || list->empty()) {
    path.report("expected a list of tape modes");
    return false;
  }
  for (size_t i = 0; i < list->size(); ++i) {
    const json::Object *object = (*list)[i].getAsObject();
    if (!object || !object->get("bytes")) {
      path.index(i).report("expected an object with 'bytes'");
      return false;
    }
    TapeMode mode;
    if (!refuseOthers(*object, {"bytes", "cost"}, path.index(i)) ||
        !readInteger(*object, "bytes", mode.residualBytes, path.index(i)) ||
        !readInteger(*object, "cost", mode.extraBackwardCost, path.index(i)))
      return false;
    modes.push_back(mode);
  }
  return true;
}

static bool readStep(const json::Value &value, ChainStep &step,
                     json::Path path) {
  const json::Object *object = value.getAsObject();
  if (!object || !object->get("state_bytes")) {
    path.report("expected an object with 'state_bytes'");
    return false;
  }
  const json::Value *modes = object->get("tape_modes");
  if (!modes == !object->get("residual_bytes")) {
    path.report("expected either 'residual_bytes' or 'tape_modes'");
    return false;
  }
  TapeMode only;
  if (!refuseOthers(*object,
                    {"state_bytes", "residual_bytes", "tape_modes",
                     "advance_cost", "taped_cost", "backward_cost"},
                    path) ||
      !readInteger(*object, "state_bytes", step.stateBytes, path) ||
      !readInteger(*object, "residual_bytes", only.residualBytes, path) ||
      !readInteger(*object, "advance_cost", step.costs.advance, path) ||
      !readInteger(*object, "taped_cost", step.costs.taped, path) ||
      !readInteger(*object, "backward_cost", step.costs.backward, path))
    return false;
  if (modes)
    return readModes(*modes, step.tapeModes, path.field("tape_modes"));
  step.tapeModes = {only};
  return true;
}

static bool readChain(const json::Value &value, Problem &problem,
                      json::Path path) {
  const json::Object *object = value.getAsObject();
  const json::Array *steps = object ? object->getArray("steps") : nullptr;
  if (!steps || steps->empty()) {
    path.report("expected an object with a non-empty list 'steps'");
    return false;
  }
  if (!refuseOthers(*object, {"steps"}, path))
    return false;
  for (size_t i = 0; i < steps->size(); ++i) {
    ChainStep step;
    if (!readStep((*steps)[i], step, path.field("steps").index(i)))
      return false;
    problem.chain.push_back(std::move(step));
  }
  problem.numSteps = problem.chain.size();
  return true;
}

llvm::Expected<Problem> bptt::planning::parseChain(llvm::StringRef text,
                                                   llvm::StringRef fileName) {
  auto inFile = [&](llvm::Error error) {
    return llvm::createStringError(fileName + ": " +
                                   llvm::toString(std::move(error)));
  };
  llvm::Expected<json::Value> value = json::parse(text);
  if (!value)
    return inFile(value.takeError());
  Problem problem;
  json::Path::Root root("chain");
  if (!readChain(*value, problem, root))
    return inFile(root.getError());
  if (auto e = problem.check())
    return inFile(std::move(e));
  return problem;
}
