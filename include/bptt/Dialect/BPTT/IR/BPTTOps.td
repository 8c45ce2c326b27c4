//===- BPTTOps.td - Operations of the bptt dialect ---------*- tablegen -*-===//

#ifndef BPTT_DIALECT_BPTTOPS_TD
#define BPTT_DIALECT_BPTTOPS_TD

include "bptt/Dialect/BPTT/IR/BPTTBase.td"
include "bptt/Dialect/BPTT/IR/BPTTTypes.td"
include "bptt/Dialect/BPTT/IR/BPTTAttrs.td"
include "bptt/Dialect/BPTT/IR/BPTTInterfaces.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

/// Value semantics on tensors; after bufferization the same operations take memrefs and write their results
/// into `outs`.
def BPTT_Shaped : AnyTypeOf<[AnyRankedTensor, AnyStridedMemRef]>;

def BPTT_ScanOp : BPTT_Op<"scan", [
    AttrSizedOperandSegments, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "A recurrence: a cell applied step by step";
  let description = [{
    The semantics of JAX's `lax.scan`. With `T` steps, carries `c`, stacked inputs `x` and invariants `w`:

    ```
    for i in 0 .. T-1 (T-1 .. 0 with `reverse`):  c, y[i] = cell(i, c, x[i], w)
    ```

    Results are the final carries, then the stacked outputs. `T` is the leading dimension of the inputs; a
    scan without inputs names it in `steps`.

    Constraints:
      1. `cell` names a `func.func` with a body in the same symbol table.
      2. Its arguments are `index`, the carries, the inputs without their leading dimension, the invariants.
      3. Its results are the carries, with the types they came in with, then the outputs.
      4. Static leading dimensions of inputs and stacked outputs agree; so does a constant `steps`.
      5. The cell is pure: every operation in it, and in what it calls, has no memory effect and no random
         result, because it is evaluated again whenever its result is not kept.
      6. Cell arguments and results, other than the step index, are ranked tensors of static shape, of
         integers or floats.
      7. What goes from step to step, in or out has elements: carries, and steps of inputs and outputs.

    `taped` and `adjoint` name a rule supplied by the user; see `bptt.forward` and `bptt.backward` for their
    signatures. Differentiation then uses the two as given.

    Life: written by users and frontends; replaced by `bptt.forward` and `bptt.backward` in the gradient
    function, by a loop where only the value is wanted.

    ```mlir
    %h, %ys = bptt.scan @cell carry(%h0 : tensor<4x8xf32>) inputs(%xs : tensor<10x4x3xf32>)
        invariants(%w : tensor<3x8xf32>) -> tensor<4x8xf32>, tensor<10x4x8xf32>
    ```
  }];
  let arguments = (ins
    FlatSymbolRefAttr:$cell,
    Variadic<BPTT_Shaped>:$carry, Variadic<BPTT_Shaped>:$inputs, Variadic<BPTT_Shaped>:$invariants,
    Optional<Index>:$steps, Variadic<AnyStridedMemRef>:$outs,
    OptionalAttr<FlatSymbolRefAttr>:$taped, OptionalAttr<FlatSymbolRefAttr>:$adjoint,
    UnitAttr:$reverse);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $cell (`taped` $taped^)? (`adjoint` $adjoint^)? (`reverse` $reverse^)?
    (`carry` `(` $carry^ `:` type($carry) `)`)? (`inputs` `(` $inputs^ `:` type($inputs) `)`)?
    (`invariants` `(` $invariants^ `:` type($invariants) `)`)? (`steps` `(` $steps^ `)`)?
    (`outs` `(` $outs^ `:` type($outs) `)`)? attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def BPTT_ForwardOp : BPTT_Op<"forward", [
    AttrSizedOperandSegments, FirstSweepOpInterface, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "First sweep of a recurrence that will be differentiated";
  let description = [{
    Computes what `bptt.scan` computes, and a tape for the `bptt.backward` that uses it. `cell` is evaluated
    for steps that are not taped, `taped` for those that are:

    ```
    cell:   (index, carry..., inputs..., invariants...) -> (carry..., outputs...)
    taped:  (index, carry..., inputs..., invariants...) -> (carry..., outputs..., residuals...)
    ```

    A step can be taped in one of several *modes*: `taped` is mode 0, the functions behind `or` are modes 1, 2,
    ..., which keep less and leave more to the adjoint. The plan chooses one for every step that it tapes.

    Constraints: those of `bptt.scan`; the results of `taped`, in every mode, begin with those of `cell`, and its
    residuals are ranked tensors of static shape; the tape has exactly one use, in a `bptt.backward` of the same
    block.

    Life: made by `--bptt-differentiate`, annotated by `--bptt-plan`, gone after `--bptt-materialize`.

    ```mlir
    %h, %tape = bptt.forward @cell taped @cell_taped carry(%h0 : tensor<4x8xf32>)
        inputs(%xs : tensor<10x4x3xf32>) -> tensor<4x8xf32>
    ```
  }];
  let arguments = (ins
    FlatSymbolRefAttr:$cell, FlatSymbolRefAttr:$taped, OptionalAttr<FlatSymbolRefArrayAttr>:$other_taped,
    Variadic<BPTT_Shaped>:$carry, Variadic<BPTT_Shaped>:$inputs, Variadic<BPTT_Shaped>:$invariants,
    Optional<Index>:$steps, Variadic<AnyStridedMemRef>:$outs,
    OptionalAttr<BPTT_PlanAttr>:$plan, UnitAttr:$reverse);
  let results = (outs Variadic<AnyRankedTensor>:$results, BPTT_TapeType:$tape);
  let assemblyFormat = [{
    $cell `taped` $taped (`or` $other_taped^)? (`reverse` $reverse^)? (`plan` qualified($plan)^)?
    (`carry` `(` $carry^ `:` type($carry) `)`)? (`inputs` `(` $inputs^ `:` type($inputs) `)`)?
    (`invariants` `(` $invariants^ `:` type($invariants) `)`)? (`steps` `(` $steps^ `)`)?
    (`outs` `(` $outs^ `:` type($outs) `)`)? attr-dict (`->` type($results)^)?
  }];
  let extraClassDeclaration = [{
    /// Ways to tape a step, at least one.
    unsigned getNumTapeModes();
    ::mlir::FlatSymbolRefAttr getTapedIn(unsigned mode);
  }];
  let hasVerifier = 1;
}

def BPTT_BackwardOp : BPTT_Op<"backward", [
    AttrSizedOperandSegments, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Second sweep of a recurrence: cotangents of results in, cotangents of operands out";
  let description = [{
    Runs the adjoint of every step, last step first, evaluating again what the plan did not keep. `advance`
    and `taped` are the replay forms of the cell: without its outputs.

    ```
    advance: (index, carry..., inputs..., invariants...) -> (carry...)
    taped:   (index, carry..., inputs..., invariants...) -> (carry..., residuals...)
    adjoint: (index, residuals..., carry in..., carry out..., inputs..., invariants...,
              cotangents of carry out..., cotangents of outputs..., accumulators...)
          -> (cotangents of carry in..., cotangents of inputs..., accumulators...)
    ```

    Only *active* values have cotangents; four attributes list them, in order, as positions: `carries` among
    the carries, `outputs` among the outputs whose cotangent is given, `wrt_inputs` among the inputs and
    `wrt_invariants` among the invariants whose cotangent is wanted. The adjoint returns an accumulator with this
    step's contribution added, and the sweep starts it at zero.

    What steps hand on is not rounded: the cotangents of carries, and accumulators, are f32 where the carry or the
    invariant is bf16 or f16. Cotangents of inputs and outputs, of which there is one for each step, have the type of
    the value they belong to. All others have it too.

    Constraints: the tape comes from a `bptt.forward` with the same direction and operands of the same types;
    positions are increasing and exist; cotangents have the types above; the cells have the
    types above and are pure; there are as many modes as the forward has, each with a `taped` and an `adjoint`
    of its own, whose residuals are those of the forward's mode.

    Operands `carry`, `inputs`, `invariants` are those of the forward; `cotangents` are those of the active
    final carries, then those of the active stacked outputs. Results are the cotangents of the active initial
    carries, of the active stacked inputs, and of the active invariants.

    Life: as `bptt.forward`.

    ```mlir
    %dh0, %dw = bptt.backward @advance taped @retaped adjoint @adjoint tape(%tape)
        carry(%h0 : tensor<4x8xf32>) inputs(%xs : tensor<10x4x3xf32>) invariants(%w : tensor<3x8xf32>)
        cotangents(%dh : tensor<4x8xf32>)
        {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64: 0>}
        -> tensor<4x8xf32>, tensor<3x8xf32>
    ```
  }];
  let arguments = (ins
    FlatSymbolRefAttr:$advance,
    FlatSymbolRefAttr:$taped, OptionalAttr<FlatSymbolRefArrayAttr>:$other_taped,
    FlatSymbolRefAttr:$adjoint, OptionalAttr<FlatSymbolRefArrayAttr>:$other_adjoints,
    BPTT_TapeType:$tape,
    Variadic<BPTT_Shaped>:$carry, Variadic<BPTT_Shaped>:$inputs, Variadic<BPTT_Shaped>:$invariants,
    Variadic<BPTT_Shaped>:$cotangents,
    Optional<Index>:$steps, Variadic<AnyStridedMemRef>:$outs,
    DenseI64ArrayAttr:$carries, DenseI64ArrayAttr:$outputs,
    DenseI64ArrayAttr:$wrt_inputs, DenseI64ArrayAttr:$wrt_invariants,
    UnitAttr:$reverse);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $advance `taped` $taped (`or` $other_taped^)? `adjoint` $adjoint (`or` $other_adjoints^)? (`reverse` $reverse^)? `tape` `(` $tape `)`
    (`carry` `(` $carry^ `:` type($carry) `)`)? (`inputs` `(` $inputs^ `:` type($inputs) `)`)?
    (`invariants` `(` $invariants^ `:` type($invariants) `)`)?
    (`cotangents` `(` $cotangents^ `:` type($cotangents) `)`)? (`steps` `(` $steps^ `)`)?
    (`outs` `(` $outs^ `:` type($outs) `)`)? attr-dict (`->` type($results)^)?
  }];
  let extraClassDeclaration = [{
    /// Ways to tape a step, at least one.
    unsigned getNumTapeModes();
    ::mlir::FlatSymbolRefAttr getTapedIn(unsigned mode);
    ::mlir::FlatSymbolRefAttr getAdjointIn(unsigned mode);
  }];
  let hasVerifier = 1;
}

