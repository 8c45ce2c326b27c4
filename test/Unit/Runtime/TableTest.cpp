//===- TableTest.cpp - What a program does with a table -------------------===//

#include "bptt/Runtime/Table.h"
#include "bptt/Planning/Solvers.h"

#include "gtest/gtest.h"

#include <map>
#include <random>

using namespace bptt;
using namespace bptt::planning;

namespace {

/// Does what a program does, with the numbers of states and steps in place of
/// their bytes, and checks that every read finds what it should.
class Machine {
public:
  Machine(const Problem &problem, const std::vector<int32_t> &table)
      : problem(problem), table(table) {}

  void run() {
    running[0] = 0;
    int64_t numActions = at(0, 1);
    ASSERT_EQ(int64_t(table.size()), (numActions + 1) * kTableColumns);
    for (int64_t row = 1; row <= numActions; ++row) {
      perform(row);
      if (row == at(0, 0)) {
        EXPECT_EQ(running[parity], problem.numSteps);
        EXPECT_EQ(parity, problem.numSteps % 2);
      }
    }
    EXPECT_EQ(nextBackward, -1);
  }

  int64_t numCopies = 0, numBackwards = 0, top = 0;

private:
  int64_t at(int64_t row, int64_t column) const {
    return table[row * kTableColumns + column];
  }

  void write(int64_t units, int64_t bytes, int64_t what) {
    ASSERT_GE(units, 0);
    int64_t end = units + bytes / kTableUnitBytes;
    for (int64_t unit = units; unit < end; ++unit)
      stack[unit] = what;
    top = std::max(top, end);
  }
  void expect(int64_t units, int64_t bytes, int64_t what) {
    for (int64_t unit = units; unit < units + bytes / kTableUnitBytes; ++unit)
      EXPECT_EQ(stack[unit], what);
  }
  void expectState(int64_t units, int64_t state, int64_t ofPair) {
    if (units == kRunningState)
      EXPECT_EQ(running[ofPair], state);
    else
      expect(units, problem.stateBytesAt(state), state);
  }
  void writeState(int64_t units, int64_t state, int64_t ofPair) {
    if (units == kRunningState)
      running[ofPair] = state;
    else
      write(units, problem.stateBytesAt(state), state);
  }
  /// A number that no state has.
  static int64_t tapeOf(int64_t step) { return -10 - step; }

  void evaluate(int64_t step, int64_t from, int64_t to) {
    expectState(from, step, parity);
    writeState(to, step + 1, 1 - parity);
    parity = 1 - parity;
  }

  void perform(int64_t row) {
    auto kind = ActionKind(at(row, 0) % kNumActionKinds);
    int64_t mode = at(row, 0) / kNumActionKinds, step = at(row, 1);
    int64_t third = at(row, 2), from = at(row, 3), to = at(row, 4);
    switch (kind) {
    case ActionKind::Advance:
      for (int64_t i = step; i < third; ++i)
        evaluate(i, i == step ? from : kRunningState,
                 i + 1 == third ? to : kRunningState);
      return;
    case ActionKind::Checkpoint:
      ++numCopies;
      expectState(from, step, parity);
      return writeState(third, step, parity);
    case ActionKind::Restore:
      ++numCopies;
      EXPECT_GE(numBackwards, 1) << "the first sweep has no such code";
      expectState(third, step, parity);
      running[parity] = step;
      return;
    case ActionKind::RestoreInitial:
      ++numCopies;
      running[parity] = 0;
      return;
    case ActionKind::TapedForward:
      write(third, residualBytes(step, mode), tapeOf(step));
      evaluate(step, from, to);
      return expect(third, residualBytes(step, mode), tapeOf(step));
    case ActionKind::TapedForwardInProgress:
      evaluate(step, from, to);
      EXPECT_EQ(to, kRunningState);
      inProgress = step;
      return;
    case ActionKind::Backward:
      expect(third, residualBytes(step, mode), tapeOf(step));
      break;
    case ActionKind::BackwardInProgress:
      EXPECT_EQ(inProgress, step);
      break;
    }
    ++numBackwards;
    EXPECT_EQ(step, nextBackward--);
    if (from == kCallersState) {
      EXPECT_EQ(kind, ActionKind::Backward);
      ++numCopies;
      EXPECT_EQ(step, 0);
      running[1 - parity] = 0;
    } else {
      expectState(from, step, 1 - parity);
    }
    expectState(to, step + 1, parity);
    parity = 1 - parity;
  }

  int64_t residualBytes(int64_t step, int64_t mode) const {
    return problem.tapeModesAt(step)[mode].residualBytes;
  }

  const Problem &problem;
  const std::vector<int32_t> &table;
  std::map<int64_t, int64_t> stack; ///< by units
  int64_t running[2] = {-1, -1}, parity = 0, inProgress = -1;
  int64_t nextBackward = problem.numSteps - 1;
};

/// The table of a plan, checked; how many copies there are.
int64_t copiesOf(const Problem &problem, Policy policy, int64_t keptBytes) {
  llvm::Expected<Plan> plan = solve(problem, policy, keptBytes);
  if (!plan) {
    llvm::consumeError(plan.takeError());
    return 0;
  }
  auto table = encodeTable(*plan, /*stackOffsetBytes=*/kTableUnitBytes);
  EXPECT_TRUE(bool(table));
  EXPECT_EQ((*table)[2], 1);
  Machine machine(problem, *table);
  machine.run();
  EXPECT_EQ(machine.numBackwards, problem.numSteps);
  EXPECT_LE(machine.top * kTableUnitBytes, plan->keptPeakBytes);
  return machine.numCopies;
}

TEST(Table, EveryRowFindsWhatItReads) {
  std::mt19937 random(1);
  auto draw = [&](int64_t least, int64_t most) {
    return least + int64_t(random() % uint64_t(most - least + 1));
  };
  for (int round = 0; round < 400; ++round) {
    Problem problem;
    problem.numSteps = draw(0, 40);
    problem.stateBytes = kTableUnitBytes * draw(1, 4);
    problem.tapeModes = {{kTableUnitBytes * draw(0, 8), 0}};
    if (draw(0, 1))
      problem.tapeModes.push_back({kTableUnitBytes * draw(0, 3), 1});
    problem.costs = {2, 2, 4};
    if (draw(0, 1))
      problem.initialState = InitialState::Counted;
    if (draw(0, 2) == 0)
      for (int64_t step = 0; step < problem.numSteps; ++step)
        problem.chain.push_back({kTableUnitBytes * draw(1, 4),
                                 {{kTableUnitBytes * draw(0, 8), 0}},
                                 {draw(1, 3), 3, 4}});
    int64_t full = fullKeptBytes(problem);
    for (Policy policy : allPolicies())
      for (int64_t kept :
           {full, full / 2, full / 5, full / 20, minKeptBytes(problem, policy)})
        copiesOf(problem, policy, kept);
  }
}

/// States are read and written where they are kept.
TEST(Table, NoCopiesButOfTheInitialState) {
  Problem problem;
  problem.numSteps = 500;
  problem.stateBytes = 2 * kTableUnitBytes;
  problem.tapeModes = {{5 * kTableUnitBytes, 0}};
  int64_t full = fullKeptBytes(problem);
  // The first step's, in plain BPTT; at every return to it elsewhere.
  EXPECT_EQ(copiesOf(problem, Policy::Optimal, full), 1);
  EXPECT_LE(copiesOf(problem, Policy::Optimal, full / 20), 2);
  EXPECT_LE(copiesOf(problem, Policy::Hsm, full / 20), 10);
}

} // namespace
