// RUN: bptt-opt %s --bptt-differentiate | FileCheck %s

// Cotangents go where they lead to something: not to a carry that counts, not to
// one that depends on nothing differentiated, not to weights of an output that
// does not lead to the loss. The same cell with another activity has an adjoint of its own.

// CHECK-LABEL: func.func @loss_value_and_grad(
// CHECK-SAME: -> (tensor<f32>, tensor<5x4xf32>, tensor<5x4xf32>, tensor<5x4xf32>, tensor<5x4xf32>, tensor<4xf32>, tensor<4xf32>)
// CHECK: bptt.forward @cell
// CHECK: bptt.scan @cell
// CHECK: bptt.forward @cell
// CHECK: bptt.backward {{.*}} adjoint @cell_adjoint tape
// CHECK-SAME: {carries = array<i64: 1>, outputs = array<i64>, wrt_inputs = array<i64: 0>, wrt_invariants = array<i64: 0>}
// CHECK: bptt.backward {{.*}} adjoint @[[OTHER:cell_adjoint_[0-9]+]] tape
// CHECK-SAME: {carries = array<i64: 1>, outputs = array<i64: 0>, wrt_inputs = array<i64>, wrt_invariants = array<i64: 0>}
// CHECK-DAG: func.func private @cell_adjoint(
// CHECK-DAG: func.func private @[[OTHER]](
func.func private @cell(%i: index, %n: tensor<i32>, %h: tensor<4xf32>, %still: tensor<4xf32>, %x: tensor<4xf32>,
    %w: tensor<4xf32>, %v: tensor<4xf32>)
    -> (tensor<i32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %one = arith.constant dense<1> : tensor<i32>
  %next_n = arith.addi %n, %one : tensor<i32>
  %hw = arith.mulf %h, %w : tensor<4xf32>
  %next_h = arith.addf %hw, %x : tensor<4xf32>
  %y = math.sin %next_h : tensor<4xf32>
  %unused = arith.mulf %y, %v : tensor<4xf32>
  %next_still = math.cos %still : tensor<4xf32>
  return %next_n, %next_h, %next_still, %y, %unused : tensor<i32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

func.func @loss(%xs: tensor<5x4xf32>, %n0: tensor<i32>, %h0: tensor<4xf32>, %w: tensor<4xf32> {bptt.wrt}, %v: tensor<4xf32> {bptt.wrt})
    -> (tensor<f32>, tensor<5x4xf32>, tensor<5x4xf32>, tensor<5x4xf32>, tensor<5x4xf32>) {
  %n1, %h1, %s1, %ys, %us = bptt.scan @cell carry(%n0, %h0, %h0 : tensor<i32>, tensor<4xf32>, tensor<4xf32>) inputs(%xs : tensor<5x4xf32>)
      invariants(%w, %v : tensor<4xf32>, tensor<4xf32>)
      -> tensor<i32>, tensor<4xf32>, tensor<4xf32>, tensor<5x4xf32>, tensor<5x4xf32>
  %n2, %h2, %s2, %zs, %vs = bptt.scan @cell carry(%n0, %h0, %h0 : tensor<i32>, tensor<4xf32>, tensor<4xf32>) inputs(%xs : tensor<5x4xf32>)
      invariants(%h0, %h0 : tensor<4xf32>, tensor<4xf32>)
      -> tensor<i32>, tensor<4xf32>, tensor<4xf32>, tensor<5x4xf32>, tensor<5x4xf32>
  %scaled = arith.mulf %ys, %zs : tensor<5x4xf32>
  %n3, %h3, %s3, %as, %bs = bptt.scan @cell carry(%n1, %h0, %s1 : tensor<i32>, tensor<4xf32>, tensor<4xf32>) inputs(%ys : tensor<5x4xf32>)
      invariants(%w, %v : tensor<4xf32>, tensor<4xf32>)
      -> tensor<i32>, tensor<4xf32>, tensor<4xf32>, tensor<5x4xf32>, tensor<5x4xf32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %part = linalg.reduce {arith.addf} ins(%scaled : tensor<5x4xf32>) outs(%zero : tensor<f32>) dimensions = [0, 1]
  %loss = linalg.reduce {arith.addf} ins(%h3 : tensor<4xf32>) outs(%part : tensor<f32>) dimensions = [0]
  return %loss, %us, %vs, %as, %bs : tensor<f32>, tensor<5x4xf32>, tensor<5x4xf32>, tensor<5x4xf32>, tensor<5x4xf32>
}
