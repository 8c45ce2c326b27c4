//===- BPTTInterfaces.td - Interfaces of the bptt dialect --*- tablegen -*-===//

#ifndef BPTT_DIALECT_BPTTINTERFACES_TD
#define BPTT_DIALECT_BPTTINTERFACES_TD

include "mlir/IR/OpBase.td"

def FirstSweepOpInterface : OpInterface<"FirstSweepOpInterface"> {
  let cppNamespace = "::bptt";
  let description = [{
    The first sweep of a recurrence, of equal steps or not: what a plan belongs to.
  }];
  let methods = [
    InterfaceMethod<"The plan; null before `--bptt-plan`.", "::bptt::PlanAttr", "getPlanAttr">,
    InterfaceMethod<"Attaches a plan.", "void", "setPlanAttr", (ins "::bptt::PlanAttr":$plan)>,
    InterfaceMethod<"What the second sweep takes.", "::mlir::Value", "getTape">
  ];
}

#endif
