//===- Guided.cpp - Plans for long sequences ------------------------------===//
//
// The hull of Hull.h says for every split of a run what its two parts cost at
// least. The sum is convex in the split, so its least values form an interval
// that bisection finds. The ends and the middle of it are tried, with the tapes
// that promise about as much, and the cheapest found is kept; once many runs
// were tried, only the first choice.
//
//===----------------------------------------------------------------------===//

#include "Guided.h"

#include "Math.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"

#include <algorithm>
#include <cassert>

using namespace bptt::planning;

namespace {

/// Runs that are decided with alternatives, and all in all.
constexpr size_t kMaxTriedRuns = 4000;
constexpr size_t kMaxRuns = size_t(1) << 19;

class Guided final : public CostedSplitter {
public:
  Guided(Scaled scaled, std::shared_ptr<const Hull> hull,
         std::shared_ptr<const CostedSplitter> table, int64_t tableSteps)
      : p(std::move(scaled)), hull(std::move(hull)), table(std::move(table)),
        tableSteps(tableSteps) {
    cheapestMode = 0;
    for (size_t k = 1; k < p.tapeCosts.size(); ++k)
      if (std::pair(p.tapeCosts[k], p.tapeUnits[k]) <
          std::pair(p.tapeCosts[cheapestMode], p.tapeUnits[cheapestMode]))
        cheapestMode = int32_t(k);
    isComplete = search();
    this->hull = nullptr; // Half a gigabyte that no plan needs.
  }

  bool isComplete;

  int64_t allowance() const override { return p.allowance; }
  int64_t infeasible() const override { return Hull::kInfeasible; }
  int64_t longestRun() const override { return p.numSteps; }

  int64_t costOf(const Run &run) const override {
    return knownCost(run).value_or(infeasible());
  }

  Split split(const Run &run) const override {
    if (tapesAll(run))
      return tapeSplit(run, cheapestMode);
    if (run.numSteps <= tableSteps)
      return table->split(run);
    auto it = decided.find(keyOf(run));
    assert(it != decided.end() && "not a run of this plan");
    return it->second.split;
  }

  /// All tapes of the cheapest mode fit: nothing is left to decide.
  bool tapesAll(const Run &run) const override {
    int64_t tape = p.tapeUnits[cheapestMode];
    int64_t rest = run.allowance - ownUnits(run) - tape;
    return run.numSteps >= 2 && rest >= 0 &&
           rest >= saturatingMul(run.numSteps - 2, p.stateUnits + tape) &&
           p.inProgressCost == p.tapeCosts[cheapestMode];
  }

private:
  struct Decision {
    int64_t cost;
    Split split;
  };
  struct Frame {
    Run run;
    llvm::SmallVector<Split, 4> candidates;
  };
  using Key = std::tuple<int64_t, int64_t, int>;

  static Key keyOf(const Run &run) {
    return {run.numSteps, run.allowance, run.initialIsHeld};
  }
  int64_t ownUnits(const Run &run) const {
    return run.initialIsHeld ? 0 : p.stateUnits;
  }
  Split tapeSplit(const Run &run, int32_t mode) const {
    return {0, true, mode, run.allowance - ownUnits(run) - p.tapeUnits[mode]};
  }

  std::optional<int64_t> knownCost(const Run &run) const {
    if (run.numSteps == 0)
      return 0;
    if (run.numSteps == 1)
      return p.inProgressCost;
    if (tapesAll(run))
      return run.numSteps * p.inProgressCost;
    if (!run.initialIsHeld && run.allowance < p.stateUnits)
      return infeasible();
    if (run.numSteps <= tableSteps) {
      int64_t cost = table->costOf(run);
      return cost >= table->infeasible() ? infeasible() : cost;
    }
    auto it = decided.find(keyOf(run));
    if (it == decided.end())
      return std::nullopt;
    return it->second.cost;
  }

  static std::pair<Run, Run> partsOf(const Run &run, const Split &split) {
    Run left = run;
    left.numSteps = split.numAdvances;
    int64_t begin = split.numAdvances + split.tapes;
    return {left, {0, run.numSteps - begin, split.rightAllowance, false}};
  }

  int64_t addCosts(int64_t a, int64_t b) const {
    return std::min(a + b, infeasible());
  }

  /// What a split costs given a measure of its parts, over `unit`.
  template <typename Measure>
  int64_t measure(const Run &run, const Split &split, int64_t unit,
                  Measure &&of) const {
    auto [left, right] = partsOf(run, split);
    int64_t own = split.numAdvances * p.advanceCost;
    if (split.tapes)
      own += p.tapeCosts[split.tapeMode];
    return addCosts(own * unit, addCosts(of(left), of(right)));
  }

  int64_t boundOf(const Run &run, const Split &split) const {
    return measure(run, split, hull->fraction(),
                   [&](const Run &part) { return hull->bound(part); });
  }

