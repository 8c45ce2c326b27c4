//===- SharedBudget.cpp - Several recurrences, one budget -----------------===//

#include "bptt/Planning/SharedBudget.h"

#include "bptt/Planning/Solvers.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace bptt::planning;

int64_t SharedProblem::fullBytes() const {
  uint64_t bytes = otherBytes;
  for (const Problem &problem : problems)
    bytes = llvm::SaturatingAdd<uint64_t>(bytes, fullKeptBytes(problem));
  return std::min<uint64_t>(bytes, INT64_MAX);
}

int64_t SharedProblem::floorBytes(Policy policy) const {
  int64_t bytes = otherBytes;
  for (const Problem &problem : problems)
    bytes += minKeptBytes(problem, policy);
  return bytes;
}

/// The floor in words.
static std::string describeFloor(const SharedProblem &shared, Policy policy) {
  int64_t kept = 0, running = 0, tape = 0, workspace = 0;
  for (const Problem &problem : shared.problems) {
    kept += minKeptBytes(problem, policy);
    running += problem.reserves.runningBytes;
    tape += inProgressBytes(problem);
    workspace += fixedBytes(problem) - problem.reserves.runningBytes -
                 problem.reserves.gradientBytes - inProgressBytes(problem);
  }
  return llvm::formatv("{0} kept states and tapes, {1} running states, {2} "
                       "tape in progress, {3} "
                       "workspace of the cells, {4} gradients of states and "
                       "temporaries around the "
                       "recurrences",
                       kept, running, tape, workspace,
                       shared.otherBytes - running - tape - workspace);
}

llvm::Expected<std::vector<int64_t>>
bptt::planning::shareBudget(const SharedProblem &shared, Policy policy,
                            int64_t budgetBytes) {
  int64_t available = budgetBytes - shared.floorBytes(policy);
  if (available < 0)
    return llvm::make_error<InfeasibleBudget>(
        budgetBytes, shared.floorBytes(policy), describeFloor(shared, policy));
  std::vector<int64_t> kept;
  double wanted = 0;
  for (const Problem &problem : shared.problems) {
    kept.push_back(minKeptBytes(problem, policy));
    wanted += std::max<int64_t>(0, fullKeptBytes(problem) - kept.back());
  }
  if (kept.size() == 1)
    kept.front() += available;
  else
    for (size_t i = 0; i < kept.size(); ++i) {
      double more =
          std::max<int64_t>(0, fullKeptBytes(shared.problems[i]) - kept[i]);
      if (more > 0)
        kept[i] +=
            static_cast<int64_t>(std::min(1., available / wanted) * more);
    }
  return std::move(kept);
}
