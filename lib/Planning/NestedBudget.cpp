//===- NestedBudget.cpp - Recurrences inside steps, one peak --------------===//

#include "bptt/Planning/NestedBudget.h"

#include "Math.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <numeric>
#include <queue>

using namespace bptt::planning;

/// Sums of two curves' points that are looked at, and points of each where
/// there would be more.
static constexpr size_t kMaxSums = size_t(1) << 24, kMaxEach = size_t(1) << 12;

/// Points of recurrences that stand in several places, multiplied.
static constexpr size_t kMaxFixed = 256;

namespace {
/// The least cost of undoing a part with its children, in so many bytes beside
/// what is kept around it.
struct Step {
  int64_t bytes;
  int64_t cost;
  size_t own;         ///< index of its own point
  int64_t childBytes; ///< what its children have
};
/// Rising bytes and falling cost.
using Staircase = std::vector<Step>;

class Ways {
public:
  /// Recurrence r has one of `choices[r]`.
  Ways(const NestedCurves &curves, llvm::ArrayRef<NestedPart> parts,
       llvm::ArrayRef<std::vector<size_t>> choices)
      : curves(curves), parts(parts), choices(choices) {
    for (const NestedPart &part : parts)
      stairs.push_back(makeStairs(part));
  }

  std::vector<NestedWay> of(const NestedGroup &group, int64_t leastBytes) const;

private:
  Staircase together(llvm::ArrayRef<NestedPart::Child> children,
                     int64_t least) const;
  Staircase makeStairs(const NestedPart &part) const;
  void choose(size_t part, int64_t bytes, std::vector<size_t> &points) const;
  const Step &stepWithin(size_t part, int64_t bytes) const {
    const Staircase &all = stairs[part];
    auto next = llvm::partition_point(
        all, [&](const Step &step) { return step.bytes <= bytes; });
    return next == all.begin() ? *next : *std::prev(next);
  }

  const NestedCurves &curves;
  llvm::ArrayRef<NestedPart> parts;
  llvm::ArrayRef<std::vector<size_t>> choices;
  std::vector<Staircase> stairs;
};
} // namespace

