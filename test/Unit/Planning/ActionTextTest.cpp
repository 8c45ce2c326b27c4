//===- ActionTextTest.cpp - Actions are read as they are printed ----------===//

#include "bptt/Planning/ActionText.h"
#include "bptt/Planning/Solvers.h"

#include "TestUtil.h"

#include "gtest/gtest.h"

using namespace bptt::planning;

static std::string print(const Action &action) {
  std::string text;
  llvm::raw_string_ostream(text) << action;
  return text;
}

TEST(ActionText, ReadsWhatIsPrinted) {
  for (int64_t keptBytes : {0, 3, 9, 20, 64}) {
    Problem problem;
    problem.numSteps = 12;
    problem.stateBytes = 2;
    problem.tapeModes = {{5, 0}, {1, 2}};
    llvm::Expected<Plan> plan = solve(problem, Policy::Optimal, keptBytes);
    ASSERT_TRUE(bool(plan));
    plan->forEachAction([&](const Action &action) {
      llvm::Expected<Action> read = parseAction(print(action));
      EXPECT_TRUE(bool(read));
      if (read) {
        EXPECT_EQ(*read, action) << print(action);
      }
      return true;
    });
  }
}

TEST(ActionText, RefusesWhatIsNoAction) {
  for (const char *text :
       {"", "advanced 0..1", "advance 0", "advance 0..x", "advance -1..2",
        "checkpoint 3", "checkpoint 3 @-1", "restore @0", "restore-initial 0",
        "taped-forward 3 @0", "taped-forward 3 @0 state", "backward 3",
        "backward-in-progress 3 mode", "backward-in-progress 3 4"}) {
    llvm::Expected<Action> action = parseAction(text);
    EXPECT_FALSE(bool(action)) << text;
    llvm::consumeError(action.takeError());
  }
}
