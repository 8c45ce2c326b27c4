// RUN: bptt-opt %s --bptt-differentiate | FileCheck %s
// RUN: bptt-opt %s --bptt-differentiate --bptt-plan=budget=max --bptt-materialize=form=unrolled -o /dev/null

// Cotangents of bf16 values are f32. The carry's and the weight's go from step to step as they are; the input's is rounded step by
// step, since it is stacked. At the end each gradient is rounded once, to the type of its argument.
// CHECK-LABEL: func.func @loss_value_and_grad(
// CHECK-SAME: -> (tensor<f32>, tensor<3x2x4xbf16>, tensor<2x4xbf16>, tensor<4x4xbf16>)
// CHECK: %[[BACK:.*]]:3 = bptt.backward {{.*}} cotangents(%{{.*}} : tensor<2x4xf32>)
// CHECK-SAME: -> tensor<2x4xf32>, tensor<3x2x4xbf16>, tensor<4x4xf32>
// CHECK: linalg.generic {{.*}} ins(%[[BACK]]#0 :
// CHECK: arith.truncf
// CHECK: linalg.generic {{.*}} ins(%[[BACK]]#2 :
// CHECK: arith.truncf

// CHECK-LABEL: func.func private @cell_adjoint(
// CHECK-SAME: -> (tensor<2x4xf32>, tensor<2x4xbf16>, tensor<4x4xf32>)
// In the adjoint of a step only what is stacked is rounded.
// CHECK: arith.mulf {{.*}} : f32
// CHECK-COUNT-1: arith.truncf
// CHECK-NOT: arith.truncf
// CHECK: }
func.func private @cell(%i: index, %h: tensor<2x4xbf16>, %x: tensor<2x4xbf16>, %u: tensor<4x4xbf16>) -> tensor<2x4xbf16> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x4xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<2x4xf32>) -> tensor<2x4xf32>
  %p = linalg.matmul ins(%h, %u : tensor<2x4xbf16>, tensor<4x4xbf16>) outs(%z : tensor<2x4xf32>) -> tensor<2x4xf32>
  %wide = arith.extf %x : tensor<2x4xbf16> to tensor<2x4xf32>
  %s = arith.addf %p, %wide : tensor<2x4xf32>
  %y = math.tanh %s : tensor<2x4xf32>
  %next = arith.truncf %y : tensor<2x4xf32> to tensor<2x4xbf16>
  return %next : tensor<2x4xbf16>
}
func.func @loss(%xs: tensor<3x2x4xbf16>, %h0: tensor<2x4xbf16>, %u: tensor<4x4xbf16>) -> tensor<f32> {
  %h = bptt.scan @cell carry(%h0 : tensor<2x4xbf16>) inputs(%xs : tensor<3x2x4xbf16>) invariants(%u : tensor<4x4xbf16>) -> tensor<2x4xbf16>
  %wide = arith.extf %h : tensor<2x4xbf16> to tensor<2x4xf32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %loss = linalg.reduce {arith.addf} ins(%wide : tensor<2x4xf32>) outs(%zero : tensor<f32>) dimensions = [0, 1]
  return %loss : tensor<f32>
}
