//===- Plan.cpp - A plan, by value ----------------------------------------===//

#include "bptt/Planning/Plan.h"

#include "Math.h"

#include "bptt/Planning/Splitter.h"

#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Format.h"

using namespace bptt::planning;

llvm::StringRef bptt::planning::toString(Exactness exactness) {
  switch (exactness) {
  case Exactness::Exact:
    return "exact";
  case Exactness::Window:
    return "window";
  case Exactness::Macro:
    return "macro";
  case Exactness::ClosedForm:
    return "closed-form";
  }
  llvm_unreachable("not an exactness");
}

llvm::Expected<Exactness> bptt::planning::parseExactness(llvm::StringRef name) {
  std::string known;
  for (Exactness exactness : {Exactness::Exact, Exactness::Window,
                              Exactness::Macro, Exactness::ClosedForm}) {
    if (toString(exactness) == name)
      return exactness;
    known += (known.empty() ? "" : ", ") + toString(exactness).str();
  }
  return llvm::createStringError("unknown exactness '" + name +
                                 "', expected one of " + known);
}

int64_t bptt::planning::plainCost(const Problem &problem) {
  auto costOfStep = [&](int64_t step) {
    const std::vector<TapeMode> &modes = problem.tapeModesAt(step);
    const StepCosts &costs = problem.costsAt(step);
    return costs.taped + costs.backward +
           modes[cheapestTapeMode(modes)].extraBackwardCost;
  };
  if (!problem.isChain())
    return saturatingMul(problem.numSteps, costOfStep(0));
  int64_t sum = 0;
  for (int64_t step = 0; step < problem.numSteps; ++step)
    sum = saturatingAdd(sum, costOfStep(step));
  return sum;
}

double Plan::timeRatio() const {
  if (problem.numSteps == 0)
    return 1;
  return double(cost) / double(plainCost(problem));
}

double Plan::knownGap() const {
  if (cost == costLowerBound)
    return 0;
  return double(cost - costLowerBound) / double(costLowerBound);
}

void Plan::forEachAction(ActionVisitor visit) const {
  expand(problem, *splitter, inProgressMode, visit);
}

std::vector<Action> Plan::actions() const {
  std::vector<Action> list;
  forEachAction([&](const Action &action) {
    list.push_back(action);
    return true;
  });
  return list;
}

void Plan::print(llvm::raw_ostream &os) const {
  os << "policy " << toString(policy) << ", " << problem.numSteps
     << " steps, keeps " << keptPeakBytes << " of " << keptBudgetBytes
     << " bytes, " << counts.forwardEvaluations << " evaluations ("
     << counts.advances << " advances), cost " << cost << ", time ratio "
     << llvm::format("%.4f", timeRatio()) << ", " << toString(exactness);
  if (cost != costLowerBound)
    os << " (at least " << costLowerBound << ')';
}
