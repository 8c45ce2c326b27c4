//===- Oracle.cpp - Exhaustive search over all schedules ------------------===//

#include "Oracle.h"

#include <cassert>
#include <queue>
#include <unordered_map>

using namespace bptt::planning;

namespace {

/// Where the machine stands. Bit sets are indexed by state or step.
struct Position {
  unsigned toUndo;     // steps whose backward is missing: 0..toUndo-1
  unsigned cur;        // index of the running state
  unsigned inProgress; // step + 1 whose tape is in progress, 0: none
  unsigned states;     // kept states
  unsigned tapes[2];   // kept residuals, by tape mode

  uint64_t key() const {
    return toUndo | cur << 4 | inProgress << 8 | uint64_t(states) << 12 |
           uint64_t(tapes[0]) << 24 | uint64_t(tapes[1]) << 36;
  }
};

class Search {
public:
  /// Costs count `costUnit`, a copied byte `byteUnit`.
  Search(const Problem &problem, int64_t keptBytes, int64_t inProgressMode,
         int64_t costUnit = 1, int64_t byteUnit = 0)
      : problem(problem), keptBytes(keptBytes), inProgressMode(inProgressMode),
        costUnit(costUnit), byteUnit(byteUnit) {
    assert(problem.numSteps <= 10);
  }

  std::optional<int64_t> run() {
    relax({unsigned(problem.numSteps), 0, 0, 0, {0, 0}}, 0);
    while (!queue.empty()) {
      auto [cost, position] = queue.top();
      queue.pop();
      if (best[position.key()] < cost)
        continue;
      if (position.toUndo == 0)
        return cost;
      expand(position, cost);
    }
    return std::nullopt;
  }

private:
  struct Entry {
    int64_t cost;
    Position position;
    bool operator<(const Entry &other) const { return cost > other.cost; }
  };

  int64_t bytesOf(const Position &p) const {
    int64_t bytes = 0;
    for (unsigned i = 0; i < problem.numSteps; ++i) {
      if (p.states >> i & 1)
        bytes += problem.stateBytesAt(i);
      for (unsigned k = 0; k < problem.tapeModesAt(i).size(); ++k)
        if (p.tapes[k] >> i & 1)
          bytes += problem.tapeModesAt(i)[k].residualBytes;
    }
    return bytes;
  }

  void relax(Position p, int64_t cost) {
    auto [it, isNew] = best.try_emplace(p.key(), cost);
    if (!isNew && it->second <= cost)
      return;
    it->second = cost;
    queue.push({cost, p});
  }

  bool isHeld(unsigned state) const {
    return state == 0 && problem.initialState == InitialState::Held;
  }

  void expand(const Position &p, int64_t cost) {
    if (p.cur < problem.numSteps) {
      Position next = p;
      next.states |= 1u << p.cur;
      keep(next, cost + byteUnit * problem.stateBytesAt(p.cur));
    }
    for (unsigned i = 0; i < p.toUndo; ++i) {
      if (!(p.states >> i & 1) && !isHeld(i))
        continue;
      Position next = p;
      next.cur = i;
      next.inProgress = 0;
      relax(next, cost);
    }
    if (p.cur < p.toUndo)
      evaluate(p, cost);
    if (p.cur == p.toUndo)
      undo(p, cost);
  }

  /// Dropping an item can only help to make room for another one. Items from
  /// `firstToDrop` on may go: every smaller set is reached in one order.
  void keep(const Position &p, int64_t cost, unsigned firstToDrop = 0) {
    if (bytesOf(p) <= keptBytes)
      return relax(p, cost);
    for (unsigned item = firstToDrop; item < 3 * problem.numSteps; ++item) {
      Position next = p;
      unsigned bit = ~(1u << item / 3);
      (item % 3 == 2 ? next.states : next.tapes[item % 3]) &= bit;
      if (next.key() != p.key())
        keep(next, cost, item + 1);
    }
  }

  void evaluate(const Position &p, int64_t cost) {
    unsigned step = p.cur;
    const StepCosts &costs = problem.costsAt(step);
    Position next = p;
    next.cur = step + 1;
    next.inProgress = 0;
    relax(next, cost + costUnit * costs.advance);
    for (unsigned k = 0; k < problem.tapeModesAt(step).size(); ++k) {
      Position taped = next;
      taped.tapes[k] |= 1u << step;
      keep(taped, cost + costUnit * costs.taped);
    }
    next.inProgress = step + 1;
    relax(next, cost + costUnit * costs.taped);
  }

  void undo(const Position &p, int64_t cost) {
    unsigned step = p.toUndo - 1;
    Position next = p;
    next.toUndo = next.cur = step;
    next.inProgress = 0;
    next.states &= (1u << step) - 1;
    next.tapes[0] &= (1u << step) - 1;
    next.tapes[1] &= (1u << step) - 1;
    const std::vector<TapeMode> &modes = problem.tapeModesAt(step);
    if (p.inProgress == step + 1) {
      int64_t mode = tapeModeInProgress(problem, step, inProgressMode);
      relax(next, cost + costUnit * modes[mode].extraBackwardCost);
    }
    bool hasInput = isHeld(step) || (p.states >> step & 1);
    for (unsigned k = 0; hasInput && k < modes.size(); ++k)
      if (p.tapes[k] >> step & 1)
        relax(next, cost + costUnit * modes[k].extraBackwardCost);
  }

  const Problem &problem;
  int64_t keptBytes;
  int64_t inProgressMode;
  int64_t costUnit, byteUnit;
  std::priority_queue<Entry> queue;
  std::unordered_map<uint64_t, int64_t> best;
};

} // namespace

std::optional<int64_t> bptt::planning::leastCost(const Problem &problem,
                                                 int64_t keptBytes,
                                                 int64_t inProgressMode) {
  return Search(problem, keptBytes, inProgressMode).run();
}

std::optional<LeastCost>
bptt::planning::leastCostAndCopies(const Problem &problem, int64_t keptBytes,
                                   int64_t inProgressMode) {
  // More than all the copies that a plan of least cost makes.
  constexpr int64_t kUnit = int64_t(1) << 32;
  std::optional<int64_t> sum =
      Search(problem, keptBytes, inProgressMode, kUnit, 1).run();
  if (!sum)
    return std::nullopt;
  return LeastCost{*sum / kUnit, *sum % kUnit};
}
