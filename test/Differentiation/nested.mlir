// RUN: bptt-opt %s --bptt-differentiate | FileCheck %s

// A recurrence inside a step: where a step is evaluated it is a scan; the step's adjoint evaluates it again, with a
// tape of its own, and goes back through it. Nothing of it is planned.

func.func private @inner(%i: index, %a: tensor<4xf32>, %w: tensor<4xf32>) -> tensor<4xf32> {
  %p = arith.mulf %a, %w : tensor<4xf32>
  %n = math.sin %p : tensor<4xf32>
  return %n : tensor<4xf32>
}
func.func private @outer(%i: index, %h: tensor<4xf32>, %w: tensor<4xf32>) -> tensor<4xf32> {
  %three = arith.constant 3 : index
  %e = math.exp %h : tensor<4xf32>
  %n = bptt.scan @inner carry(%e : tensor<4xf32>) invariants(%w : tensor<4xf32>) steps(%three) -> tensor<4xf32>
  return %n : tensor<4xf32>
}
// CHECK-LABEL: func.func @f_value_and_grad
// CHECK: bptt.forward @outer taped @outer_taped carry
func.func @f(%h0: tensor<4xf32>, %w: tensor<4xf32>, %n: index) -> f32 {
  %h = bptt.scan @outer carry(%h0 : tensor<4xf32>) invariants(%w : tensor<4xf32>) steps(%n) -> tensor<4xf32>
  %c0 = arith.constant 0 : index
  %loss = tensor.extract %h[%c0] : tensor<4xf32>
  return %loss : f32
}
// CHECK-LABEL: func.func private @outer_advance(
// CHECK: bptt.scan @inner carry
// CHECK-LABEL: func.func private @outer_retaped(
// CHECK: bptt.scan @inner carry
// CHECK-LABEL: func.func private @outer_adjoint(
// CHECK: %[[E:.*]] = linalg.generic
// CHECK: math.exp
// CHECK: %{{.*}}, %[[TAPE:.*]] = bptt.forward @inner taped @inner_taped carry(%[[E]] :
// CHECK: %[[D:.*]]:2 = bptt.backward @inner_advance taped @inner_retaped adjoint @inner_adjoint tape(%[[TAPE]])
// CHECK-SAME: carry(%[[E]] :
// CHECK: return
