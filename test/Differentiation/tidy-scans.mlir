// RUN: bptt-opt %s --bptt-differentiate=function=unused | FileCheck %s --check-prefix=UNUSED
// RUN: bptt-opt %s --bptt-differentiate=function=stateless | FileCheck %s --check-prefix=STATELESS
// RUN: bptt-run %s --function=stateless --budget=60% --check
// RUN: bptt-run %s --function=unused --budget=60% --check

// Two scans of one cell stack what nobody reads, one of them only for the other: neither is stored, and the two share
// what is derived from the cell.
// UNUSED-LABEL: func.func @unused_value_and_grad
// UNUSED: bptt.forward @cell_pruned taped @cell_pruned_taped
// UNUSED-SAME: -> tensor<4xf32>{{$}}
// UNUSED: bptt.forward @cell_pruned taped @cell_pruned_taped
// UNUSED-SAME: -> tensor<4xf32>{{$}}
// UNUSED-LABEL: func.func private @cell_pruned(
// UNUSED-SAME: -> tensor<4xf32>
func.func private @cell(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %s = arith.addf %h, %x : tensor<4xf32>
  %n = math.sin %s : tensor<4xf32>
  return %n, %s : tensor<4xf32>, tensor<4xf32>
}
func.func private @sum(%i: index, %a: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %n = arith.addf %a, %y : tensor<4xf32>
  return %n : tensor<4xf32>
}
func.func @unused(%h0: tensor<4xf32>, %xs: tensor<9x4xf32>) -> f32 {
  %h, %ys = bptt.scan @cell carry(%h0 : tensor<4xf32>) inputs(%xs : tensor<9x4xf32>) -> tensor<4xf32>, tensor<9x4xf32>
  %nobody = bptt.scan @sum carry(%h0 : tensor<4xf32>) inputs(%ys : tensor<9x4xf32>) -> tensor<4xf32>
  %g, %zs = bptt.scan @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<9x4xf32>) -> tensor<4xf32>, tensor<9x4xf32>
  %c0 = arith.constant 0 : index
  %loss = tensor.extract %g[%c0] : tensor<4xf32>
  return %loss : f32
}

// A map over a sequence: one byte is handed from step to step.
// STATELESS-LABEL: func.func @stateless_value_and_grad
// STATELESS: bptt.forward @square_stateful taped @square_stateful_taped carry(%{{.*}} : tensor<i8>) inputs(
// STATELESS: bptt.backward @square_stateful_advance {{.*}} {carries = array<i64>,
// STATELESS-LABEL: func.func private @square_stateful(
// STATELESS-SAME: %[[I:.*]]: index, %[[NONE:.*]]: tensor<i8>, %{{.*}}: tensor<4xf32>, %{{.*}}: tensor<4xf32>)
// STATELESS: return %[[NONE]], %{{.*}} : tensor<i8>, tensor<f32>
func.func private @square(%i: index, %x: tensor<4xf32>, %w: tensor<4xf32>) -> tensor<f32> {
  %e = math.exp %x : tensor<4xf32>
  %p = arith.mulf %e, %w : tensor<4xf32>
  %s = math.sin %p : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %y = linalg.reduce {arith.addf} ins(%s : tensor<4xf32>) outs(%zero : tensor<f32>) dimensions = [0]
  return %y : tensor<f32>
}
func.func @stateless(%xs: tensor<9x4xf32>, %w: tensor<4xf32>) -> tensor<f32> {
  %ys = bptt.scan @square inputs(%xs : tensor<9x4xf32>) invariants(%w : tensor<4xf32>) -> tensor<9xf32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %loss = linalg.reduce {arith.addf} ins(%ys : tensor<9xf32>) outs(%zero : tensor<f32>) dimensions = [0]
  return %loss : tensor<f32>
}
