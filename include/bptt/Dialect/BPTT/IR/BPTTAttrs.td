//===- BPTTAttrs.td - Attributes of the bptt dialect -------*- tablegen -*-===//

#ifndef BPTT_DIALECT_BPTTATTRS_TD
#define BPTT_DIALECT_BPTTATTRS_TD

include "mlir/IR/AttrTypeBase.td"
include "bptt/Dialect/BPTT/IR/BPTTBase.td"

def BPTT_PlanStepAttr : AttrDef<BPTT_Dialect, "PlanStep"> {
  let mnemonic = "plan_step";
  let summary = "One step of a chain in a plan, in numbers";
  let description = [{
    Bytes of the state in front of the step and of its residuals; costs in the planner's integer units; `other_modes`
    as in `#bptt.plan`.

    ```mlir
    #bptt.plan_step<state = 32768, residual = 65536, advance_cost = 10, taped_cost = 11, backward_cost = 23>
    ```
  }];
  let parameters = (ins
    "int64_t":$state, "int64_t":$residual,
    "int64_t":$advance_cost, "int64_t":$taped_cost, "int64_t":$backward_cost,
    OptionalParameter<"::mlir::DenseI64ArrayAttr">:$other_modes);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def BPTT_PlanAttr : AttrDef<BPTT_Dialect, "Plan"> {
  let mnemonic = "plan";
  let summary = "What a plan decided, small: the schedule follows from it deterministically";
  let description = [{
    Sizes are bytes, costs are the planner's integer units. `kept` is the size of the stack of states and
    tapes; the schedule of a problem is a function of (policy, steps, state, residual, costs, kept) and is
    replayed when needed, not stored. `steps = -1` says that the length is known only at run time.
    `other_modes` lists, for each further way to tape a step, the bytes of its residuals and what its backward
    costs beyond that of the first. Where the steps differ, `chain` has the numbers of each, and those of the plan
    itself are left out.

    Made by `--bptt-plan`, read by `--bptt-materialize`.

    ```mlir
    #bptt.plan<policy = "optimal", steps = 1000, state = 32768, residual = 65536, kept = 9830400,
               advance_cost = 10, taped_cost = 11, backward_cost = 23, other_modes = [32768, 4]>
    #bptt.plan<policy = "optimal", steps = 2, kept = 128, chain = [
        #bptt.plan_step<state = 128, residual = 64, advance_cost = 1, taped_cost = 1, backward_cost = 2>,
        #bptt.plan_step<state = 64, residual = 0, advance_cost = 3, taped_cost = 3, backward_cost = 6>]>
    ```
  }];
  let parameters = (ins
    StringRefParameter<"policy, as bptt-plan spells it">:$policy,
    "int64_t":$steps, DefaultValuedParameter<"int64_t", "-1">:$state,
    DefaultValuedParameter<"int64_t", "-1">:$residual, "int64_t":$kept,
    DefaultValuedParameter<"int64_t", "-1">:$advance_cost, DefaultValuedParameter<"int64_t", "-1">:$taped_cost,
    DefaultValuedParameter<"int64_t", "-1">:$backward_cost,
    OptionalParameter<"::mlir::DenseI64ArrayAttr">:$other_modes,
    OptionalParameter<"::mlir::ArrayAttr">:$chain);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def BPTT_UnplannedAttr : AttrDef<BPTT_Dialect, "Unplanned"> {
  let mnemonic = "unplanned";
  let summary = "What a function would be without further tape modes, and without plans inside its steps";
  let description = [{
    Cells of further tape modes may need more memory than those of the first, and recurrences inside the steps of
    others may have plans of their own. Then the recurrences of a function alone do not say any more what plain BPTT
    at every level takes, of which a budget may be a share, nor what the least budget is. `bytes` and `cost` are those
    of plain BPTT at every level, in the planner's units; `floor` is the least budget with which any choice would do.

    Made by `--bptt-plan`, on the function, as the discardable attribute `bptt.unplanned`; kept to the end.

    ```mlir
    #bptt.unplanned<bytes = 1280000, cost = 700000, floor = 4096>
    ```
  }];
  let parameters = (ins "int64_t":$bytes, "int64_t":$cost, "int64_t":$floor);
  let assemblyFormat = "`<` struct(params) `>`";
}

def BPTT_SolutionAttr : AttrDef<BPTT_Dialect, "Solution"> {
  let mnemonic = "solution";
  let summary = "What is said of a plan: its peak, its counts, its cost";
  let description = [{
    `kept_peak` is in bytes, `cost` in the units of the problem, backwards included; no plan of the policy costs less
    than `bound`, which is not negative and no more than `cost`. `exactness` is that of bptt-plan: `exact` or
    `closed-form`, where `bound` is the cost, `window` or `macro`.

    Made by `--bptt-solve-problems` or written by hand, checked by `--bptt-check-solutions`.

    ```mlir
    #bptt.solution<kept_peak = 140, evaluations = 2227, cost = 4227, bound = 4227, exactness = "exact">
    ```
  }];
  let parameters = (ins
    "int64_t":$kept_peak, "int64_t":$evaluations, "int64_t":$cost, "int64_t":$bound,
    StringRefParameter<"as bptt-plan spells it">:$exactness);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

#endif
