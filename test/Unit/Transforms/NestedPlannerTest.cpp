//===- NestedPlannerTest.cpp - Plans inside steps against all others ------===//

#include "FunctionPlanner.h"

#include "bptt/Dialect/BPTT/IR/Recurrence.h"
#include "bptt/Differentiation/Passes.h"
#include "bptt/Pipelines/Registration.h"
#include "bptt/Planning/Solvers.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/MemoryBuffer.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace bptt;
using namespace bptt::planning;

namespace {

using Replacements = std::vector<std::pair<std::string, std::string>>;

/// The gradient of a program of the integration tests, made so short that all
/// ways to plan it can be measured.
class Program {
public:
  Program(const std::string &name, const Replacements &replacements) {
    auto file =
        llvm::MemoryBuffer::getFile(BPTT_TEST_INPUTS "/" + name + ".mlir");
    std::string text = (*file)->getBuffer().str();
    for (const auto &[from, to] : replacements) {
      EXPECT_NE(text.find(from), std::string::npos) << from;
      for (size_t at = 0; (at = text.find(from, at)) != std::string::npos;
           at += to.size())
        text.replace(at, from.size(), to);
    }
    DialectRegistry registry;
    registerAllDialects(registry);
    registerAllExtensions(registry);
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    module = parseSourceString<ModuleOp>(text, &context);
    PassManager passes(&context);
    passes.addPass(createDifferentiate());
    EXPECT_TRUE(succeeded(passes.run(*module)));
    measurement.emplace(*Measurement::make(*module));
    for (auto candidate : module->getOps<func::FuncOp>())
      if (candidate.isPublic() && !getFirstSweeps(candidate).empty())
        function = candidate;
    nested = collectNestedForwards(function);
    mayPlan.resize(nested.all.size(), true);
  }

  llvm::Expected<FunctionPlan> plan(int64_t budgetBytes) {
    Budget budget;
    budget.kind = Budget::Kind::Bytes;
    budget.bytes = budgetBytes;
    PlanRequest request{budget, Policy::Optimal, std::nullopt, ""};
    return FunctionPlanner(*measurement, function, nested, mayPlan, request)
        .plan();
  }

  /// The function's own recurrences for every choice of points of the exact
  /// curves inside, laid out with its plans.
  std::vector<SharedProblem> measureAll() {
    std::vector<NestedChoice> choices = {{}};
    for (unsigned number = 0; number < nested.all.size(); ++number) {
      std::vector<NestedChoice> more;
      for (const NestedChoice &choice : choices)
        for (int64_t kept : getKeptBytes(number)) {
          more.push_back(choice);
          more.back().push_back(kept);
        }
      choices = std::move(more);
    }
    NestedPlanner inside(*measurement, function, nested, mayPlan);
    EXPECT_TRUE(succeeded(inside.prepare()));
    std::vector<SharedProblem> all;
    for (const ModeSets &modes : getModeSets())
      for (const NestedChoice &choice : choices) {
        NestedDecision decision = inside.decide(choice);
        auto costs = llvm::map_to_vector(
            getFirstSweeps(function), [&](FirstSweepOpInterface sweep) {
              return decision.costs.getCosts(sweep);
            });
        all.push_back(
            measurement
                ->measure(function.getName(), decision.plans, modes, costs)
                ->shared);
      }
    return all;
  }

private:
  std::vector<int64_t> getKeptBytes(unsigned number) {
    FailureOr<RecurrenceSizes> sizes = measurement->measureNested(
        function.getName(), number, NestedPlanAttrs(nested.all.size()));
    ForwardOp forward = nested.all[number].forward;
    Problem problem;
    problem.numSteps =
        getStaticNumSteps(forward.getInputs(), forward.getSteps());
    problem.stateBytes = sizes->stateBytes;
    problem.tapeModes = {{sizes->modes.front().residualBytes, 0}};
    std::vector<int64_t> kept = {kPlain};
    for (const CostPoint &point : costCurve(problem, Policy::Optimal))
      kept.push_back(point.keptBytes);
    return kept;
  }

