// RUN: bptt-opt %s --bptt-differentiate --split-input-file --verify-diagnostics | FileCheck %s

// A rule supplied by the user is used as given.

// CHECK-LABEL: func.func @loss_value_and_grad(
// CHECK: bptt.forward @cell taped @my_taped
// CHECK: bptt.backward @cell_advance taped @cell_retaped adjoint @my_adjoint
// CHECK-SAME: {carries = array<i64: 0>, outputs = array<i64: 0>, wrt_inputs = array<i64>, wrt_invariants = array<i64: 0>}
// CHECK-LABEL: func.func private @cell_retaped(
// CHECK-SAME: -> (tensor<4xf32>, tensor<4xf32>) {
func.func private @cell(%i: index, %h: tensor<4xf32>, %w: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %y = arith.mulf %h, %w : tensor<4xf32>
  %z = math.sin %y : tensor<4xf32>
  return %y, %z : tensor<4xf32>, tensor<4xf32>
}
func.func private @my_taped(%i: index, %h: tensor<4xf32>, %w: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %y = arith.mulf %h, %w : tensor<4xf32>
  %z = math.sin %y : tensor<4xf32>
  %r = math.cos %y : tensor<4xf32>
  return %y, %z, %r : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}
func.func private @my_adjoint(%i: index, %r: tensor<4xf32>, %h: tensor<4xf32>, %y: tensor<4xf32>, %w: tensor<4xf32>,
    %dy: tensor<4xf32>, %dz: tensor<4xf32>, %dw: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %a = arith.mulf %dz, %r : tensor<4xf32>
  %b = arith.addf %dy, %a : tensor<4xf32>
  %dh = arith.mulf %b, %w : tensor<4xf32>
  %c = arith.mulf %b, %h : tensor<4xf32>
  %sum = arith.addf %dw, %c : tensor<4xf32>
  return %dh, %sum : tensor<4xf32>, tensor<4xf32>
}
func.func @loss(%h0: tensor<4xf32>, %w: tensor<4xf32>, %n: index) -> tensor<f32> {
  %h, %zs = bptt.scan @cell taped @my_taped adjoint @my_adjoint carry(%h0 : tensor<4xf32>) invariants(%w : tensor<4xf32>)
      steps(%n) -> tensor<4xf32>, tensor<?x4xf32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %loss = linalg.reduce {arith.addf} ins(%h : tensor<4xf32>) outs(%zero : tensor<f32>) dimensions = [0]
  return %loss : tensor<f32>
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>, %w: tensor<4xf32>) -> tensor<4xf32> {
  %y = arith.mulf %h, %w : tensor<4xf32>
  return %y : tensor<4xf32>
}
func.func private @adjoint(%i: index, %h: tensor<4xf32>, %y: tensor<4xf32>, %w: tensor<4xf32>,
    %dy: tensor<4xf32>) -> tensor<4xf32> {
  %dh = arith.mulf %dy, %w : tensor<4xf32>
  return %dh : tensor<4xf32>
}
func.func @loss(%h0: tensor<4xf32>, %w: tensor<4xf32>, %n: index) -> tensor<f32> {
  // expected-error @below {{@adjoint has 5 arguments, expected 6: a supplied adjoint covers every carry, output, input and invariant of floating-point type}}
  %h = bptt.scan @cell taped @cell adjoint @adjoint carry(%h0 : tensor<4xf32>) invariants(%w : tensor<4xf32>)
      steps(%n) -> tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %loss = linalg.reduce {arith.addf} ins(%h : tensor<4xf32>) outs(%zero : tensor<f32>) dimensions = [0]
  return %loss : tensor<f32>
}
