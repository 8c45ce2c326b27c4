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

def FuseScans : Pass<"bptt-fuse-scans", "::mlir::ModuleOp"> {
  let summary = "Stacked layers become one recurrence, without the sequence between them";
  let description = [{
    Where one scan reads step by step what another one stacks, both become one scan whose cell calls the two
    cells one after the other. The sequence between them, and its cotangents, are then never stored: one step
    of it is alive at a time. Inputs and invariants that both read are passed once. Comes before
    `--bptt-differentiate`.

    ```mlir
    // before
    %a, %ys = bptt.scan @lower carry(%a0 : ...) inputs(%xs : ...) -> tensor<4xf32>, tensor<10x4xf32>
    %b = bptt.scan @upper carry(%b0 : ...) inputs(%ys : tensor<10x4xf32>) -> tensor<4xf32>
    // after
    %a, %b = bptt.scan @lower_upper carry(%a0, %b0 : ...) inputs(%xs : ...) -> tensor<4xf32>, tensor<4xf32>
    ```

    Both run in the same direction, nothing else uses the sequence, neither has a supplied rule, and the second
    needs nothing else of the first before it starts. Otherwise they stay as they are, and a remark says why;
    every fusion is a remark of category `bptt` too (`--remarks-filter=bptt`).

    A budget is spent on the fused recurrence as a whole: its checkpoints hold the states of all layers, and what
    is evaluated again is evaluated in all of them. Layers of very different cost for a byte of state, in a
    budget that would hold the sequence as well, can be faster apart.
  }];
  let dependentDialects = ["::mlir::func::FuncDialect", "::bptt::BPTTDialect"];
}

def Bufferize : Pass<"bptt-bufferize", "::mlir::ModuleOp"> {
  let summary = "Tensors to memrefs; cells become destination-passing functions";
  let description = [{
    Upstream's one-shot bufferization, with a calling convention that leaves nothing to allocate in a loop:

      * a cell takes a destination for every result: a new argument at its end, or, in an adjoint, the
        argument that is updated: the cotangent of a carry, or an accumulator;
      * its other arguments are read-only, and come with static strides and a dynamic offset;
      * a public function takes its results as arguments too, and returns nothing; a scalar result becomes a
        rank-0 memref;
      * recurrences keep their form, with memrefs for tensors and their results in `outs`.

    Scans forget the derivatives that their cells came with: no gradient goes through those that are left.
    What is temporary in a cell or function is a `memref.alloc`; `--bptt-assign-arena` places it.

    ```mlir
    // before
    func.func private @cell(%i: index, %h: tensor<4xf32>) -> tensor<4xf32>
    // after
    func.func private @cell(%i: index, %h: memref<4xf32, strided<[1], offset: ?>>,
                            %out: memref<4xf32, strided<[1], offset: ?>>)
    ```
  }];
  let dependentDialects = [
    "::mlir::bufferization::BufferizationDialect", "::mlir::memref::MemRefDialect",
    "::mlir::tensor::TensorDialect", "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::scf::SCFDialect"];
}

