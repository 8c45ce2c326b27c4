//===- FormulaTest.cpp - What formulas say of plans too long to sum up ----===//

#include "TestUtil.h"

#include "Solution.h"

#include "bptt/Planning/Splitter.h"

using namespace bptt::planning;

namespace {

using Solver = llvm::Expected<Solution> (*)(const Request &);

/// The formula against the sum over the tree.
void expectFormula(Solver solver, const Problem &problem, int64_t keptBytes) {
  llvm::Expected<Solution> solution = solver({problem, keptBytes, -1});
  ASSERT_TRUE(bool(solution)) << messageOf(solution.takeError());
  std::optional<TreeSummary> sum =
      summarize(problem, *solution->splitter, -1, int64_t(1) << 24);
  ASSERT_TRUE(sum && solution->formula);
  std::string where = "T=" + std::to_string(problem.numSteps) +
                      " m=" + std::to_string(keptBytes);
  EXPECT_EQ(solution->formula->advances, sum->advances) << where;
  EXPECT_EQ(solution->formula->advanceCost, sum->advanceCost) << where;
  EXPECT_EQ(solution->formula->keptPeakBytes, sum->keptPeakBytes) << where;
}

TEST(Formula, PublishedPoliciesAtEveryLengthAndSlot) {
  for (InitialState initial : {InitialState::Held, InitialState::Counted})
    for (int64_t t = 1; t <= 90; ++t)
      for (int64_t slots = 1; slots <= t + 2; ++slots) {
        Problem problem = makeProblem(t, 3, 7, initial);
        expectFormula(solveIsm, problem,
                      std::max(keptBytesForSlots(problem, Policy::Ism, slots),
                               minKeptBytes(problem)));
        expectFormula(solveHsm, problem,
                      std::max(keptBytesForSlots(problem, Policy::Hsm, slots),
                               minKeptBytes(problem)));
      }
}

TEST(Formula, PublishedPoliciesOfLongSequences) {
  for (int64_t t : {9999, 100000, 1000003})
    for (int64_t slots : {2, 3, 17, 400, 1412, 1413, 3000, 60000})
      for (Solver solver : {solveIsm, solveHsm})
        expectFormula(solver, makeProblem(t, 2, 5),
                      keptBytesForSlots(makeProblem(t, 2, 5), Policy::Ism,
                                        std::min<int64_t>(slots, t)));
}

} // namespace
