//===- Solvers.cpp - From a problem to a plan -----------------------------===//

#include "bptt/Planning/Solvers.h"

#include "Math.h"
#include "Solution.h"

#include "llvm/Support/ErrorHandling.h"

using namespace bptt::planning;

/// Runs that are summed up before a formula is preferred, and where there is
/// none.
static constexpr int64_t kFewRuns = 2048;
static constexpr int64_t kManyRuns = int64_t(1) << 24;

int64_t bptt::planning::minKeptBytes(const Problem &problem, Policy policy) {
  switch (policy) {
  case Policy::Full:
    return fullKeptBytes(problem);
  case Policy::ChenSqrt:
    return chenSqrtKeptBytes(problem);
  case Policy::ChenRecursive:
    return chenRecursiveKeptBytes(problem);
  case Policy::Optimal:
  case Policy::None:
  case Policy::Hsm:
  case Policy::Ism:
  case Policy::Msm:
    return minKeptBytes(problem);
  }
  llvm_unreachable("not a policy");
}

int64_t bptt::planning::floorBytes(const Problem &problem, Policy policy) {
  return saturatingAdd(minKeptBytes(problem, policy),
                       floorBytes(problem) - minKeptBytes(problem));
}

static llvm::Expected<Solution> dispatch(const Request &request,
                                         Policy policy) {
  switch (policy) {
  case Policy::Optimal:
    return solveOptimal(request);
  case Policy::Full:
    return solveFull(request);
  case Policy::None:
    return solveNone(request);
  case Policy::Hsm:
    return solveHsm(request);
  case Policy::Ism:
    return solveIsm(request);
  case Policy::Msm:
    return solveMsm(request);
  case Policy::ChenSqrt:
    return solveChenSqrt(request);
  case Policy::ChenRecursive:
    return solveChenRecursive(request);
  }
  llvm_unreachable("not a policy");
}

int64_t bptt::planning::fixedCost(const Problem &problem) {
  if (!problem.isChain())
    return saturatingMul(problem.numSteps,
                         problem.costs.taped + problem.costs.backward);
  int64_t sum = 0;
  for (const ChainStep &step : problem.chain)
    sum = saturatingAdd(sum, step.costs.taped + step.costs.backward);
  return sum;
}

/// The costs of the step whose taped forward is the cheapest against its
/// advance.
static StepCosts cheapestToTape(const Problem &problem) {
  if (!problem.isChain())
    return problem.costs;
  StepCosts least = problem.chain.front().costs;
  for (const ChainStep &step : problem.chain)
    if (__int128(step.costs.taped) * least.advance <
        __int128(least.taped) * step.costs.advance)
      least = step.costs;
  return least;
}

/// A taped forward whose residuals are thrown away does what an advance does,
/// in the memory of the tape in progress. Plans advance all the same, but where
/// measured costs say that a taped forward is cheaper, the optimum over such
/// schedules is below that over plans: by no more than the ratio of the two.
static void lowerClaim(Plan &plan) {
  if (plan.policy != Policy::Optimal || plan.problem.numSteps == 0)
    return;
  StepCosts costs = cheapestToTape(plan.problem);
  if (costs.taped >= costs.advance)
    return;
  int64_t fixed = fixedCost(plan.problem);
  __int128 recompute = plan.costLowerBound - fixed;
  plan.costLowerBound =
      fixed + int64_t(recompute * costs.taped / costs.advance);
  if (plan.exactness == Exactness::Exact && plan.cost != plan.costLowerBound)
    plan.exactness = Exactness::Window;
}

int64_t bptt::planning::recomputeCost(const TreeSummary &sum) {
  return saturatingAdd(sum.advanceCost, sum.extraBackwardCost);
}

std::optional<TreeSummary> bptt::planning::sumUp(const Solution &solution,
                                                 const Problem &problem,
                                                 int64_t inProgressMode) {
  std::optional<TreeSummary> sum =
      summarize(problem, *solution.splitter, inProgressMode,
                solution.formula ? kFewRuns : kManyRuns);
  return sum ? sum : solution.formula;
}