def BPTT_StepOp : BPTT_Op<"step", [
    AttrSizedOperandSegments, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "One step of an unrolled chain";
  let description = [{
    One evaluation of a cell at a constant step index; the chain is the carries' way from one step to the
    next, and its steps may have different cells and sizes. Carries may leave a step with other types than they
    came in with.

    Constraints: 1, 2, 5 and 6 of `bptt.scan`, with inputs of one step; the results begin with as many carries as
    came in.

    Life: written by frontends for short or irregular sequences and by `--bptt-materialize=form=unrolled`.
    Differentiation makes a chain of them one `bptt.chain`, which is planned; any other step becomes a call of its
    cell.

    ```mlir
    %h1 = bptt.step @cell at 0 carry(%h0 : tensor<4x8xf32>) inputs(%x : tensor<4x3xf32>) -> tensor<4x8xf32>
    ```
  }];
  let arguments = (ins
    FlatSymbolRefAttr:$cell, I64Attr:$index,
    Variadic<AnyRankedTensor>:$carry, Variadic<AnyRankedTensor>:$inputs, Variadic<AnyRankedTensor>:$invariants);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $cell `at` $index
    (`carry` `(` $carry^ `:` type($carry) `)`)? (`inputs` `(` $inputs^ `:` type($inputs) `)`)?
    (`invariants` `(` $invariants^ `:` type($invariants) `)`)? attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

/// For each step of a chain, positions among its invariants.
def BPTT_UsesAttr : TypedArrayAttrBase<DenseI64ArrayAttr, "positions for each step">;

/// For each step of a chain, the functions of its tape's modes 1, 2, ...
def BPTT_OtherModesAttr : TypedArrayAttrBase<FlatSymbolRefArrayAttr, "further functions for each step">;

def BPTT_ChainOp : BPTT_Op<"chain", [
    Pure, AttrSizedOperandSegments, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "A recurrence whose steps differ: one cell after the other";
  let description = [{
    What a sequence of `bptt.step` computes, each fed by the one before, as one operation. With `n` cells,
    carries `c` and invariants `w`:

    ```
    for i in 0 .. n-1:  c, y_i = cells[i](indices[i], c, w[uses[i]]...)
    ```

    The number of carries stays, their types may change from step to step. Inputs of single steps are invariants
    that one step uses. Results are the final carries, then the outputs of the steps in order.

    Constraints:
      1. There is at least one cell and one carry; each step has an index and uses; every use is a
         position among the invariants, and no step names one twice.
      2. Every cell names a `func.func` with a body that takes `index`, the carries that the step before returns
         (the first step those of the operation), and the invariants that it uses. It returns as many carries,
         then its outputs.
      3. The results have the types of the last cell's carries and of all outputs.
      4. 5 and 6 of `bptt.scan`.

    Life: made of `bptt.step` operations by `--bptt-differentiate`; written by frontends. Replaced by
    `bptt.chain_forward` and `bptt.chain_backward` in the gradient function, by steps where only the value is
    wanted.

    ```mlir
    %h = bptt.chain [@narrow, @wide] at [0, 1] uses [array<i64: 0>, array<i64: 1>]
        carry(%h0 : tensor<4x8xf32>) invariants(%v, %w : tensor<8x2xf32>, tensor<2x9xf32>) -> tensor<4x9xf32>
    ```
  }];
  let arguments = (ins
    FlatSymbolRefArrayAttr:$cells, DenseI64ArrayAttr:$indices, BPTT_UsesAttr:$uses,
    Variadic<AnyRankedTensor>:$carry, Variadic<AnyRankedTensor>:$invariants);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $cells `at` $indices `uses` $uses
    (`carry` `(` $carry^ `:` type($carry) `)`)? (`invariants` `(` $invariants^ `:` type($invariants) `)`)?
    attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def BPTT_ChainForwardOp : BPTT_Op<"chain_forward", [
    AttrSizedOperandSegments, FirstSweepOpInterface, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "First sweep of a chain that will be differentiated";
  let description = [{
    Computes what `bptt.chain` computes, and a tape for the `bptt.chain_backward` that uses it. `cells` are
    evaluated for steps that are not taped, `taped` for those that are:

    ```
    cells[i]:  (index, carry..., invariants used...) -> (carry..., outputs...)
    taped[i]:  (index, carry..., invariants used...) -> (carry..., outputs..., residuals...)
    ```

    A step can be taped in one of several *modes*, as in `bptt.forward`: the lists behind `or`, one for each step,
    name the functions of modes 1, 2, ...

    Constraints: those of `bptt.chain`; the results of `taped[i]`, in every mode, begin with those of `cells[i]`, and
    its residuals are ranked tensors of static shape; the tape has exactly one use, in a `bptt.chain_backward` of the same block.

    Life: made by `--bptt-differentiate`, annotated by `--bptt-plan`, gone after `--bptt-materialize`.

    ```mlir
    %h, %tape = bptt.chain_forward [@narrow, @wide] taped [@narrow_taped, @wide_taped] at [0, 1]
        uses [array<i64: 0>, array<i64: 1>] carry(%h0 : tensor<4x8xf32>)
        invariants(%v, %w : tensor<8x2xf32>, tensor<2x9xf32>) -> tensor<4x9xf32>
    ```
  }];
  let arguments = (ins
    FlatSymbolRefArrayAttr:$cells, FlatSymbolRefArrayAttr:$taped,
    OptionalAttr<BPTT_OtherModesAttr>:$other_taped, DenseI64ArrayAttr:$indices, BPTT_UsesAttr:$uses,
    Variadic<BPTT_Shaped>:$carry, Variadic<BPTT_Shaped>:$invariants, Variadic<AnyStridedMemRef>:$outs,
    OptionalAttr<BPTT_PlanAttr>:$plan);
  let results = (outs Variadic<AnyRankedTensor>:$results, BPTT_TapeType:$tape);
  let assemblyFormat = [{
    $cells `taped` $taped (`or` $other_taped^)? `at` $indices `uses` $uses (`plan` qualified($plan)^)?
    (`carry` `(` $carry^ `:` type($carry) `)`)? (`invariants` `(` $invariants^ `:` type($invariants) `)`)?
    (`outs` `(` $outs^ `:` type($outs) `)`)? attr-dict (`->` type($results)^)?
  }];
  let extraClassDeclaration = [{
    /// Ways to tape a step, at least one.
    unsigned getNumTapeModes(size_t step);
    ::mlir::FlatSymbolRefAttr getTapedIn(size_t step, unsigned mode);
  }];
  let hasVerifier = 1;
}

def BPTT_ChainBackwardOp : BPTT_Op<"chain_backward", [
    AttrSizedOperandSegments, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Second sweep of a chain: cotangents of results in, cotangents of operands out";
  let description = [{
    Runs the adjoint of every step, last step first, evaluating again what the plan did not keep. Step indices and
    uses are those of the `bptt.chain_forward`. `advance` and `taped` are the replay forms of the cells: without
    their outputs.

    ```
    advance[i]: (index, carry..., invariants used...) -> (carry...)
    taped[i]:   (index, carry..., invariants used...) -> (carry..., residuals...)
    adjoint[i]: (index, residuals..., carry in..., carry out..., invariants used...,
                 cotangents of carry out..., cotangents of outputs..., accumulators...)
             -> (cotangents of carry in..., accumulators...)
    ```

    The lists behind `or`, one for each step, are those of modes 1, 2, ..., of the tape: as many as in the forward,
    with the residuals of the same mode.

    Only *active* values have cotangents; three attributes list them as positions: `carries` among the carries,
    the same in front of every step; `outputs` among all outputs; `wrt` among the invariants. An accumulator
    belongs to an active invariant that the step uses: the adjoint returns it with this step's contribution added,
    and the sweep starts it at zero. Types of cotangents are those of `bptt.backward`.

    Constraints: the tape comes from a `bptt.chain_forward` with operands of the same types; positions are
    increasing and exist; cotangents and cells have the types above, and cells are pure; the residuals
    of `taped[i]` are those of the forward's, in every mode.

    Operands `carry`, `invariants` are those of the forward; `cotangents` are those of the active final carries,
    then those of the active outputs. Results are the cotangents of the active initial carries and of the active
    invariants.

    Life: as `bptt.chain_forward`.

    ```mlir
    %dh0, %dv, %dw = bptt.chain_backward [@narrow_advance, @wide_advance] taped [@narrow_retaped, @wide_retaped]
        adjoint [@narrow_adjoint, @wide_adjoint] tape(%tape) carry(%h0 : tensor<4x8xf32>)
        invariants(%v, %w : tensor<8x2xf32>, tensor<2x9xf32>) cotangents(%dh : tensor<4x9xf32>)
        {carries = array<i64: 0>, outputs = array<i64>, wrt = array<i64: 0, 1>}
        -> tensor<4x8xf32>, tensor<8x2xf32>, tensor<2x9xf32>
    ```
  }];
  let arguments = (ins
    FlatSymbolRefArrayAttr:$advance, FlatSymbolRefArrayAttr:$taped,
    OptionalAttr<BPTT_OtherModesAttr>:$other_taped, FlatSymbolRefArrayAttr:$adjoint,
    OptionalAttr<BPTT_OtherModesAttr>:$other_adjoints,
    BPTT_TapeType:$tape,
    Variadic<BPTT_Shaped>:$carry, Variadic<BPTT_Shaped>:$invariants, Variadic<BPTT_Shaped>:$cotangents,
    Variadic<AnyStridedMemRef>:$outs,
    DenseI64ArrayAttr:$carries, DenseI64ArrayAttr:$outputs, DenseI64ArrayAttr:$wrt);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $advance `taped` $taped (`or` $other_taped^)? `adjoint` $adjoint (`or` $other_adjoints^)? `tape` `(` $tape `)`
    (`carry` `(` $carry^ `:` type($carry) `)`)? (`invariants` `(` $invariants^ `:` type($invariants) `)`)?
    (`cotangents` `(` $cotangents^ `:` type($cotangents) `)`)?
    (`outs` `(` $outs^ `:` type($outs) `)`)? attr-dict (`->` type($results)^)?
  }];
  let extraClassDeclaration = [{
    /// Ways to tape a step, at least one.
    unsigned getNumTapeModes(size_t step);
    ::mlir::FlatSymbolRefAttr getTapedIn(size_t step, unsigned mode);
    ::mlir::FlatSymbolRefAttr getAdjointIn(size_t step, unsigned mode);
  }];
  let hasVerifier = 1;
}

