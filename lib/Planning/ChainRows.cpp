//===- ChainRows.cpp - Where the tables of a chain have rows --------------===//

#include "ChainRows.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace bptt::planning;

namespace {

/// Numbers of bytes that share a row.
struct Group {
  int64_t least, most;
};

/// Parts ascending numbers into groups, none wider than it may be.
class Grouping {
public:
  /// The first `numAlone` numbers have groups of their own.
  Grouping(const std::vector<int64_t> &numbers, size_t numAlone,
           const ChainTableOptions &options)
      : numbers(numbers), numAlone(numAlone), options(options) {}

  /// At most options.maxRows, as narrow as that allows by about a per cent.
  std::vector<Group> groups() const {
    int64_t tooNarrow = 0;
    std::vector<Group> best = grouped(tooNarrow);
    if (fits(best))
      return best;
    int64_t width = options.mostBytes / options.maxRows;
    do {
      width = 2 * width + 1;
      best = grouped(width);
    } while (!fits(best));
    while (width - tooNarrow > 1 + width / 128) {
      int64_t middle = tooNarrow + (width - tooNarrow) / 2;
      std::vector<Group> narrower = grouped(middle);
      if (fits(narrower)) {
        best = std::move(narrower);
        width = middle;
      } else {
        tooNarrow = middle;
      }
    }
    return best;
  }

private:
  bool fits(const std::vector<Group> &groups) const {
    return int64_t(groups.size()) <= options.maxRows;
  }

  /// Empty or too many where there are more than are allowed.
  std::vector<Group> grouped(int64_t width) const {
    std::vector<Group> groups;
    int64_t last = -1; // that the group can hold
    for (auto [i, number] : llvm::enumerate(numbers)) {
      if (i > numAlone && number <= last) {
        groups.back().most = number;
        continue;
      }
      if (!fits(groups))
        break;
      groups.push_back({number, number});
      last = number + widthAt(number, width);
    }
    return groups;
  }

  int64_t widthAt(int64_t number, int64_t width) const {
    if (!options.isGraded)
      return width;
    return int64_t(double(width) * double(number) / double(options.mostBytes));
  }

  const std::vector<int64_t> &numbers;
  size_t numAlone;
  const ChainTableOptions &options;
};

} // namespace

std::vector<ChainRow>
bptt::planning::chooseRows(const std::vector<int64_t> &numbers, size_t numAlone,
                           const ChainTableOptions &options) {
  std::vector<Group> groups = Grouping(numbers, numAlone, options).groups();
  std::vector<ChainRow> rows;
  for (auto [i, group] : llvm::enumerate(groups)) {
    bool isShared = group.least != group.most;
    if (options.rounding == Rounding::Safe) {
      rows.push_back({group.most, group.most, isShared});
      continue;
    }
    bool isLast = i + 1 == groups.size();
    int64_t most = isLast ? options.mostBytes : groups[i + 1].least - 1;
    rows.push_back({group.least, most, isShared});
  }
  return rows;
}

void bptt::planning::addShifted(std::vector<int64_t> &numbers,
                                const std::vector<int64_t> &others,
                                int64_t offset, int64_t most) {
  size_t middle = numbers.size();
  for (int64_t other : others) {
    if (offset > most - other)
      break;
    numbers.push_back(other + offset);
  }
  std::inplace_merge(numbers.begin(), numbers.begin() + middle, numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
}