static llvm::Error fillIn(Plan &plan, const Solution &solution) {
  std::optional<TreeSummary> sum =
      sumUp(solution, plan.problem, plan.inProgressMode);
  auto tooLarge = [&]() {
    bool hasManyBytes =
        fullKeptBytes(plan.problem) == std::numeric_limits<int64_t>::max();
    return llvm::createStringError(
        llvm::Twine(hasManyBytes ? "what is kept, or the cost," : "the cost") +
        " of " + llvm::Twine(plan.problem.numSteps) + " steps exceeds 64 bits");
  };
  if (!sum)
    return tooLarge();
  int64_t recompute = recomputeCost(*sum);
  int64_t fixed = fixedCost(plan.problem);
  plan.cost = saturatingAdd(fixed, recompute);
  if (plan.cost == std::numeric_limits<int64_t>::max())
    return tooLarge();
  plan.costLowerBound = saturatingAdd(
      fixed, solution.recomputeCostLowerBound.value_or(recompute));
  plan.keptPeakBytes = sum->keptPeakBytes;
  plan.checkpointBytes = sum->checkpointBytes;
  int64_t t = plan.problem.numSteps;
  plan.counts = {sum->advances, t, sum->advances + t, t};
  return llvm::Error::success();
}

static llvm::Error infeasible(const Problem &problem, Policy policy,
                              int64_t keptBytes, int64_t least) {
  std::string parts = "kept bytes";
  if (least == minKeptBytes(problem) && least > 0)
    parts += ": the initial state";
  else if (least > 0)
    parts += (" of policy '" + toString(policy) + "'").str();
  return llvm::make_error<InfeasibleBudget>(keptBytes, least, parts);
}

static llvm::Expected<Plan> solveWithMode(const Problem &problem, Policy policy,
                                          int64_t keptBytes,
                                          int64_t inProgressMode) {
  int64_t least = minKeptBytes(problem, policy);
  if (keptBytes < least)
    return infeasible(problem, policy, keptBytes, least);
  llvm::Expected<Solution> solution =
      dispatch({problem, keptBytes, inProgressMode}, policy);
  if (!solution)
    return solution.takeError();
  Plan plan;
  plan.problem = problem;
  plan.policy = policy;
  plan.keptBudgetBytes = keptBytes;
  plan.inProgressMode = inProgressMode;
  plan.exactness = solution->exactness;
  plan.splitter = solution->splitter;
  if (auto e = fillIn(plan, *solution))
    return e;
  lowerClaim(plan);
  return plan;
}

llvm::Expected<Plan> bptt::planning::solve(const Problem &problem,
                                           Policy policy, int64_t keptBytes) {
  if (auto e = problem.check())
    return e;
  return solveWithMode(problem, policy, keptBytes, -1);
}

llvm::Expected<Plan> bptt::planning::solveWithin(const Problem &problem,
                                                 Policy policy,
                                                 int64_t budgetBytes) {
  if (auto e = problem.check())
    return e;
  std::vector<int64_t> modes = {-1};
  for (size_t mode = 0; !problem.isChain() && mode < problem.tapeModes.size();
       ++mode)
    modes.push_back(mode);
  std::optional<Plan> best;
  int64_t least = minKeptBytes(problem, policy);
  for (int64_t mode : modes) {
    if (budgetBytes < peakBytes(problem, least, mode))
      continue;
    llvm::Expected<Plan> plan = solveWithMode(
        problem, policy, budgetBytes - fixedBytes(problem, mode), mode);
    if (!plan)
      return plan.takeError();
    if (!best || plan->cost < best->cost)
      best = *plan;
  }
  if (best)
    return *best;
  std::string parts = floorParts(problem);
  if (least != minKeptBytes(problem))
    parts = ("policy '" + toString(policy) + "' keeps " + llvm::Twine(least) +
             " bytes beside " + parts)
                .str();
  return llvm::make_error<InfeasibleBudget>(budgetBytes,
                                            floorBytes(problem, policy), parts);
}
