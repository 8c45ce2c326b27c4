//===- Passes.td - Passes on recurrences -------------------*- tablegen -*-===//

#ifndef BPTT_TRANSFORMS_PASSES_TD
#define BPTT_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def WidenFloats : Pass<"bptt-widen-floats", "::mlir::ModuleOp"> {
  let summary = "Give every floating-point value of a program 64 bits";
  let description = [{
    Changes every float type to f64: values, function types, constants; casts between float types disappear.
    Finite differences are taken of the program this leaves.

    ```mlir
    // before
    func.func @f(%a: tensor<4xf32>) -> tensor<4xf32>
    // after
    func.func @f(%a: tensor<4xf64>) -> tensor<4xf64>
    ```
  }];
}

#endif
