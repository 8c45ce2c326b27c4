//===- FunctionPlanner.h - The plans of one function ------------*- C++ -*-===//

#ifndef BPTT_LIB_TRANSFORMS_FUNCTIONPLANNER_H
#define BPTT_LIB_TRANSFORMS_FUNCTIONPLANNER_H

#include "NestedPlanner.h"

#include "bptt/Planning/Budget.h"
#include "bptt/Planning/SharedPlanner.h"

namespace bptt {

/// What is asked for.
struct PlanRequest {
  planning::Budget budget;
  planning::Policy policy;
  /// Where a file has them: of every recurrence of the function, of a chain for
  /// every step, with plain BPTT inside the steps.
  std::optional<llvm::SmallVector<planning::StepCosts>> costs;
  std::string costsFile;
};

/// What is decided for one function, in numbers.
struct FunctionPlan {
  /// The tape modes of each recurrence, and the plans inside the steps.
  ModeSets modes;
  NestedChoice choice;
  NestedPlanAttrs nested;
  /// With these.
  MeasuredFunction measured;
  int64_t budgetBytes = 0;
  /// Of each recurrence, unless a length is known only at run time.
  std::vector<int64_t> keptBytes;
  std::vector<planning::Plan> plans;
  int64_t cost = 0; ///< of the plans together
  /// The least budget with any choice of tape modes and of plans inside the
  /// steps, where such a choice was made.
  std::optional<int64_t> floorBytes;
  /// Of plain BPTT at every level, for each recurrence.
  std::vector<int64_t> plainCosts;
};

/// Plans the recurrences of one function, those inside their steps included.
class FunctionPlanner {
public:
  FunctionPlanner(const Measurement &measurement, mlir::func::FuncOp function,
                  const NestedForwards &nested,
                  const llvm::SmallBitVector &mayPlan,
                  const PlanRequest &request);

  /// The cheapest plan in the budget. Fails with InfeasibleBudget, as solvers
  /// do, and with an empty message where a diagnostic has said why.
  llvm::Expected<FunctionPlan> plan();

private:
  mlir::LogicalResult measurePlain();
  llvm::Expected<FunctionPlan> evaluate(const NestedChoice &choice);
  llvm::Expected<FunctionPlan> evaluate(const NestedChoice &choice,
                                        const ModeSets &modes);
  mlir::FailureOr<MeasuredFunction> measure(const NestedPlanAttrs &plans,
                                            const NestedCosts &costs,
                                            const ModeSets &modes);
  ModeSets chooseModes(const MeasuredFunction &measured) const;
  llvm::Error share(FunctionPlan &plan);
  llvm::Error solve(FunctionPlan &plan);
  llvm::SmallVector<RecurrenceCosts> getCosts(const NestedCosts &costs) const;

  llvm::Expected<FunctionPlan> search();
  llvm::SmallVector<ModeSets> getModeSets() const;
  llvm::Error searchWith(const ModeSets &modes,
                         std::optional<FunctionPlan> &best);
  llvm::Error tryChoice(const NestedChoice &choice, const ModeSets &modes,
                        std::optional<FunctionPlan> &best);
  llvm::Error dropTables(FunctionPlan &best);

  const Measurement &measurement;
  mlir::func::FuncOp function;
  const NestedForwards &nested;
  const PlanRequest &request;
  NestedPlanner inside;
  planning::SharedPlanner sharing;
  /// Whether plans inside the steps are looked for.
  bool isNested;
  llvm::SmallVector<FirstSweepOpInterface> sweeps;
  ModeSets allModes, firstModes;
  /// Estimates with plain BPTT inside the steps.
  llvm::SmallVector<RecurrenceCosts> plainEstimates;
  /// With plain BPTT inside the steps and the first tape modes, where there is
  /// a choice.
  std::optional<MeasuredFunction> plain;
  std::optional<planning::PlainTotals> plainTotals;
  NestedCosts plainCosts;
};

} // namespace bptt

#endif
