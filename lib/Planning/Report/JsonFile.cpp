//===- JsonFile.cpp - What the readers of JSON files share ----------------===//

#include "JsonFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

#include <algorithm>
#include <string>
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

namespace {

/// Looks through JSON for what LLVM's parser does not mind: nesting, which it
/// follows on the stack of the program, and keys that are given twice, of which
/// it takes the last. What is not JSON is left to the parser.
class JsonScan {
public:
  explicit JsonScan(llvm::StringRef text) : text(text) {}

  llvm::Error run() {
    while (at < text.size()) {
      char c = text[at];
      if (c == '"') {
        lastString = takeString();
        continue;
      }
      ++at;
      if (c == '{' || c == '[') {
        if (keysOfOpen.size() == kMaxDepth)
          return failure("nested more than " + llvm::Twine(kMaxDepth) +
                         " deep");
        keysOfOpen.emplace_back();
      } else if ((c == '}' || c == ']') && !keysOfOpen.empty()) {
        keysOfOpen.pop_back();
      } else if (c == ':' && !keysOfOpen.empty() &&
                 !keysOfOpen.back().insert(lastString).second) {
        return failure("key '" + lastString + "' is given twice");
      }
    }
    return llvm::Error::success();
  }

private:
  static constexpr size_t kMaxDepth = 16;

  llvm::Error failure(const llvm::Twine &what) const {
    return llvm::createStringError(
        "line " + llvm::Twine(1 + text.take_front(at).count('\n')) + ": " +
        what);
  }

  /// The string that begins here, with its escapes read; moves behind it.
  std::string takeString() {
    size_t begin = at++;
    while (at < text.size() && text[at] != '"')
      at += text[at] == '\\' ? 2 : 1;
    at = std::min(at + 1, text.size());
    llvm::Expected<json::Value> value = json::parse(text.slice(begin, at));
    if (value)
      return value->getAsString()->str();
    llvm::consumeError(value.takeError());
    return "";
  }

  llvm::StringRef text;
  size_t at = 0;
  std::string lastString;
  std::vector<llvm::StringSet<>> keysOfOpen; ///< of what is open here
};

} // namespace

llvm::Error bptt::planning::parseJson(
    llvm::StringRef text, llvm::StringRef fileName, llvm::StringLiteral noun,
    llvm::function_ref<bool(const json::Value &, json::Path)> read) {
  if (llvm::Error error = JsonScan(text).run())
    return inFile(fileName, std::move(error));
  llvm::Expected<json::Value> value = json::parse(text);
  if (!value)
    return inFile(fileName, value.takeError());
  json::Path::Root root(noun);
  if (!read(*value, root))
    return inFile(fileName, root.getError());
  return llvm::Error::success();
}
