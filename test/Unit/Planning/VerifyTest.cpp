//===- VerifyTest.cpp - The verifier finds what is wrong ------------------===//

#include "TestUtil.h"

using namespace bptt::planning;

namespace {

constexpr ActionKind advance = ActionKind::Advance;
constexpr ActionKind checkpoint = ActionKind::Checkpoint;
constexpr ActionKind restore = ActionKind::Restore;
constexpr ActionKind restoreInitial = ActionKind::RestoreInitial;
constexpr ActionKind taped = ActionKind::TapedForward;
constexpr ActionKind tapedNow = ActionKind::TapedForwardInProgress;
constexpr ActionKind backward = ActionKind::Backward;
constexpr ActionKind backwardNow = ActionKind::BackwardInProgress;

std::string failure(const Problem &problem, int64_t kept,
                    std::vector<Action> actions) {
  llvm::Expected<Replay> result = replay(problem, kept, actions);
  return result ? "" : messageOf(result.takeError());
}

TEST(Verify, AcceptsACorrectSequence) {
  EXPECT_EQ(failure(makeProblem(2, 2, 5), 5,
                    {{taped, 0, 0, 1, 0, kCallersInitialState},
                     {tapedNow, 0, 1, 2},
                     {backwardNow, 0, 1, 2},
                     {backward, 0, 0, 1, 0, kCallersInitialState}}),
            "");
}

TEST(Verify, NamesTheActionAndTheRule) {
  Problem two = makeProblem(2, 2, 5);
  EXPECT_EQ(failure(two, 5, {{advance, 0, 1, 2}}),
            "action 0 (advance 1..2): V1: the running state is not the step's "
            "input");
  EXPECT_EQ(failure(two, 1, {{checkpoint, 0, 0, 0, 0}}),
            "action 0 (checkpoint 0 @0): V2: above the budget");
  EXPECT_EQ(failure(two, 5, {{restore, 0, 0, 0, 0}}),
            "action 0 (restore 0 @0): V1: the state is not there");
  EXPECT_EQ(failure(two, 5,
                    {{advance, 0, 0, 1}, {restoreInitial}, {advance, 0, 0, 1}}),
            "action 2 (advance 0..1): V3: the first sweep is not in order");
  EXPECT_EQ(failure(two, 5, {{tapedNow, 0, 0, 1}, {backwardNow, 0, 0, 1}}),
            "action 1 (backward-in-progress 0): V3: the first sweep is not "
            "complete");
  EXPECT_EQ(failure(two, 5, {{advance, 0, 0, 2}, {backwardNow, 0, 1, 2}}),
            "action 1 (backward-in-progress 1): V1: another step's tape is in "
            "progress");
  EXPECT_EQ(
      failure(
          two, 5,
          {{advance, 0, 0, 1}, {tapedNow, 0, 1, 2}, {backwardNow, 0, 1, 2}}),
      "V4: the backward of step 0 is missing");
  EXPECT_EQ(failure(two, 5, {{taped, 1, 0, 1, 0, kCallersInitialState}}),
            "action 0 (taped-forward 0 @0 state initial mode 1): V1: no such "
            "tape mode");
}

TEST(Verify, FindsOverwrittenItems) {
  Problem three = makeProblem(3, 2, 5);
  // The checkpoint of h_1 lies inside the tape of step 0.
  EXPECT_EQ(failure(three, 20,
                    {{taped, 0, 0, 1, 0, kCallersInitialState},
                     {checkpoint, 0, 1, 1, 4}}),
            "action 1 (checkpoint 1 @4): V2: overlaps a living item");
  // Writing at 0 ends the life of the tape.
  EXPECT_EQ(failure(three, 20,
                    {{taped, 0, 0, 1, 0, kCallersInitialState},
                     {checkpoint, 0, 1, 1, 0},
                     {advance, 0, 1, 2},
                     {tapedNow, 0, 2, 3},
                     {backwardNow, 0, 2, 3},
                     {restore, 0, 1, 1, 0},
                     {tapedNow, 0, 1, 2},
                     {backwardNow, 0, 1, 2},
                     {backward, 0, 0, 1, 0, kCallersInitialState}}),
            "action 8 (backward 0 @0 state initial): V1: no tape of the step");
}

TEST(Verify, HeldInitialStateIsTheCallers) {
  Problem counted = makeProblem(2, 2, 5, InitialState::Counted);
  EXPECT_EQ(failure(counted, 20, {{taped, 0, 0, 1, 0, kCallersInitialState}}),
            "action 0 (taped-forward 0 @0 state initial): V1: the step's input "
            "state is not where it is said to be");
  EXPECT_EQ(failure(counted, 20, {{advance, 0, 0, 1}, {restoreInitial}}),
            "action 1 (restore-initial): V1: the caller does not hold the "
            "initial state");
}

/// No action of a plan can be left out.
TEST(Verify, DroppedActionsAreNoticed) {
  Problem problem = makeProblem(9, 2, 3);
  Plan plan = solved(problem, Policy::Optimal, 11);
  std::vector<Action> actions = plan.actions();
  for (size_t i = 0; i < actions.size(); ++i) {
    std::vector<Action> fewer = actions;
    fewer.erase(fewer.begin() + i);
    EXPECT_NE(failure(problem, 11, fewer), "") << i;
  }
}

TEST(Verify, ComparesWhatThePlanStates) {
  Plan plan = solved(makeProblem(20, 2, 3), Policy::Optimal, 15);
  auto messageWith = [&](auto change) {
    Plan changed = plan;
    change(changed);
    return messageOf(verify(changed));
  };
  EXPECT_NE(messageWith([](Plan &p) { ++p.keptPeakBytes; }), "");
  EXPECT_NE(
      messageWith([](Plan &p) { p.keptBudgetBytes = p.keptPeakBytes - 1; }),
      "");
  EXPECT_NE(messageWith([](Plan &p) { ++p.counts.advances; }), "");
  EXPECT_NE(messageWith([](Plan &p) { ++p.cost; }), "");
  EXPECT_NE(messageWith([](Plan &p) { p.costLowerBound = p.cost + 1; }), "");
}

} // namespace