  /// The first of each recurrence, and all of each.
  std::vector<ModeSets> getModeSets() {
    std::vector<ModeSets> sets(2);
    for (FirstSweepOpInterface sweep : getFirstSweeps(function)) {
      auto forward = dyn_cast<ForwardOp>(sweep.getOperation());
      unsigned numModes = forward ? forward.getNumTapeModes() : 1;
      sets[1].emplace_back(numModes, true);
      sets[0].emplace_back(numModes);
      sets[0].back().set(0);
    }
    if (sets[0] == sets[1])
      sets.pop_back();
    return sets;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  std::optional<Measurement> measurement;
  func::FuncOp function;
  NestedForwards nested;
  llvm::SmallBitVector mayPlan;
};

int64_t costWithin(const SharedProblem &shared, int64_t budgetBytes) {
  auto kept = shareBudget(shared, Policy::Optimal, budgetBytes);
  if (!kept) {
    llvm::consumeError(kept.takeError());
    return INT64_MAX;
  }
  int64_t cost = 0;
  for (auto [problem, bytes] : llvm::zip_equal(shared.problems, *kept))
    cost += llvm::cantFail(solve(problem, Policy::Optimal, bytes)).cost;
  return cost;
}

/// At some budgets from the floor up.
void expectTheBest(Program &&program, int64_t numBudgets = 8) {
  std::vector<SharedProblem> all = program.measureAll();
  int64_t floor = INT64_MAX, full = all.front().fullBytes();
  for (const SharedProblem &shared : all)
    floor = std::min(floor, shared.floorBytes(Policy::Optimal));
  ASSERT_LT(floor, full);
  // Not multiples of the alignment.
  int64_t step = (full - floor) / numBudgets + 1;
  for (int64_t budget = floor; budget < full + step; budget += step) {
    int64_t least = INT64_MAX;
    for (const SharedProblem &shared : all)
      least = std::min(least, costWithin(shared, budget));
    llvm::Expected<FunctionPlan> plan = program.plan(budget);
    ASSERT_TRUE(bool(plan)) << budget << llvm::toString(plan.takeError());
    EXPECT_EQ(plan->cost, least) << budget << " of " << full;
    EXPECT_EQ(plan->floorBytes, floor);
    int64_t peak = plan->measured.shared.otherBytes, cost = 0;
    for (const Plan &own : plan->plans) {
      peak += own.keptPeakBytes;
      cost += own.cost;
    }
    EXPECT_LE(peak, budget);
    EXPECT_EQ(cost, least);
  }
  llvm::Expected<FunctionPlan> none = program.plan(floor - 1);
  ASSERT_FALSE(bool(none));
  EXPECT_TRUE(none.errorIsA<InfeasibleBudget>());
  llvm::consumeError(none.takeError());
}

TEST(NestedPlanner, OneInside) {
  expectTheBest(Program("nested-long", {{"500x", "5x"}, {"<20x", "<6x"}}));
  expectTheBest(Program("nested-long", {{"500x", "24x"}, {"<20x", "<9x"}}));
}

TEST(NestedPlanner, TwoInsideAndOneBeside) {
  expectTheBest(Program("nested-siblings", {{"constant 200", "constant 9"},
                                            {"constant 60", "constant 5"},
                                            {"constant 40", "constant 6"}}));
}

TEST(NestedPlanner, ThreeLevels) {
  expectTheBest(Program(
      "nested-deep",
      {{"<6x40x", "<6x5x"}, {"<40x", "<5x"}, {"constant 30", "constant 7"}}));
}

TEST(NestedPlanner, OneCellInTwoPlaces) {
  expectTheBest(Program("nested-shared", {{"constant 10", "constant 3"},
                                          {"constant 25", "constant 5"},
                                          {"constant 30", "constant 6"},
                                          {"constant 12", "constant 5"}}));
}

TEST(NestedPlanner, TwoTapeModesOutside) {
  expectTheBest(
      Program("nested-modes", {{"<300x20x", "<8x5x"}, {"<20x", "<5x"}}));
}

/// Both have the plan that their one cell has.
TEST(NestedPlanner, TwoOutsideWithOneCell) {
  expectTheBest(Program(
      "nested-long",
      {{"500x", "12x"},
       {"<20x", "<5x"},
       {"  %h, %loss = ",
        "  %h1, %loss1 = bptt.scan @outer carry(%h0, %none : tensor<2x8xf32>, "
        "tensor<f32>) inputs(%xs : tensor<5x12x2x8xf32>) invariants(%w : "
        "tensor<8x8xf32>) -> tensor<2x8xf32>, tensor<f32>\n"
        "  %h, %loss = "},
       {"%h, %loss = bptt.scan @outer carry(%h0, %none",
        "%h, %loss = bptt.scan @outer carry(%h1, %loss1"}}));
}

/// Their cells differ, and what both keep inside is there together.
TEST(NestedPlanner, TwoOutsideWithCellsOfTheirOwn) {
  expectTheBest(
      Program("nested-long", {{"500x", "7x"},
                              {"<20x", "<5x"},
                              {"func.func @loss", R"(
func.func private @other(%i: index, %h: tensor<2x8xf32>, %xs: tensor<7x2x8xf32>, %w: tensor<8x8xf32>)
    -> tensor<2x8xf32> {
  %n = bptt.scan @inner reverse carry(%h : tensor<2x8xf32>) inputs(%xs : tensor<7x2x8xf32>)
      invariants(%w : tensor<8x8xf32>) -> tensor<2x8xf32>
  return %n : tensor<2x8xf32>
}
func.func @loss)"},
                              {"  %h, %loss = ", R"(
  %h1 = bptt.scan @other carry(%h0 : tensor<2x8xf32>) inputs(%xs : tensor<5x7x2x8xf32>)
      invariants(%w : tensor<8x8xf32>) -> tensor<2x8xf32>
  %h, %loss = )"},
                              {"@outer carry(%h0,", "@outer carry(%h1,"}}));
}

/// A step with a carry of two.
std::string step(const std::string &results, const std::string &cell,
                 const std::string &carry, const std::string &input) {
  return "  " + results + " = bptt.step " + cell + " carry(" + carry +
         " : tensor<2x8xf32>, tensor<f32>) inputs(" + input +
         " : tensor<9x2x8xf32>) invariants(%w : tensor<8x8xf32>) -> "
         "tensor<2x8xf32>, tensor<f32>\n";
}

/// Steps of a chain, each with a recurrence inside, and one that has none.
TEST(NestedPlanner, InsideStepsOfAChain) {
  expectTheBest(Program(
      "nested-long",
      {{"500x", "9x"},
       {"%xs: tensor<20x9x2x8xf32>,", "%a: tensor<9x2x8xf32>, "
                                      "%b: tensor<9x2x8xf32>, "
                                      "%c: tensor<9x2x8xf32>,"},
       {"  %h, %loss = bptt.scan @outer carry(%h0, %none : tensor<2x8xf32>, "
        "tensor<f32>) inputs(%xs : tensor<20x9x2x8xf32>)\n"
        "      invariants(%w : tensor<8x8xf32>) -> tensor<2x8xf32>, "
        "tensor<f32>\n",
        step("%h1, %loss1", "@outer at 0", "%h0, %none", "%a") +
            step("%h2, %loss2", "@outer at 1", "%h1, %loss1", "%b") +
            step("%h3, %loss3", "@flat at 2", "%h2, %loss2", "%c") +
            step("%h, %loss", "@outer at 3", "%h3, %loss3", "%a")},
       {"func.func @loss", R"(
func.func private @flat(%i: index, %h: tensor<2x8xf32>, %s: tensor<f32>, %x: tensor<9x2x8xf32>, %w: tensor<8x8xf32>)
    -> (tensor<2x8xf32>, tensor<f32>) {
  %t = math.tanh %h : tensor<2x8xf32>
  %u = math.sin %t : tensor<2x8xf32>
  return %u, %s : tensor<2x8xf32>, tensor<f32>
}
func.func @loss)"}}));
}

} // namespace
