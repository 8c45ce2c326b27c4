//===- StackTracker.h - Kept bytes after each action ------------*- C++ -*-===//

#ifndef BPTT_LIB_PLANNING_REPORT_STACKTRACKER_H
#define BPTT_LIB_PLANNING_REPORT_STACKTRACKER_H

#include "bptt/Planning/Action.h"
#include "bptt/Planning/Problem.h"

namespace bptt::planning {

/// Follows the stack of a correct plan, and the cost spent so far.
class StackTracker {
public:
  explicit StackTracker(const Problem &problem) : problem(problem) {}

  void apply(const Action &action);

  int64_t keptBytes() const {
    return items.empty() ? 0 : items.back().endBytes;
  }
  int64_t cost() const { return spentCost; }

private:
  struct Item {
    int64_t index; ///< of the state, or of the taped step
    int64_t offsetBytes;
    int64_t endBytes;
  };
  void push(int64_t index, int64_t offsetBytes, int64_t sizeBytes);

  const Problem &problem;
  std::vector<Item> items;
  int64_t spentCost = 0;
};

/// What an action costs in the problem's unit; 0 for copies.
int64_t costOf(const Problem &problem, const Action &action);

} // namespace bptt::planning

#endif // BPTT_LIB_PLANNING_REPORT_STACKTRACKER_H
