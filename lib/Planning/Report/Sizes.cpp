//===- Sizes.cpp - Sizes as people write them -----------------------------===//

#include "bptt/Planning/Report/Sizes.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CheckedArithmetic.h"

using namespace bptt::planning;

static llvm::Error notASize(llvm::StringRef text) {
  return llvm::createStringError("'" + text +
                                 "' is not a size, expected bytes, or a number "
                                 "with KiB, MiB, GiB, TiB, kB, MB, GB or TB");
}

static std::optional<int64_t> bytesOfUnit(llvm::StringRef unit) {
  struct {
    const char *name;
    int64_t bytes;
  } static constexpr units[] = {{"", 1},
                                {"B", 1},
                                {"kB", 1000},
                                {"KB", 1000},
                                {"MB", 1000000},
                                {"GB", 1000000000},
                                {"KiB", 1 << 10},
                                {"MiB", 1 << 20},
                                {"GiB", 1 << 30},
                                {"TB", 1000000000000},
                                {"TiB", int64_t(1) << 40}};
  for (auto [name, bytes] : units)
    if (unit == name)
      return bytes;
  return std::nullopt;
}

llvm::Expected<int64_t> bptt::planning::parseBytes(llvm::StringRef text) {
  llvm::StringRef digits = text.take_while(llvm::isDigit);
  std::optional<int64_t> unit = bytesOfUnit(text.drop_front(digits.size()));
  if (digits.empty() || !unit)
    return notASize(text);
  int64_t count;
  std::optional<int64_t> bytes;
  if (!digits.getAsInteger(10, count))
    bytes = llvm::checkedMul(count, *unit);
  if (!bytes)
    return llvm::createStringError("'" + text + "' exceeds 64 bits");
  return *bytes;
}

/// floor(full * digits.fraction / 100) in integers, so that no budget is ever
/// rounded up.
static llvm::Expected<int64_t> parsePercent(llvm::StringRef text,
                                            int64_t fullBytes) {
  auto [whole, fraction] = text.drop_back().split('.');
  int64_t percent = 0, scale = 1;
  std::string digits = (whole + fraction).str();
  bool isNumber = !whole.empty() && llvm::all_of(digits, llvm::isDigit) &&
                  fraction.size() <= 6 && digits.size() <= 9 &&
                  (!fraction.empty() || !text.contains('.'));
  if (!isNumber || llvm::StringRef(digits).getAsInteger(10, percent))
    return llvm::createStringError(
        "'" + text +
        "' is not a percentage, expected something like 5% or 2.5%");
  for (size_t i = 0; i < fraction.size(); ++i)
    scale *= 10;
  __int128 bytes = __int128(fullBytes) * percent / (scale * 100);
  if (bytes > INT64_MAX)
    return llvm::createStringError("'" + text + "' exceeds 64 bits");
  return int64_t(bytes);
}

llvm::Expected<int64_t> bptt::planning::parseBudget(llvm::StringRef text,
                                                    int64_t fullBytes) {
  if (text == "max")
    return fullBytes;
  if (text.ends_with("%"))
    return parsePercent(text, fullBytes);
  return parseBytes(text);
}
