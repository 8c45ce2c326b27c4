// RUN: bptt-opt %s | bptt-opt | FileCheck %s
// RUN: bptt-opt %s --mlir-print-op-generic | bptt-opt | FileCheck %s

// A chain in its three forms. Its state changes from 8 to 9 values, and the second step has an output.

func.func private @narrow(%i: index, %h: tensor<8xf32>, %v: tensor<2xf32>) -> tensor<9xf32> {
  %0 = tensor.empty() : tensor<9xf32>
  return %0 : tensor<9xf32>
}
func.func private @wide(%i: index, %h: tensor<9xf32>, %w: tensor<3xf32>, %v: tensor<2xf32>)
    -> (tensor<9xf32>, tensor<f32>) {
  %0 = tensor.empty() : tensor<f32>
  return %h, %0 : tensor<9xf32>, tensor<f32>
}
func.func private @narrow_taped(%i: index, %h: tensor<8xf32>, %v: tensor<2xf32>) -> (tensor<9xf32>, tensor<5xf32>) {
  %0 = tensor.empty() : tensor<9xf32>
  %1 = tensor.empty() : tensor<5xf32>
  return %0, %1 : tensor<9xf32>, tensor<5xf32>
}
func.func private @wide_advance(%i: index, %h: tensor<9xf32>, %w: tensor<3xf32>, %v: tensor<2xf32>) -> tensor<9xf32> {
  return %h : tensor<9xf32>
}
func.func private @narrow_adjoint(%i: index, %r: tensor<5xf32>, %h: tensor<8xf32>, %next: tensor<9xf32>,
    %v: tensor<2xf32>, %dnext: tensor<9xf32>) -> tensor<8xf32> {
  return %h : tensor<8xf32>
}
func.func private @wide_adjoint(%i: index, %h: tensor<9xf32>, %next: tensor<9xf32>, %w: tensor<3xf32>,
    %v: tensor<2xf32>, %dnext: tensor<9xf32>, %dy: tensor<f32>, %dw: tensor<3xf32>)
    -> (tensor<9xf32>, tensor<3xf32>) {
  return %dnext, %dw : tensor<9xf32>, tensor<3xf32>
}

// CHECK-LABEL: func.func @value
func.func @value(%h0: tensor<8xf32>, %v: tensor<2xf32>, %w: tensor<3xf32>) -> tensor<9xf32> {
  // CHECK: bptt.chain [@narrow, @wide] at [0, 4] uses [array<i64: 0>, array<i64: 1, 0>] carry(%{{.*}} : tensor<8xf32>)
  // CHECK-SAME: invariants(%{{.*}}, %{{.*}} : tensor<2xf32>, tensor<3xf32>) -> tensor<9xf32>, tensor<f32>
  %h, %y = bptt.chain [@narrow, @wide] at [0, 4] uses [array<i64: 0>, array<i64: 1, 0>] carry(%h0 : tensor<8xf32>)
      invariants(%v, %w : tensor<2xf32>, tensor<3xf32>) -> tensor<9xf32>, tensor<f32>
  return %h : tensor<9xf32>
}

// CHECK-LABEL: func.func @gradient
func.func @gradient(%h0: tensor<8xf32>, %v: tensor<2xf32>, %w: tensor<3xf32>, %dh: tensor<9xf32>, %dy: tensor<f32>)
    -> (tensor<8xf32>, tensor<3xf32>) {
  // CHECK: bptt.chain_forward [@narrow, @wide] taped [@narrow_taped, @wide] at [0, 4] uses
  // CHECK-SAME: plan #bptt.plan<policy = "optimal", steps = 2, kept = 128, chain = [#bptt.plan_step<state = 128
  %h, %y, %tape = bptt.chain_forward [@narrow, @wide] taped [@narrow_taped, @wide] at [0, 4]
      uses [array<i64: 0>, array<i64: 1, 0>]
      plan #bptt.plan<policy = "optimal", steps = 2, kept = 128, chain = [
          #bptt.plan_step<state = 128, residual = 64, advance_cost = 1, taped_cost = 1, backward_cost = 2>,
          #bptt.plan_step<state = 64, residual = 0, advance_cost = 3, taped_cost = 3, backward_cost = 6>]>
      carry(%h0 : tensor<8xf32>) invariants(%v, %w : tensor<2xf32>, tensor<3xf32>) -> tensor<9xf32>, tensor<f32>
  // CHECK: bptt.chain_backward [@narrow, @wide_advance] taped [@narrow_taped, @wide_advance] adjoint
  // CHECK-SAME: cotangents(%{{.*}} : tensor<9xf32>, tensor<f32>)
  // CHECK-SAME: {carries = array<i64: 0>, outputs = array<i64: 0>, wrt = array<i64: 1>}
  %dh0, %dw = bptt.chain_backward [@narrow, @wide_advance] taped [@narrow_taped, @wide_advance]
      adjoint [@narrow_adjoint, @wide_adjoint] tape(%tape) carry(%h0 : tensor<8xf32>)
      invariants(%v, %w : tensor<2xf32>, tensor<3xf32>) cotangents(%dh, %dy : tensor<9xf32>, tensor<f32>)
      {carries = array<i64: 0>, outputs = array<i64: 0>, wrt = array<i64: 1>} -> tensor<8xf32>, tensor<3xf32>
  return %dh0, %dw : tensor<8xf32>, tensor<3xf32>
}
