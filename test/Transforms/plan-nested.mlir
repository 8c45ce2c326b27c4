// RUN: bptt-opt %inputs/nested-long.mlir --bptt-differentiate --bptt-plan=budget=10% --remarks-filter=bptt 2>%t.txt | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK --input-file=%t.txt
// RUN: bptt-opt %inputs/nested-long.mlir --bptt-differentiate --bptt-plan=budget=max | FileCheck %s --check-prefix=MAX
// RUN: bptt-opt %inputs/nested-long.mlir --bptt-differentiate --bptt-plan="budget=max policy=hsm" | FileCheck %s --check-prefix=MAX
// RUN: bptt-opt %inputs/nested-long.mlir --bptt-differentiate --bptt-plan=budget=10% --bptt-materialize | FileCheck %s --check-prefix=TABLE

// The recurrence inside a step has a plan like the one around it, whose backward is dearer for it.

// CHECK: func.func @loss_value_and_grad
// CHECK-SAME: bptt.unplanned = #bptt.unplanned<bytes = 67328, cost = {{[0-9]+}}, floor = 1024>
// CHECK: bptt.forward @outer {{.*}} plan #bptt.plan<policy = "optimal", steps = 20, {{.*}}backward_cost = [[#]]
// CHECK: func.func private @outer_adjoint
// CHECK: bptt.forward @inner {{.*}} plan #bptt.plan<policy = "optimal", steps = 500, state = 64, residual = 64, kept = [[#]],

// REMARK: nested-long.mlir:{{.*}}"6.56 KiB of 6.57 KiB for 20 steps, plain BPTT takes 65.8 KiB: {{.*}} 24.6 % more time
// REMARK: nested-long.mlir:{{.*}}"inside a step: 3.31 KiB kept for 500 steps, plain BPTT keeps 62.3 KiB: {{.*}} evaluations a step

// Where everything fits, there is none.

// MAX: bptt.forward @outer {{.*}} plan
// MAX: bptt.forward @inner
// MAX-NOT: plan #bptt

// The table of the inner one is an argument of the cell and of the function around it; code and stack do not depend on
// the length.

// TABLE: func.func @loss_value_and_grad({{.*}}, %[[STACK:[^ ]*]]: memref<?xi8>, %[[OUTER:[^ ]*]]: memref<?x5xi32>, %[[INNER:[^ ]*]]: memref<?x5xi32>, %{{[^ ]*}}: memref<?xi8>)
// TABLE-SAME: bptt.nested_plans = [#bptt.plan<{{.*}}steps = 500
// TABLE: call @outer_adjoint({{.*}}, %[[INNER]], %{{[^ ]*}})
// TABLE: func.func private @outer_adjoint(
// TABLE-SAME: %[[TABLE:[^ ]*]]: memref<?x5xi32>, %{{[^ ]*}}: memref<?xi8>) attributes {bptt.cell, bptt.nested_plans = [#bptt.plan
// TABLE: memref.load %[[TABLE]]
// TABLE: scf.index_switch
