//===- Budget.cpp - Sizes as people write them ----------------------------===//

#include "bptt/Planning/Budget.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace bptt::planning;
using llvm::StringRef;

static constexpr double kMaxBudgetBytes = double(int64_t(1) << 58);

static llvm::Error malformed(StringRef text) {
  return llvm::createStringError("budget '" + text +
                                 "' is not a positive size such as 64MiB, a "
                                 "percentage such as 5%, or max");
}

/// Bytes of a unit, 0 if there is no such unit.
static double getUnit(StringRef unit) {
  return llvm::StringSwitch<double>(unit)
      .Cases({"", "B"}, 1)
      .Case("KiB", 1024.)
      .Case("MiB", 1024. * 1024)
      .Case("GiB", 1024. * 1024 * 1024)
      .Case("TiB", 1024. * 1024 * 1024 * 1024)
      .Case("KB", 1e3)
      .Case("MB", 1e6)
      .Case("GB", 1e9)
      .Case("TB", 1e12)
      .Default(0);
}

llvm::Expected<Budget> bptt::planning::parseBudget(StringRef text) {
  Budget budget;
  if (text == "max")
    return budget;
  size_t end = text.find_first_not_of("0123456789.");
  StringRef unit = end == StringRef::npos ? "" : text.substr(end);
  double number;
  if (text.take_front(end).getAsDouble(number) || !(number > 0))
    return malformed(text);
  if (unit == "%") {
    budget.kind = Budget::Kind::Percent;
    budget.percent = number;
    if (number > 100)
      return llvm::createStringError(
          "budget '" + text + "' is more than plain BPTT takes; use max");
    return budget;
  }
  double bytes = number * getUnit(unit);
  if (!(bytes >= 1) || bytes > kMaxBudgetBytes)
    return malformed(text);
  budget.kind = Budget::Kind::Bytes;
  budget.bytes = static_cast<int64_t>(bytes);
  return budget;
}

int64_t Budget::resolve(int64_t fullBytes) const {
  switch (kind) {
  case Kind::Bytes:
    return bytes;
  case Kind::Percent:
    return static_cast<int64_t>(std::floor(double(fullBytes) * percent / 100));
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
