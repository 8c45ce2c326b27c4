//===- NestedCosts.cpp - What steps cost with plans inside them -----------===//

#include "NestedCosts.h"

#include "RecurrenceMemory.h"

#include "bptt/Dialect/BPTT/IR/Recurrence.h"

using namespace mlir;
using namespace bptt;
using planning::PlanCounts;

static int64_t getNumSteps(ForwardOp forward) {
  return getStaticNumSteps(forward.getInputs(), forward.getSteps());
}

void NestedCosts::usePlan(unsigned number, const PlanCounts &counts) {
  ForwardOp forward = nested.all[number].forward;
  BackwardOp backward = getBackward(forward);
  CellWork plan;
  plan += getWork(forward, backward.getAdvance()) * counts.advances;
  plan += getWork(forward, backward.getTaped()) * counts.tapedForwards;
  plan += getWork(forward, backward.getAdjoint()) * counts.backwards;
  CellWork whole;
  whole += plain.lookup(backward.getTaped());
  whole += plain.lookup(backward.getAdjoint());
  extra[number] = plan.beyond(whole * getNumSteps(forward));
}

void NestedCosts::usePlain(unsigned number) {
  PlanCounts counts;
  counts.tapedForwards = counts.backwards =
      getNumSteps(nested.all[number].forward);
  usePlan(number, counts);
}

CellWork NestedCosts::getAdvanceWork(unsigned number) const {
  ForwardOp forward = nested.all[number].forward;
  return getWork(forward, getBackward(forward).getAdvance());
}

/// Of work, undoing costs as much more as what is inside it, times that count.
int64_t NestedCosts::countInside(unsigned child, unsigned parent) const {
  NestedCosts unit(plain, nested);
  unit.extra[child].flops = 1;
  ForwardOp forward = nested.all[parent].forward;
  BackwardOp backward = getBackward(forward);
  CellWork step = unit.getExtra(forward, backward.getTaped());
  step += unit.getExtra(forward, backward.getAdjoint());
  return (step * getNumSteps(forward)).flops;
}

CellWork NestedCosts::getExtra(Operation *user, StringRef name) const {
  CellWork work;
  lookUpCell(user, name).walk([&](Operation *op) {
    if (auto forward = dyn_cast<ForwardOp>(op))
      work += extra[nested.numberOf(forward)] * getRepetitions(op);
    else if (auto scan = dyn_cast<ScanOp>(op))
      work += getExtra(scan, scan.getCell()) *
              (getRepetitions(op) *
               std::max<int64_t>(
                   1, getStaticNumSteps(scan.getInputs(), scan.getSteps())));
  });
  return work;
}

CellWork NestedCosts::getWork(Operation *user, StringRef cell) const {
  CellWork work = plain.lookup(cell);
  if (!nested.empty())
    work += getExtra(user, cell);
  return work;
}

int64_t NestedCosts::getCost(Operation *user, StringRef cell) const {
  return getWork(user, cell).getNanoseconds();
}

RecurrenceCosts NestedCosts::getCosts(FirstSweepOpInterface first) const {
  auto get = [&](FlatSymbolRefAttr cell) {
    return getCost(first, cell.getValue());
  };
  auto getPlain = [&](FlatSymbolRefAttr cell) {
    return plain.lookup(cell.getValue()).getNanoseconds();
  };
  auto add = [&](RecurrenceCosts &costs, FlatSymbolRefAttr advance,
                 FlatSymbolRefAttr taped, unsigned numModes,
                 function_ref<FlatSymbolRefAttr(unsigned)> adjointIn) {
    costs.steps.push_back({get(advance), get(taped), get(adjointIn(0))});
    // What computes something again costs something. What is planned inside is
    // in all of the adjoints.
    auto &extra = costs.extraBackward.emplace_back();
    for (unsigned mode = 0; mode < numModes; ++mode)
      extra.push_back(mode ? std::max<int64_t>(1, getPlain(adjointIn(mode)) -
                                                      getPlain(adjointIn(0)))
                           : 0);
  };
  Operation *second = *first.getTape().user_begin();
  RecurrenceCosts costs;
  if (auto backward = dyn_cast<BackwardOp>(second)) {
    add(costs, backward.getAdvanceAttr(), backward.getTapedAttr(),
        backward.getNumTapeModes(),
        [&](unsigned mode) { return backward.getAdjointIn(mode); });
    return costs;
  }
  auto backward = cast<ChainBackwardOp>(second);
  for (size_t step = 0; step < backward.getAdvance().size(); ++step)
    add(costs, cast<FlatSymbolRefAttr>(backward.getAdvance()[step]),
        backward.getTapedIn(step, 0), backward.getNumTapeModes(step),
        [&](unsigned mode) { return backward.getAdjointIn(step, mode); });
  return costs;
}
