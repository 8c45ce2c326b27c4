//===- CostsFile.cpp - Measured costs of cells ----------------------------===//

#include "bptt/Transforms/CostsFile.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace bptt;
using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::StringRef;
using llvm::Twine;
using planning::StepCosts;

static llvm::Error malformed(StringRef path, const Twine &why) {
  return llvm::createStringError("costs file '" + path + "': " + why);
}

llvm::Expected<SmallVector<StepCosts>> bptt::readCosts(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer)
    return malformed(path, buffer.getError().message());
  llvm::Expected<llvm::json::Value> json =
      llvm::json::parse((*buffer)->getBuffer());
  if (!json)
    return malformed(path, llvm::toString(json.takeError()));
  const llvm::json::Object *object = json->getAsObject();
  const llvm::json::Array *entries =
      object ? object->getArray("recurrences") : nullptr;
  if (!entries || object->getString("unit") != "ns")
    return malformed(path,
                     "expected \"unit\": \"ns\" and an array \"recurrences\"");
  SmallVector<StepCosts> costs;
  for (const llvm::json::Value &entry : *entries) {
    const llvm::json::Object *fields = entry.getAsObject();
    auto get = [&](StringRef key) {
      return fields ? fields->getInteger(key).value_or(0) : 0;
    };
    costs.push_back({get("advance"), get("taped"), get("backward")});
    if (costs.back().advance <= 0 || costs.back().taped <= 0 ||
        costs.back().backward <= 0)
      return malformed(
          path, "recurrence #" + Twine(costs.size() - 1) +
                    " needs positive integers advance, taped and backward");
  }
  return costs;
}

void bptt::writeCosts(llvm::raw_ostream &os, ArrayRef<StepCosts> costs) {
  llvm::json::Array entries;
  for (const StepCosts &cost : costs)
    entries.push_back(llvm::json::Object{{"advance", cost.advance},
                                         {"taped", cost.taped},
                                         {"backward", cost.backward}});
  os << llvm::formatv(
      "{0:2}\n", llvm::json::Value(llvm::json::Object{
                     {"unit", "ns"}, {"recurrences", std::move(entries)}}));
}
