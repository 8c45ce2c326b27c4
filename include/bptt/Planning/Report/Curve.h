//===- Curve.h - The whole trade-off ----------------------------*- C++ -*-===//

#ifndef BPTT_PLANNING_REPORT_CURVE_H
#define BPTT_PLANNING_REPORT_CURVE_H

#include "bptt/Planning/Plan.h"

namespace bptt::planning {

/// A plan's numbers at one budget; infeasible budgets have no point.
struct CurvePoint {
  Policy policy;
  int64_t budgetBytes;
  int64_t keptPeakBytes;
  int64_t forwardEvaluations;
  double timeRatio;
  Exactness exactness;
};

/// `count` budgets from `least` to `most`, evenly apart in their logarithm,
/// without repetitions; requires 0 <= least <= most and count >= 1.
std::vector<int64_t> curveBudgets(int64_t leastBytes, int64_t mostBytes,
                                  int64_t count);

/// Plans every budget with every policy, policy by policy. Budgets are in the
/// accounting that `isTotal` says: everything, or kept bytes alone. A policy
/// that cannot plan the problem at all (too long for its table) is left out
/// and named in `skipped`.
llvm::Expected<std::vector<CurvePoint>>
computeCurve(const Problem &problem, llvm::ArrayRef<Policy> policies,
             llvm::ArrayRef<int64_t> budgets, bool isTotal,
             std::vector<std::string> &skipped);

} // namespace bptt::planning

#endif // BPTT_PLANNING_REPORT_CURVE_H