  /// First y in [low, high] whose successor is not better (`strictly`: first
  /// whose successor is worse); the bound is convex in y.
  int64_t bisect(const Run &run, bool strictly) const {
    auto [left, right] = partsOf(run, splitAt(run, 1));
    auto lefts = hull->boundsLike(left), rights = hull->boundsLike(right);
    auto at = [&](int64_t y) {
      return addCosts(y * p.advanceCost * hull->fraction(),
                      addCosts(lefts(y), rights(run.numSteps - y)));
    };
    int64_t low = 1, high = run.numSteps - 1;
    while (low < high) {
      int64_t y = low + (high - low) / 2;
      int64_t here = at(y), next = at(y + 1);
      bool isPast = strictly ? next > here : next >= here;
      (isPast ? high : low) = isPast ? y : y + 1;
    }
    return low;
  }

  Split splitAt(const Run &run, int64_t y) const {
    return {y, false, 0, run.allowance - ownUnits(run)};
  }

  /// Best first.
  llvm::SmallVector<Split, 4> candidatesFor(const Run &run) const {
    llvm::SmallVector<Split, 4> tapes, all;
    int64_t least = Hull::kInfeasible;
    for (size_t k = 0; k < p.tapeUnits.size(); ++k) {
      Split split = tapeSplit(run, int32_t(k));
      if (split.rightAllowance < 0)
        continue;
      int64_t bound = boundOf(run, split);
      if (bound < least)
        tapes.clear();
      if (bound <= least)
        tapes.push_back(split);
      least = std::min(least, bound);
    }
    int64_t last = bisect(run, true);
    int64_t bound = boundOf(run, splitAt(run, last));
    // Bounds are not of whole evaluations; less than one apart is no reason.
    if (bound - least >= hull->fraction())
      return tapes;
    // A split leads to fewer different runs than taping step by step.
    all.push_back(splitAt(run, last));
    if (isTired())
      return all;
    int64_t first = bisect(run, false);
    if (first != last)
      all.push_back(splitAt(run, first));
    if (last - first > 1)
      all.push_back(splitAt(run, first + (last - first) / 2));
    if (least - bound < hull->fraction())
      all.append(tapes);
    return all;
  }

  /// Enough runs were tried with alternatives.
  bool isTired() const {
    return decided.size() + frames.size() >= kMaxTriedRuns;
  }

  /// Decides the whole run and all it leads to, deepest first.
  bool search() {
    Run whole = {0, p.numSteps, p.allowance, p.initialIsHeld};
    if (!knownCost(whole))
      frames.push_back({whole, candidatesFor(whole)});
    while (!frames.empty()) {
      if (decided.size() + frames.size() > kMaxRuns)
        return false;
      if (isTired() || isFirstBest(frames.back()))
        dropAlternatives(frames.back());
      if (std::optional<Run> part = missingPart(frames.back())) {
        frames.push_back({*part, candidatesFor(*part)});
        continue;
      }
      decide(frames.back());
      frames.pop_back();
    }
    return true;
  }

  /// The first candidate is known and costs no more than the bound of the run.
  bool isFirstBest(const Frame &frame) const {
    const Split &split = frame.candidates.front();
    auto [left, right] = partsOf(frame.run, split);
    if (!knownCost(right) || !knownCost(left))
      return false;
    return hull->fraction() * costOfSplit(frame.run, split) <=
           hull->bound(frame.run);
  }

  /// A part that has to be decided first.
  std::optional<Run> missingPart(const Frame &frame) const {
    for (const Split &split : frame.candidates) {
      auto [left, right] = partsOf(frame.run, split);
      if (!knownCost(right))
        return right;
      if (!knownCost(left))
        return left;
    }
    return std::nullopt;
  }

  /// Leaves the first candidate, and those that are known by now.
  void dropAlternatives(Frame &frame) const {
    llvm::SmallVector<Split, 4> kept;
    for (const Split &split : frame.candidates) {
      auto [left, right] = partsOf(frame.run, split);
      if (kept.empty() || (knownCost(right) && knownCost(left)))
        kept.push_back(split);
    }
    frame.candidates = kept;
  }

  int64_t costOfSplit(const Run &run, const Split &split) const {
    return measure(run, split, 1,
                   [&](const Run &part) { return *knownCost(part); });
  }

  void decide(const Frame &frame) {
    Decision best = {infeasible(), frame.candidates.front()};
    for (const Split &split : frame.candidates) {
      int64_t cost = measure(frame.run, split, 1,
                             [&](const Run &part) { return *knownCost(part); });
      if (cost < best.cost)
        best = {cost, split};
    }
    decided[keyOf(frame.run)] = best;
  }

  Scaled p;
  std::shared_ptr<const Hull> hull;
  std::shared_ptr<const CostedSplitter> table;
  int64_t tableSteps;
  int32_t cheapestMode;
  llvm::DenseMap<Key, Decision> decided;
  std::vector<Frame> frames; ///< runs that wait for their parts
};

} // namespace

std::shared_ptr<const CostedSplitter> bptt::planning::makeGuided(
    const Scaled &scaled, std::shared_ptr<const Hull> hull,
    std::shared_ptr<const CostedSplitter> table, int64_t tableSteps) {
  auto guided = std::make_shared<Guided>(scaled, std::move(hull),
                                         std::move(table), tableSteps);
  Run whole = {0, scaled.numSteps, scaled.allowance, scaled.initialIsHeld};
  if (!guided->isComplete || guided->costOf(whole) >= guided->infeasible())
    return nullptr;
  return guided;
}
