// RUN: bptt-opt %inputs/rnn.mlir --bptt-differentiate --bptt-plan=budget=50% --remarks-filter=bptt --remark-policy=all 2>&1 | FileCheck %s
// RUN: not bptt-opt %inputs/rnn.mlir --bptt-differentiate --bptt-plan=budget=64B 2>&1 | FileCheck %s --check-prefix=FLOOR
// RUN: not bptt-opt %inputs/rnn.mlir --bptt-differentiate --bptt-plan=policy=best 2>&1 | FileCheck %s --check-prefix=POLICY
// RUN: not bptt-opt %inputs/rnn.mlir --bptt-differentiate --bptt-plan=costs=%t.none 2>&1 | FileCheck %s --check-prefix=COSTS

// The decision is a remark, and an attribute; nothing else changes.
// CHECK: remark: [Passed] Plan {{.*}} for 48 steps, plain BPTT takes {{.*}} evaluations a step
// CHECK: bptt.forward @{{.*}} plan #bptt.plan<policy = "optimal", steps = 48, state = 64, residual = 0, kept = {{[0-9]+}}
// CHECK: bptt.backward

// FLOOR: error: @loss_value_and_grad: a budget of 64 bytes is below the floor of
// POLICY: error: unknown policy 'best'
// COSTS: error: costs file '{{.*}}.none'
