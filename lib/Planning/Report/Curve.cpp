//===- Curve.cpp - The whole trade-off ------------------------------------===//

#include "bptt/Planning/Report/Curve.h"

#include "bptt/Planning/Solvers.h"

#include <algorithm>
#include <cmath>

using namespace bptt::planning;

std::vector<int64_t> bptt::planning::curveBudgets(int64_t leastBytes,
                                                  int64_t mostBytes,
                                                  int64_t count) {
  std::vector<int64_t> budgets;
  double low = std::log1p(double(leastBytes));
  double high = std::log1p(double(mostBytes));
  for (int64_t i = 0; i < count; ++i) {
    double at = count == 1 ? high : low + (high - low) * i / (count - 1);
    auto budget = int64_t(std::min(std::llround(std::expm1(at)), 1ll << 62));
    budget = i + 1 == count ? mostBytes : std::max(budget, leastBytes);
    if (budgets.empty() || budgets.back() < budget)
      budgets.push_back(std::min(budget, mostBytes));
  }
  return budgets;
}

static llvm::Expected<Plan> solveAs(const Problem &problem, Policy policy,
                                    int64_t budgetBytes, bool isTotal) {
  if (isTotal)
    return solveWithin(problem, policy, budgetBytes);
  return solve(problem, policy, budgetBytes);
}

llvm::Expected<std::vector<CurvePoint>>
bptt::planning::computeCurve(const Problem &problem,
                             llvm::ArrayRef<Policy> policies,
                             llvm::ArrayRef<int64_t> budgets, bool isTotal,
                             std::vector<std::string> &skipped) {
  if (auto e = problem.check())
    return e;
  std::vector<CurvePoint> points;
  for (Policy policy : policies) {
    std::string reason;
    for (int64_t budget : budgets) {
      llvm::Expected<Plan> plan = solveAs(problem, policy, budget, isTotal);
      if (plan) {
        points.push_back({policy, budget, plan->keptPeakBytes,
                          plan->counts.forwardEvaluations, plan->timeRatio(),
                          plan->exactness});
        continue;
      }
      llvm::handleAllErrors(
          plan.takeError(), [](const InfeasibleBudget &) {},
          [&](const llvm::ErrorInfoBase &e) { reason = e.message(); });
    }
    if (!reason.empty())
      skipped.push_back(reason);
  }
  return points;
}
