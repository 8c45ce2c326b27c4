//===- JsonFile.cpp - What the readers of JSON files share ----------------===//

#include "JsonFile.h"

#include "llvm/ADT/STLExtras.h"

#include <vector>

using namespace bptt::planning;
namespace json = llvm::json;

bool bptt::planning::fail(json::Path path, llvm::StringLiteral what) {
  path.report(what);
  return false;
}

bool bptt::planning::hasOnly(const json::Object &object,
                             llvm::ArrayRef<llvm::StringRef> known,
                             json::Path path) {
  std::vector<llvm::StringRef> unknown;
  for (const auto &[key, value] : object)
    if (!llvm::is_contained(known, llvm::StringRef(key)))
      unknown.push_back(key);
  if (unknown.empty())
    return true;
  // Hash tables have no order; the message has.
  return fail(path.field(*llvm::min_element(unknown)), "unknown key");
}

llvm::Error bptt::planning::inFile(llvm::StringRef fileName,
                                   llvm::Error error) {
  return llvm::createStringError(fileName + ": " +
                                 llvm::toString(std::move(error)));
}

llvm::Error bptt::planning::parseJson(
    llvm::StringRef text, llvm::StringRef fileName, llvm::StringLiteral noun,
    llvm::function_ref<bool(const json::Value &, json::Path)> read) {
  llvm::Expected<json::Value> value = json::parse(text);
  if (!value)
    return inFile(fileName, value.takeError());
  json::Path::Root root(noun);
  if (!read(*value, root))
    return inFile(fileName, root.getError());
  return llvm::Error::success();
}
