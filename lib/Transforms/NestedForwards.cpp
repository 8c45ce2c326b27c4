//===- NestedForwards.cpp - Recurrences inside the steps of others --------===//

#include "NestedForwards.h"

#include "RecurrenceMemory.h"

using namespace mlir;
using namespace bptt;

SmallVector<FirstSweepOpInterface> bptt::getFirstSweeps(func::FuncOp function) {
  SmallVector<FirstSweepOpInterface> sweeps;
  function.walk([&](FirstSweepOpInterface op) { sweeps.push_back(op); });
  return sweeps;
}

unsigned NestedForwards::numberOf(ForwardOp forward) const {
  const Entry *found = llvm::find_if(
      all, [&](const Entry &entry) { return entry.forward == forward; });
  assert(found != all.end() && "a recurrence inside a step");
  return found - all.begin();
}

namespace {
class Collector {
public:
  explicit Collector(NestedForwards &found) : found(found) {}

  /// Those in the cells of `recurrence`; of its scans, in their cells.
  void addCells(Operation *recurrence, NestedForwards::Children &children) {
    forEachCell(recurrence, [&](func::FuncOp cell) {
      // Whoever expands a cell that is part of a recursion says so.
      if (!active.insert(cell).second)
        return;
      cell.walk([&](Operation *op) {
        if (isa<ScanOp>(op))
          addCells(op, children);
        else if (auto forward = dyn_cast<ForwardOp>(op))
          children.insert(add(forward));
      });
      active.erase(cell);
    });
  }

private:
  unsigned add(ForwardOp forward) {
    auto known = numbers.find(forward);
    if (known != numbers.end())
      return known->second;
    NestedForwards::Children children;
    addCells(forward, children);
    addCells(getBackward(forward), children);
    found.all.push_back({forward, std::move(children)});
    return numbers[forward] = found.all.size() - 1;
  }

  NestedForwards &found;
  llvm::DenseMap<Operation *, unsigned> numbers;
  llvm::SmallPtrSet<Operation *, 8> active;
};
} // namespace

NestedForwards bptt::collectNestedForwards(func::FuncOp function) {
  NestedForwards found;
  Collector collector(found);
  function.walk([&](ScanOp scan) {
    NestedForwards::Children children;
    collector.addCells(scan, children);
  });
  for (FirstSweepOpInterface sweep : getFirstSweeps(function)) {
    NestedForwards::Children children;
    collector.addCells(sweep, children);
    collector.addCells(*sweep.getTape().user_begin(), children);
    found.ofTopLevel.push_back(std::move(children));
  }
  return found;
}
