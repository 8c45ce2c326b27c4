// RUN: bptt-opt %inputs/lstm.mlir --bptt-pipeline="target=cpu budget=50%" | FileCheck %s
// RUN: bptt-opt %inputs/lstm.mlir --bptt-differentiate --bptt-plan=budget=50% --bptt-materialize | FileCheck %s --check-prefix=LOOPS
// RUN: not bptt-opt %inputs/lstm.mlir --bptt-pipeline="target=abacus" 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: not bptt-opt %inputs/lstm.mlir --bptt-differentiate --bptt-plan --bptt-materialize=form=round 2>&1 | FileCheck %s --check-prefix=FORM

// RUN: bptt-opt %inputs/lstm.mlir --bptt-plan -o /dev/null 2>&1 | FileCheck %s --check-prefix=VALUE
// RUN: not bptt-opt %inputs/lstm.mlir --bptt-pipeline="target=cpu chip=sm_80" 2>&1 | FileCheck %s --check-prefix=CHIP
// RUN: not bptt-opt %inputs/lstm.mlir --bptt-pipeline="matmul-precision=bf16" 2>&1 | FileCheck %s --check-prefix=PRECISION
// RUN: not bptt-opt %inputs/lstm.mlir --bptt-pipeline="target=nvptx threads=2" 2>&1 | FileCheck %s --check-prefix=THREADS
// RUN: not bptt-opt %inputs/lstm.mlir --bptt-pipeline="threads=0" 2>&1 | FileCheck %s --check-prefix=ZERO
// RUN: not bptt-opt %inputs/lstm.mlir --bptt-pipeline="form=plain budget=50%" 2>&1 | FileCheck %s --check-prefix=PLAIN

// From a scan to the LLVM dialect in one option; nothing calls an allocator.
// CHECK:     llvm.func @loss_value_and_grad
// CHECK-NOT: malloc

// After materialising, a table is walked, and nothing is left to allocate.
// LOOPS-NOT: memref.alloc
// LOOPS:     func.func @loss_value_and_grad
// LOOPS-SAME: memref<?x5xi32>
// LOOPS-SAME: bptt.workspace_bytes
// LOOPS:     scf.index_switch
// LOOPS-NOT: memref.alloc

// TARGET: abacus
// FORM: error: unknown form 'round', expected 'rolled', 'unrolled' or 'plain'
// VALUE: lstm.mlir:{{[0-9:]+}} warning: {{.*}}nothing is planned: there is no gradient of a recurrence; bptt-differentiate makes them
// CHIP: error: chip is for target=nvptx
// PRECISION: error: matmul-precision is for target=nvptx
// THREADS: error: threads is for target=cpu
// ZERO: error: threads is 0, expected at least 1
// PLAIN: error: budget is for a plan, and form=plain has none