static std::vector<size_t> indices(size_t size) {
  std::vector<size_t> all(size);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

/// The first, the last and others evenly between.
template <typename ItemT>
static void thinOut(std::vector<ItemT> &items, size_t most) {
  most = std::max<size_t>(2, most);
  if (items.size() <= most)
    return;
  for (size_t i = 0; i < most; ++i)
    items[i] = items[i * (items.size() - 1) / (most - 1)];
  items.resize(most);
}

/// Until there are no more than `kMaxSums` sums of one of each.
template <typename ItemT>
static void thinOutSums(std::vector<size_t> &some, std::vector<ItemT> &others) {
  if (some.size() * others.size() <= kMaxSums)
    return;
  thinOut(others, std::max(kMaxEach, kMaxSums / some.size()));
  thinOut(some, kMaxSums / others.size());
}

/// Leaves rising bytes and falling cost.
template <typename ItemT>
static std::vector<ItemT> pruned(std::vector<ItemT> items) {
  llvm::stable_sort(items, [](const ItemT &a, const ItemT &b) {
    return std::pair(a.bytes, a.cost) < std::pair(b.bytes, b.cost);
  });
  std::vector<ItemT> front;
  for (ItemT &item : items)
    if (front.empty() || item.cost < front.back().cost)
      front.push_back(std::move(item));
  return front;
}

/// Each of `children` on its own within the same bytes, from `least` up.
Staircase Ways::together(llvm::ArrayRef<NestedPart::Child> children,
                         int64_t least) const {
  std::vector<int64_t> peaks = {least};
  for (const NestedPart::Child &child : children)
    for (const Step &step : stairs[child.part])
      peaks.push_back(step.bytes);
  for (const NestedPart::Child &child : children)
    least = std::max(least, stairs[child.part].front().bytes);
  llvm::erase_if(peaks, [&](int64_t peak) { return peak < least; });
  llvm::sort(peaks);
  peaks.erase(llvm::unique(peaks), peaks.end());
  Staircase sums;
  for (int64_t peak : peaks) {
    int64_t cost = 0;
    for (const NestedPart::Child &child : children)
      cost = saturatingAdd(
          cost, saturatingMul(child.times, stepWithin(child.part, peak).cost));
    if (sums.empty() || cost < sums.back().cost)
      sums.push_back({peak, cost, 0, peak});
  }
  return sums;
}

Staircase Ways::makeStairs(const NestedPart &part) const {
  Staircase inside = together(part.children, part.otherBytes);
  std::vector<size_t> own = choices[part.recurrence];
  thinOutSums(own, inside);
  Staircase sums;
  for (size_t index : own) {
    const CostPoint &point = curves[part.recurrence][index];
    for (const Step &rest : inside)
      sums.push_back({saturatingAdd(point.keptBytes, rest.bytes),
                      saturatingAdd(point.cost, rest.cost), index, rest.bytes});
  }
  return pruned(std::move(sums));
}

/// The points of `part` and its children within `bytes`.
void Ways::choose(size_t part, int64_t bytes,
                  std::vector<size_t> &points) const {
  const Step &step = stepWithin(part, bytes);
  points[parts[part].recurrence] = step.own;
  for (const NestedPart::Child &child : parts[part].children)
    choose(child.part, step.childBytes, points);
}

std::vector<NestedWay> Ways::of(const NestedGroup &group,
                                int64_t leastBytes) const {
  std::vector<NestedPart::Child> children;
  for (size_t part : group.parts)
    children.push_back({part, 1});
  std::vector<size_t> last;
  for (const std::vector<size_t> &choice : choices)
    last.push_back(choice.back());
  std::vector<NestedWay> ways;
  for (const Step &step : together(children, leastBytes)) {
    NestedWay &way = ways.emplace_back(NestedWay{
        leastBytes + (step.bytes - leastBytes) * group.times, step.cost, last});
    for (size_t part : group.parts)
      choose(part, step.bytes, way.points);
  }
  return ways;
}

/// Ways of two groups whose peaks above `leastBytes` add up.
static std::vector<NestedWay> sumsOf(const std::vector<NestedWay> &some,
                                     const std::vector<NestedWay> &others,
                                     int64_t leastBytes) {
  struct Sum {
    int64_t bytes, cost;
    size_t first, second;
  };
  std::vector<size_t> first = indices(some.size()),
                      second = indices(others.size());
  thinOutSums(first, second);
  std::vector<Sum> sums;
  for (size_t a : first)
    for (size_t b : second)
      sums.push_back({some[a].bytes - leastBytes + others[b].bytes,
                      saturatingAdd(some[a].cost, others[b].cost), a, b});
  std::vector<NestedWay> ways;
  for (const Sum &sum : pruned(std::move(sums))) {
    NestedWay &way = ways.emplace_back(
        NestedWay{sum.bytes, sum.cost, some[sum.first].points});
    // Each has the last points of what is in the other.
    for (auto [point, other] :
         llvm::zip_equal(way.points, others[sum.second].points))
      point = std::min(point, other);
  }
  return ways;
}

/// Of each recurrence the points to choose from: all, and a few of those that
/// stand in several places, which are `fixed`.
static std::vector<std::vector<size_t>>
makeChoices(const NestedCurves &curves, llvm::ArrayRef<NestedPart> parts,
            std::vector<size_t> &fixed) {
  std::vector<size_t> numPlaces(curves.size());
  for (const NestedPart &part : parts)
    ++numPlaces[part.recurrence];
  std::vector<std::vector<size_t>> choices;
  for (auto [recurrence, curve] : llvm::enumerate(curves)) {
    choices.push_back(indices(curve.size()));
    if (numPlaces[recurrence] > 1 && curve.size() > 1)
      fixed.push_back(recurrence);
  }
  for (size_t recurrence : fixed)
    thinOut(choices[recurrence],
            size_t(std::pow(double(kMaxFixed), 1.0 / double(fixed.size()))));
  return choices;
}

std::vector<NestedWay>
bptt::planning::nestedWays(const NestedCurves &curves,
                           llvm::ArrayRef<NestedPart> parts,
                           llvm::ArrayRef<NestedGroup> groups,
                           int64_t leastBytes, OutsideCost getCost) {
  std::vector<size_t> fixed;
  std::vector<std::vector<size_t>> all = makeChoices(curves, parts, fixed);
  bool areCompared = groups.size() > 1 || !fixed.empty();
  std::vector<NestedWay> found;
  // Counts through the choices of the fixed ones.
  std::vector<size_t> digits(fixed.size());
  size_t position = 0;
  do {
    std::vector<std::vector<size_t>> choices = all;
    for (auto [digit, recurrence] : llvm::zip_equal(digits, fixed))
      choices[recurrence] = {all[recurrence][digit]};
    Ways ways(curves, parts, choices);
    std::vector<NestedWay> sums = ways.of({}, leastBytes);
    if (areCompared)
      sums.front().cost = getCost(sums.front().points);
    int64_t rest = sums.front().cost;
    for (const NestedGroup &group : groups) {
      std::vector<NestedWay> own = ways.of(group, leastBytes);
      if (areCompared)
        for (NestedWay &way : own)
          way.cost = getCost(way.points) - rest;
      sums = sumsOf(sums, own, leastBytes);
    }
    found.insert(found.end(), std::make_move_iterator(sums.begin()),
                 std::make_move_iterator(sums.end()));
    for (position = 0; position < fixed.size(); ++position) {
      if (++digits[position] < all[fixed[position]].size())
        break;
      digits[position] = 0;
    }
  } while (position < fixed.size());
  return pruned(std::move(found));
}

static int64_t peakInside(const NestedCurves &curves,
                          llvm::ArrayRef<NestedPart> parts, size_t part,
                          int64_t keptAround, llvm::ArrayRef<size_t> points) {
  const NestedPart &own = parts[part];
  const CostPoint &point = curves[own.recurrence][points[own.recurrence]];
  int64_t kept = saturatingAdd(keptAround, point.keptBytes);
  int64_t peak = saturatingAdd(kept, own.otherBytes);
  for (const NestedPart::Child &child : own.children)
    peak = std::max(peak, peakInside(curves, parts, child.part, kept, points));
  return peak;
}

int64_t bptt::planning::nestedPeak(const NestedCurves &curves,
                                   llvm::ArrayRef<NestedPart> parts,
                                   llvm::ArrayRef<NestedGroup> groups,
                                   int64_t leastBytes,
                                   llvm::ArrayRef<size_t> points) {
  int64_t sum = leastBytes;
  for (const NestedGroup &group : groups) {
    int64_t peak = leastBytes;
    for (size_t part : group.parts)
      peak = std::max(peak, peakInside(curves, parts, part, 0, points));
    sum += (peak - leastBytes) * group.times;
  }
  return sum;
}

std::optional<size_t> bptt::planning::cheapestWay(
    size_t numWays, int64_t limit,
    llvm::function_ref<int64_t(size_t first, size_t last)> lowerBound,
    llvm::function_ref<std::optional<int64_t>(size_t way)> costOf) {
  struct Range {
    int64_t bound;
    size_t first, last;
    bool operator<(const Range &other) const {
      return std::tie(bound, first, last) >
             std::tie(other.bound, other.first, other.last);
    }
  };
  std::priority_queue<Range> open;
  std::optional<size_t> best;
  auto add = [&](size_t first, size_t last) {
    int64_t bound = lowerBound(first, last);
    if (bound < limit)
      open.push({bound, first, last});
  };
  if (numWays > 0)
    add(0, numWays - 1);
  while (!open.empty() && open.top().bound < limit) {
    Range range = open.top();
    open.pop();
    if (range.first < range.last) {
      size_t middle = range.first + (range.last - range.first) / 2;
      add(range.first, middle);
      add(middle + 1, range.last);
      continue;
    }
    std::optional<int64_t> cost = costOf(range.first);
    if (!cost)
      return std::nullopt;
    if (*cost < limit) {
      limit = *cost;
      best = range.first;
    }
  }
  return best;
}
