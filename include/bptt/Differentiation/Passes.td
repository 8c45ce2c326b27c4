//===- Passes.td - Differentiation as a pass ---------------*- tablegen -*-===//

#ifndef BPTT_DIFFERENTIATION_PASSES_TD
#define BPTT_DIFFERENTIATION_PASSES_TD

include "mlir/Pass/PassBase.td"

def Normalize : Pass<"bptt-normalize", "::mlir::ModuleOp"> {
  let summary = "Inline calls and bring tensor code into structured operations";
  let description = [{
    The form in which differentiation works, for programs of which only the value is wanted: in public functions and
    in the cells of their recurrences, calls and `bptt.step` are inlined, element-wise operations on tensors and named
    structured operations become `linalg.generic`, element-wise work is fused where nothing is computed twice.
    Private functions that nothing refers to any more are removed.

    ```mlir
    // before
    %y = math.tanh %x : tensor<4xf32>
    // after
    %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ...
    ```

    Assumes: functions of one block.
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect",
    "::bptt::BPTTDialect"
  ];
}

def Differentiate : Pass<"bptt-differentiate", "::mlir::ModuleOp"> {
  let summary = "Add the value-and-gradient function of a function over tensors";
  let description = [{
    Reverse mode, function to function. From `@loss` comes `@loss_value_and_grad`, with the same arguments,
    whose results are those of `@loss` and one gradient for each argument differentiated for. The first result
    of `@loss` is the loss, a float or a tensor of rank 0; other results are returned as they are.

    ```mlir
    // before
    func.func @loss(%xs: tensor<10x4x3xf32>, %w: tensor<3x8xf32> {bptt.wrt}) -> f32
    // after, added
    func.func @loss_value_and_grad(%xs: tensor<10x4x3xf32>, %w: tensor<3x8xf32>)
        -> (f32, tensor<3x8xf32>)
    ```

    Every `bptt.scan` that the gradient passes through becomes `bptt.forward` and `bptt.backward`. From its cell
    come, as private functions in the signatures that those operations document: `@cell_advance` (carries only),
    `@cell_taped` and `@cell_retaped` (with residuals), `@cell_adjoint`. A step's residuals are a minimum cut,
    in bytes, between what the adjoint has anyway (carries in and out, inputs, invariants) and what it needs,
    where element-wise work, fills, broadcasts, transposes, slices and reshapes are done again, contractions and
    reductions never. Where a step keeps something, further *tape modes* keep less and compute some contractions
    again in the adjoint (`@cell_taped1`, `@cell_retaped1`, `@cell_adjoint1`, ...), as long as that takes less
    work than evaluating the step again; the plan chooses among them for every step. The adjoint adds to its accumulators in place of making temporaries of their size.

    Steps that feed each other become one `bptt.chain` first, a recurrence whose steps differ: each `bptt.step` takes
    as carries exactly those that the one before returns, which nothing else uses, and nothing else that it takes
    depends on the chain. A chain becomes `bptt.chain_forward` and `bptt.chain_backward`, with functions of its own
    for every kind of step, which are taped in one way. Other steps are inlined; remarks of category `bptt` say
    what was formed, and what ended a chain.

    What a scan stacks and nobody uses is not computed; a scan without a carry gets one, of one byte.

    A scan inside a cell is evaluated again in the cell's adjoint, as `bptt.forward`, and `bptt.backward` follows it
    there; its length must be static. What it keeps is part of the cell's workspace.

    A scan with `taped` and `adjoint` is differentiated by these two, as given; the adjoint then takes
    a cotangent for every carry and output, and returns one for every carry, input and invariant, of floating-point type.

    Assumes: functions of one block; operations on tensors and scalars only. An operation on the way from an
    argument to the loss that has no rule is an error at that operation.
  }];
  let options = [
    Option<"function", "function", "std::string", /*default=*/"",
           "The function to differentiate (default: the only public one)">,
    ListOption<"wrt", "wrt", "int64_t",
               "Positions of the arguments to differentiate for (default: those marked `bptt.wrt`, else all "
               "of floating-point type)">,
    Option<"tapeModes", "tape-modes", "unsigned", /*default=*/"3",
           "The most ways in which a step can be taped">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect", "::bptt::BPTTDialect"
  ];
}

#endif