def AssignArena : Pass<"bptt-assign-arena", "::mlir::func::FuncOp"> {
  let summary = "Place every temporary of a function at a fixed offset of one buffer";
  let description = [{
    Every `memref.alloc` becomes a `memref.view` of a new last argument, at an offset that is fixed here;
    buffers that are never alive together share bytes. `bptt.workspace_bytes` on the function is what the
    argument must hold. Buffers whose size is known only at run time lie above the fixed ones; a function
    that has such buffers gets a companion, `@NAME_workspace_bytes`, of the same arguments, that returns the
    size.

    Assumes bufferized functions that never free. Leaves functions alone that still hold recurrences
    (`--bptt-expand-recurrences` comes first) or have a workspace already. Fails on an allocation that it
    cannot place: afterwards nothing allocates.

    ```mlir
    // before
    func.func @f() { %a = memref.alloc() : memref<16xf32> ... }
    // after
    func.func @f(%arena: memref<?xi8>) attributes {bptt.workspace_bytes = 64 : i64} {
      %a = memref.view %arena[%c0][] : memref<?xi8> to memref<16xf32> ... }
    ```
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect", "::mlir::arith::ArithDialect"];
}

def ExpandNested : Pass<"bptt-expand-nested", "::mlir::ModuleOp"> {
  let summary = "Write the loops of recurrences inside cells";
  let description = [{
    A recurrence inside a step of another: in every cell, scans become loops. Forwards and backwards become
    two loops over the actions of their plan, as in the `rolled` form of `--bptt-expand-recurrences`, or where there
    is no plan those of plain backpropagation through time; the stack of what they keep is part of the cell's workspace.
    The innermost come first, because a loop needs the workspaces of the cells that it calls. The outer recurrences
    stay.

    A plan's table, a `memref<?x5xi32>`, is an argument of the cell, in front of its workspace, and of every cell and
    function around it; `bptt.nested_plans` says which plans these are.

    ```mlir
    // before
    func.func private @outer(...) attributes {bptt.cell} { bptt.scan @inner carry(...) outs(...) ... }
    // after
    func.func private @outer(..., %arena: memref<?xi8>) attributes {bptt.cell, bptt.workspace_bytes = 8192 : i64} {
      scf.for ... { func.call @inner(...) ... } }
    ```

    Assumes bufferized cells, of which those without recurrences have assigned workspaces. Fails on a forward
    whose length is known only at run time.
  }];
  let dependentDialects = [
    "::mlir::memref::MemRefDialect", "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect",
    "::mlir::linalg::LinalgDialect"];
}

def ExpandRecurrences : Pass<"bptt-expand-recurrences", "::mlir::ModuleOp"> {
  let summary = "Write the loops of scans, forwards and backwards";
  let description = [{
    Replaces recurrences in buffer form by loops that call their cells. The function gets new last
    arguments:

      * `%stack: memref<?xi8>`, the memory in which states and tapes are kept, one after the other;
      * in the `rolled` form, for each forward in order, `%table: memref<?x5xi32>`: the actions of its plan
        (include/bptt/Runtime/Table.h has the layout). The code is the same for every plan and length;
      * for each plan that cells follow inside their steps, another such `%table`. `bptt.nested_plans` has these
        plans, `bptt.tables` the positions of all tables.

    The `plain` form is ordinary backpropagation through time, the reference that others are compared with:
    step i keeps its input state and its residuals at i times their size, each recurrence has a `%stack` of
    its own, and there is no table.

    In a chain, whose steps differ, an action's step selects the cells by a further `scf.index_switch`: there the code
    grows with the number of steps. Its plain form is straight-line.

    For a length that is known only at run time there is a companion, `@NAME_num_steps_K`, of the same
    arguments, that returns the length of forward K, or -1 where its inputs do not agree on one.

    Assumes bufferized cells with assigned workspaces. Everything else that a recurrence needs, two running
    states, one tape in progress and the workspace of its cells, is one `memref.alloc` that lives from the
    first sweep to the end of the second.
  }];
  let options = [
    Option<"form", "form", "std::string", "\"rolled\"", "rolled or plain">
  ];
  let dependentDialects = [
    "::mlir::memref::MemRefDialect", "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect",
    "::mlir::linalg::LinalgDialect"];
}

def Plan : Pass<"bptt-plan", "::mlir::ModuleOp"> {
  let summary = "Decide what every recurrence keeps, within a budget in bytes";
  let description = [{
    Attaches a `#bptt.plan` to every `bptt.forward` and `bptt.chain_forward`. Takes away the tape modes that would not save a hundredth
    of the time in this budget, with their functions, and changes nothing else. The budget covers everything a
    function allocates: the stack of kept states and tapes, running states, gradients of states, cells'
    workspaces, and the temporaries around the recurrences. The sizes are measured: a clone of the module is
    bufferized and its arena laid out. Costs come from a static estimate or from a file of measured ones, which
    has an entry for every recurrence, of a chain one for every step.
    Every plan is replayed by the planner's verifier.

    With the policy `optimal` this includes the forwards inside cells, unless plain BPTT is best there, an outer length is
    known only at run time, or several functions with recurrences share the cell: these stay without a plan. The cheapest
    way to plan them and the recurrences around them together is taken, and measured with its plans attached
    (docs/planner.md). Other policies leave the insides of steps plain.

    Where plans inside steps or further tape modes change what a step needs, the function has a `#bptt.unplanned` as
    `bptt.unplanned`: what it would take without them, which is what shares of plain BPTT are counted by.

    A length that is known only at run time is planned then, by the same planner; the plan attached here has
    `steps = -1`.

    Emits a remark of category `bptt` at each forward with a plan (`--remarks-filter=bptt`). A budget below the floor is an
    error that says what the floor is made of.
  }];
  let options = [
    Option<"budget", "budget", "std::string", "\"max\"",
           "bytes (64MiB), a share of what plain BPTT takes (5%), or max">,
    Option<"policy", "policy", "std::string", "\"optimal\"",
           "optimal, full, none, hsm, ism, msm, chen-sqrt or chen-recursive">,
    Option<"costs", "costs", "std::string", "\"\"", "file of measured costs, as bptt-run --profile writes it">
  ];
  let dependentDialects = [
    "::mlir::bufferization::BufferizationDialect", "::mlir::memref::MemRefDialect",
    "::mlir::tensor::TensorDialect", "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::scf::SCFDialect"];
}

def UnrollRecurrences : Pass<"bptt-unroll-recurrences", "::mlir::ModuleOp"> {
  let summary = "Straight-line code for the plans of short sequences";
  let description = [{
    Replaces every `bptt.forward` and `bptt.backward` by what its plan does, one operation after the other:
    `bptt.step` for an evaluation, `bptt.checkpoint` for a state that is kept, a `bptt.recompute` region around
    every evaluation that was done before, a call of the adjoint for every backward. For people and for tests;
    at most 32 steps, and no chains.

    Assumes tensors and attached plans. Gone with `--bptt-dissolve-fences`.
  }];
  let dependentDialects = ["::mlir::tensor::TensorDialect", "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect"];
}

def DissolveFences : Pass<"bptt-dissolve-fences", "::mlir::ModuleOp"> {
  let summary = "Inline steps, recompute regions and cells of the unrolled form";
  let description = [{
    The step before bufferization. From here to the end of bufferization no pass may merge equal operations:
    that would undo recomputation. Afterwards evaluations write to memory, and are safe.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def SolveProblems : Pass<"bptt-solve-problems", "::mlir::ModuleOp"> {
  let summary = "Plan every bptt.problem";
  let description = [{
    Attaches a `#bptt.solution` to every `bptt.problem`, by the planner that `--bptt-plan` uses; and, on request, the
    actions of the schedule. A problem without a plan is an error at it.

    ```mlir
    // before
    bptt.problem @lstm #bptt.plan<policy = "optimal", steps = 1000, state = 2, residual = 5, kept = 140,
        advance_cost = 1, taped_cost = 1, backward_cost = 2>
    // after
    bptt.problem @lstm #bptt.plan<...>
      solution #bptt.solution<kept_peak = 140, evaluations = 2227, cost = 4227, bound = 4227, exactness = "exact">
    ```
  }];
  let options = [
    Option<"actions", "actions", "bool", "false", "attach the actions as well">
  ];
}

def CheckSolutions : Pass<"bptt-check-solutions", "::mlir::ModuleOp"> {
  let summary = "Replay the solution of every bptt.problem";
  let description = [{
    Runs the actions of every `bptt.problem`, those that stand there or those that follow from it, on the planner's
    machine (include/bptt/Planning/Action.h), which knows no solver. An action that cannot run, and a number of the
    solution that the replay does not find, is an error at the problem. So is a `bound` above what a plan of the same
    policy costs, which is what the problem's solver finds, if it finds any. The IR stays as it is.
  }];
}

#endif