def BPTT_CheckpointOp : BPTT_Op<"checkpoint", [AllTypesMatch<["state", "kept"]>]> {
  let summary = "A state that is kept";
  let description = [{
    The identity: one carry of the state in front of step `step` (what step `step - 1` returned), kept until
    its last use. Says where memory is spent; it has an effect, so that nothing merges or drops it.

    Life: made by `--bptt-materialize=form=unrolled`, becomes its operand when recompute regions are
    dissolved, after bufferization.

    ```mlir
    %k = bptt.checkpoint %h at 3 : tensor<4x8xf32>
    ```
  }];
  let arguments = (ins BPTT_Shaped:$state, I64Attr:$step);
  let results = (outs BPTT_Shaped:$kept);
  let assemblyFormat = "$state `at` $step attr-dict `:` type($state)";
}

def BPTT_RecomputeOp : BPTT_Op<"recompute", [
    IsolatedFromAbove, SingleBlock, RecursiveMemoryEffects]> {
  let summary = "A computation that is done again on purpose";
  let description = [{
    A region, isolated from above, that computes again what was computed before. It fences the second
    computation from common subexpression elimination, which would undo it. The region ends with
    `bptt.yield`; its arguments are the operands.

    Life: made by `--bptt-materialize=form=unrolled`, dissolved after bufferization.

    ```mlir
    %h2 = bptt.recompute(%k : tensor<4x8xf32>) -> tensor<4x8xf32> {
    ^bb0(%h: tensor<4x8xf32>):
      %n = bptt.step @cell at 1 carry(%h : tensor<4x8xf32>) -> tensor<4x8xf32>
      bptt.yield %n : tensor<4x8xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<BPTT_Shaped>:$operands);
  let results = (outs Variadic<BPTT_Shaped>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    (`(` $operands^ `:` type($operands) `)`)? (`->` type($results)^)? $body attr-dict
  }];
  let hasRegionVerifier = 1;
}

def BPTT_YieldOp : BPTT_Op<"yield", [Pure, Terminator, ReturnLike, HasParent<"RecomputeOp">]> {
  let summary = "Ends a bptt.recompute region";
  let arguments = (ins Variadic<BPTT_Shaped>:$operands);
  let assemblyFormat = "($operands^ `:` type($operands))? attr-dict";
}

def BPTT_ProblemOp : BPTT_Op<"problem", [Symbol]> {
  let summary = "A planning problem, with its solution, and no program around it";
  let description = [{
    A `#bptt.plan` is a problem: steps, sizes, costs, a policy, and the bytes that may be kept. With `counted` the
    initial state is among these (form F of docs/planner.md), without it the caller holds it (form A). A solution
    may stand beside it, and the actions of a schedule, as `bptt-plan --actions` prints them.

    Life: written by people and tests; solved by `--bptt-solve-problems`, whose answer `--bptt-check-solutions` replays.
    No program needs it.

    ```mlir
    bptt.problem @two_steps #bptt.plan<policy = "optimal", steps = 2, state = 1, residual = 4, kept = 0,
        advance_cost = 1, taped_cost = 1, backward_cost = 2>
      solution #bptt.solution<kept_peak = 0, evaluations = 3, cost = 7, bound = 7, exactness = "exact">
      actions ["advance 0..1", "taped-forward-in-progress 1", "backward-in-progress 1",
               "restore-initial", "taped-forward-in-progress 0", "backward-in-progress 0"]
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name, BPTT_PlanAttr:$plan, UnitAttr:$counted,
    OptionalAttr<BPTT_SolutionAttr>:$solution, OptionalAttr<StrArrayAttr>:$actions);
  let assemblyFormat = [{
    $sym_name (`counted` $counted^)? qualified($plan) (`solution` qualified($solution)^)? (`actions` $actions^)?
    attr-dict
  }];
}

#endif
