// RUN: bptt-opt %s --bptt-differentiate | FileCheck %s

// A step whose residuals are none: the derivative of the hyperbolic tangent
// comes from the carry.

#id = affine_map<(i, j) -> (i, j)>
#none = affine_map<(i, j) -> ()>
func.func private @cell(%i: index, %h: tensor<4x8xf32>, %x: tensor<4x3xf32>, %w: tensor<3x8xf32>,
    %u: tensor<8x8xf32>, %b: tensor<8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %e = tensor.empty() : tensor<4x8xf32>
  %bias = linalg.broadcast ins(%b : tensor<8xf32>) outs(%e : tensor<4x8xf32>) dimensions = [0]
  %xw = linalg.matmul ins(%x, %w : tensor<4x3xf32>, tensor<3x8xf32>) outs(%bias : tensor<4x8xf32>) -> tensor<4x8xf32>
  %z = linalg.matmul ins(%h, %u : tensor<4x8xf32>, tensor<8x8xf32>) outs(%xw : tensor<4x8xf32>) -> tensor<4x8xf32>
  %next = math.tanh %z : tensor<4x8xf32>
  %extra = math.exp %z : tensor<4x8xf32>
  return %next, %extra : tensor<4x8xf32>, tensor<4x8xf32>
}

func.func @loss(%xs: tensor<10x4x3xf32>, %h0: tensor<4x8xf32>, %w: tensor<3x8xf32> {bptt.wrt},
    %u: tensor<8x8xf32> {bptt.wrt}, %b: tensor<8xf32> {bptt.wrt}) -> (tensor<f32>, tensor<10x4x8xf32>) {
  %h, %ys = bptt.scan @cell carry(%h0 : tensor<4x8xf32>) inputs(%xs : tensor<10x4x3xf32>)
      invariants(%w, %u, %b : tensor<3x8xf32>, tensor<8x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>, tensor<10x4x8xf32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %loss = linalg.reduce {arith.addf} ins(%h : tensor<4x8xf32>) outs(%zero : tensor<f32>) dimensions = [0, 1]
  return %loss, %ys : tensor<f32>, tensor<10x4x8xf32>
}

// CHECK-LABEL: func.func @loss(
// CHECK: bptt.scan @cell
// CHECK-LABEL: func.func @loss_value_and_grad(
// CHECK-SAME: -> (tensor<f32>, tensor<10x4x8xf32>, tensor<3x8xf32>, tensor<8x8xf32>, tensor<8xf32>)
// CHECK: %[[RESULTS:.*]]:2, %[[TAPE:.*]] = bptt.forward @cell taped @cell_taped
// CHECK: %[[GRADS:.*]]:4 = bptt.backward @cell_advance taped @cell_retaped adjoint @cell_adjoint tape(%[[TAPE]])
// The inputs are not differentiated for, the outputs do not lead to the loss.
// CHECK-SAME: {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64: 0, 1, 2>}
// CHECK: return %{{.*}}, %[[RESULTS]]#1, %[[GRADS]]#1, %[[GRADS]]#2, %[[GRADS]]#3

// CHECK-LABEL: func.func private @cell_advance(
// CHECK-SAME: -> tensor<4x8xf32> {
// CHECK-NOT: math.exp
// CHECK-LABEL: func.func private @cell_taped(
// CHECK-SAME: -> (tensor<4x8xf32>, tensor<4x8xf32>) {
// CHECK-LABEL: func.func private @cell_retaped(
// CHECK-SAME: -> tensor<4x8xf32> {
// CHECK-NOT: math.exp

// CHECK-LABEL: func.func private @cell_adjoint(
// CHECK-SAME: %{{.*}}: index, %[[H:.*]]: tensor<4x8xf32>, %[[NEXT:.*]]: tensor<4x8xf32>, %[[X:.*]]: tensor<4x3xf32>,
// CHECK-SAME: %[[W:.*]]: tensor<3x8xf32>, %[[U:.*]]: tensor<8x8xf32>, %{{.*}}: tensor<8xf32>, %[[DNEXT:.*]]: tensor<4x8xf32>,
// CHECK-SAME: %[[DW:.*]]: tensor<3x8xf32>, %[[DU:.*]]: tensor<8x8xf32>, %[[DB:.*]]: tensor<8xf32>)
// CHECK-NOT: math.tanh
// CHECK: %[[DZ:.*]] = linalg.generic {{.*}} ins(%[[DNEXT]], %[[NEXT]] :
// CHECK: %[[ZEROS:.*]] = linalg.fill
// CHECK: %[[DH:.*]] = linalg.generic {{.*}} ins(%[[DZ]], %[[U]] : {{.*}} outs(%[[ZEROS]] :
// Weight gradients are added where the accumulators are.
// CHECK: %[[DU2:.*]] = linalg.generic {{.*}}iterator_types = ["reduction", "parallel", "parallel"]} ins(%[[DZ]], %[[H]] : {{.*}} outs(%[[DU]] :
// CHECK: %[[DW2:.*]] = linalg.generic {{.*}} ins(%[[DZ]], %[[X]] : {{.*}} outs(%[[DW]] :
// CHECK: %[[DB2:.*]] = linalg.generic {{.*}}iterator_types = ["reduction", "parallel"]} ins(%[[DZ]] : {{.*}} outs(%[[DB]] :
// CHECK: return %[[DH]], %[[DW2]], %[[DU2]], %[[DB2]]
