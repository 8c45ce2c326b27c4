//===- ProgramPlan.cpp - All plans and sizes of one call ------------------===//

#include "bptt/Runtime/ProgramPlan.h"

#include "bptt/Planning/Solvers.h"
#include "bptt/Runtime/Table.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace bptt;
using namespace bptt::planning;

llvm::Error bptt::checkLengths(const SharedProblem &shared) {
  for (auto [index, problem] : llvm::enumerate(shared.problems))
    if (problem.numSteps < 0)
      return llvm::createStringError(
          "the inputs of recurrence #" + llvm::Twine(index) +
          " have different lengths, expected one number of steps");
  return llvm::Error::success();
}

llvm::Expected<ProgramPlan> bptt::planProgram(const SharedProblem &shared,
                                              Policy policy,
                                              const Budget &budget) {
  if (llvm::Error error = checkLengths(shared))
    return std::move(error);
  ProgramPlan program;
  program.fullBytes = shared.fullBytes();
  program.floorBytes =
      shared.leastBytes ? shared.leastBytes : shared.floorBytes(policy);
  program.budgetBytes = budget.resolve(program.fullBytes);
  program.otherBytes = shared.otherBytes;
  auto kept = shareBudget(shared, policy, program.budgetBytes);
  if (!kept)
    return kept.takeError();
  double cost = 0;
  for (auto [problem, bytes] : llvm::zip_equal(shared.problems, *kept)) {
    auto plan = solve(problem, policy, bytes);
    if (!plan)
      return plan.takeError();
    auto table = encodeTable(*plan, program.stackBytes);
    if (!table)
      return table.takeError();
    program.stackBytes += llvm::alignTo(plan->keptPeakBytes, kTableUnitBytes);
    cost += double(plan->cost);
    program.plans.push_back(std::move(*plan));
    program.tables.push_back(std::move(*table));
  }
  if (int64_t plain = shared.plainCost())
    program.timeRatio = cost / double(plain);
  program.nested = shared.nested;
  // A stack of its own for each, at the beginning of which offsets count.
  for (const NestedRecurrence &nested : shared.nested) {
    auto plan = solve(nested.problem, nested.policy, nested.keptBytes);
    if (!plan)
      return plan.takeError();
    auto table = encodeTable(*plan, /*stackOffsetBytes=*/0);
    if (!table)
      return table.takeError();
    program.tables.push_back(std::move(*table));
  }
  for (const std::vector<int32_t> &table : program.tables)
    program.tableBytes += table.size() * sizeof(int32_t);
  return std::move(program);
}
