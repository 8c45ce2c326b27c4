//===- BPTTAttrs.td - Attributes of the bptt dialect -------*- tablegen -*-===//

#ifndef BPTT_DIALECT_BPTTATTRS_TD
#define BPTT_DIALECT_BPTTATTRS_TD

include "mlir/IR/AttrTypeBase.td"
include "bptt/Dialect/BPTT/IR/BPTTBase.td"

def BPTT_PlanAttr : AttrDef<BPTT_Dialect, "Plan"> {
  let mnemonic = "plan";
  let summary = "What a plan decided, small: the schedule follows from it deterministically";
  let description = [{
    Sizes are bytes, costs are the planner's integer units. `kept` is the size of the stack of states and
    tapes; the schedule of a problem is a function of (policy, steps, state, residual, costs, kept) and is
    replayed when needed, not stored. `steps = -1` says that the length is known only at run time.
    `other_modes` lists, for each further way to tape a step, the bytes of its residuals and what its backward
    costs beyond that of the first.

    Made by `--bptt-plan`, read by `--bptt-materialize`.

    ```mlir
    #bptt.plan<policy = "optimal", steps = 1000, state = 32768, residual = 65536, kept = 9830400,
               advance_cost = 10, taped_cost = 11, backward_cost = 23, other_modes = [32768, 4]>
    ```
  }];
  let parameters = (ins
    StringRefParameter<"policy, as bptt-plan spells it">:$policy,
    "int64_t":$steps, "int64_t":$state, "int64_t":$residual, "int64_t":$kept,
    "int64_t":$advance_cost, "int64_t":$taped_cost, "int64_t":$backward_cost,
    OptionalParameter<"::mlir::DenseI64ArrayAttr">:$other_modes);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

#endif
