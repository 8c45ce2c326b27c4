//===- ChainFile.cpp - Chains of unequal steps as JSON --------------------===//

#include "bptt/Planning/Report/ChainFile.h"

#include "JsonFile.h"

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
  return fail(path.field(key), "expected a 64-bit integer");
}

static bool readModes(const json::Value &value, std::vector<TapeMode> &modes,
                      json::Path path) {
  const json::Array *list = value.getAsArray();
  if (!list || list->empty())
    return fail(path, "expected a list of tape modes");
  for (size_t i = 0; i < list->size(); ++i) {
    const json::Object *object = (*list)[i].getAsObject();
    if (!object || !object->get("bytes"))
      return fail(path.index(i), "expected an object with 'bytes'");
    TapeMode mode;
    if (!hasOnly(*object, {"bytes", "cost"}, path.index(i)) ||
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
  if (!object || !object->get("state_bytes"))
    return fail(path, "expected an object with 'state_bytes'");
  const json::Value *modes = object->get("tape_modes");
  if (!modes == !object->get("residual_bytes"))
    return fail(path, "expected either 'residual_bytes' or 'tape_modes'");
  TapeMode only;
  if (!hasOnly(*object,
               {"state_bytes", "residual_bytes", "tape_modes", "advance_cost",
                "taped_cost", "backward_cost"},
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
  if (!steps || steps->empty())
    return fail(path, "expected an object with a non-empty list 'steps'");
  if (!hasOnly(*object, {"steps"}, path))
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
  Problem problem;
  if (auto e = parseJson(text, fileName, "chain",
                         [&](const json::Value &value, json::Path path) {
                           return readChain(value, problem, path);
                         }))
    return e;
  if (auto e = problem.check())
    return inFile(fileName, std::move(e));
  return problem;
}
