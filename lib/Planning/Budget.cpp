//===- Budget.cpp - Sizes as people write them ----------------------------===//

#include "bptt/Planning/Budget.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace bptt::planning;
using llvm::StringRef;

namespace {

/// `numerator / denominator`, as written in decimals; the denominator is a
/// power of ten.
struct Decimal {
  int64_t numerator = 0, denominator = 1;
};

/// Nothing if `text` is not digits, or digits with a point between them, or has
/// more digits than 64 bits or nine decimals hold.
std::optional<Decimal> parseDecimal(StringRef text) {
  auto [whole, fraction] = text.split('.');
  bool isNumber = !whole.empty() && llvm::all_of(whole, llvm::isDigit) &&
                  llvm::all_of(fraction, llvm::isDigit) &&
                  fraction.empty() != text.contains('.') &&
                  fraction.size() <= 9;
  Decimal decimal;
  if (!isNumber ||
      StringRef((whole + fraction).str()).getAsInteger(10, decimal.numerator))
    return std::nullopt;
  for (size_t i = 0; i < fraction.size(); ++i)
    decimal.denominator *= 10;
  return decimal;
}

/// Bytes of a unit, 0 if there is no such unit.
int64_t getUnit(StringRef unit) {
  return llvm::StringSwitch<int64_t>(unit)
      .Cases({"", "B"}, 1)
      .Case("KiB", int64_t(1) << 10)
      .Case("MiB", int64_t(1) << 20)
      .Case("GiB", int64_t(1) << 30)
      .Case("TiB", int64_t(1) << 40)
      .Cases({"kB", "KB"}, 1'000)
      .Case("MB", 1'000'000)
      .Case("GB", 1'000'000'000)
      .Case("TB", 1'000'000'000'000)
      .Default(0);
}

/// floor(factor * numerator / denominator), if it fits.
std::optional<int64_t> scale(int64_t factor, int64_t numerator,
                             int64_t denominator) {
  __int128 scaled = __int128(factor) * numerator / denominator;
  return scaled > INT64_MAX ? std::nullopt : std::optional<int64_t>(scaled);
}

} // namespace

llvm::Expected<int64_t> bptt::planning::parseBytes(StringRef text) {
  StringRef digits =
      text.take_while([](char c) { return llvm::isDigit(c) || c == '.'; });
  int64_t unit = getUnit(text.drop_front(digits.size()));
  std::optional<Decimal> number = parseDecimal(digits);
  bool isTooLong = !number && !digits.empty() && !digits.contains('.');
  if (unit == 0 || (!number && !isTooLong))
    return llvm::createStringError(
        "'" + text +
        "' is not a size, expected bytes, or a number with KiB, MiB, GiB, TiB, "
        "kB, MB, GB or TB");
  std::optional<int64_t> bytes;
  if (number)
    bytes = scale(unit, number->numerator, number->denominator);
  if (!bytes)
    return llvm::createStringError("'" + text + "' exceeds 64 bits");
  return *bytes;
}

llvm::Expected<Budget> bptt::planning::parseBudget(StringRef text) {
  Budget budget;
  if (text == "max")
    return budget;
  if (!text.ends_with("%")) {
    llvm::Expected<int64_t> bytes = parseBytes(text);
    if (!bytes)
      return bytes.takeError();
    budget.kind = Budget::Kind::Bytes;
    budget.bytes = *bytes;
    return budget;
  }
  std::optional<Decimal> percent = parseDecimal(text.drop_back());
  if (!percent)
    return llvm::createStringError(
        "'" + text +
        "' is not a percentage, expected something like 5% or 2.5%");
  budget.kind = Budget::Kind::Share;
  budget.numerator = percent->numerator;
  budget.denominator = percent->denominator * 100;
  if (budget.numerator > budget.denominator)
    return llvm::createStringError("'" + text +
                                   "' is more than plain BPTT takes; use max");
  return budget;
}

int64_t Budget::resolve(int64_t fullBytes) const {
  switch (kind) {
  case Kind::Bytes:
    return bytes;
  case Kind::Share:
    return *scale(fullBytes, numerator, denominator);
  case Kind::Max:
    return fullBytes;
  }
  llvm_unreachable("unknown kind of budget");
}

std::string bptt::planning::formatBytes(int64_t bytes) {
  std::string text;
  llvm::raw_string_ostream os(text);
  const char *units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double value = bytes;
  unsigned unit = 0;
  for (; value >= 1024 && unit < 5; ++unit)
    value /= 1024;
  if (unit == 0)
    os << bytes << " B";
  else
    os << llvm::format("%.*f ",
                       value < 10    ? 2
                       : value < 100 ? 1
                                     : 0,
                       value)
       << units[unit];
  return text;
}
