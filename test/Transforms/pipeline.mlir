// RUN: bptt-opt %inputs/lstm.mlir --bptt-pipeline="target=cpu budget=50%" | FileCheck %s
// RUN: bptt-opt %inputs/lstm.mlir --bptt-differentiate --bptt-plan=budget=50% --bptt-materialize | FileCheck %s --check-prefix=LOOPS
// RUN: not bptt-opt %inputs/lstm.mlir --bptt-pipeline="target=abacus" 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: not bptt-opt %inputs/lstm.mlir --bptt-differentiate --bptt-plan --bptt-materialize=form=round 2>&1 | FileCheck %s --check-prefix=FORM

// From a scan to the LLVM dialect in one option; nothing calls an allocator.
// CHECK:     llvm.func @loss_value_and_grad
// CHECK-NOT: malloc

// After materialising, a table is walked, and nothing is left to allocate.
// LOOPS-NOT: memref.alloc
// LOOPS:     func.func @loss_value_and_grad
// LOOPS-SAME: memref<?x4xi32>
// LOOPS-SAME: bptt.workspace_bytes
// LOOPS:     scf.index_switch
// LOOPS-NOT: memref.alloc

// TARGET: abacus
// FORM: error: unknown form 'round', expected 'rolled' or 'plain'
