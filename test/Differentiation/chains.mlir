// RUN: bptt-opt %s --split-input-file --bptt-differentiate --remarks-filter=bptt --remark-policy=all -o %t.mlir 2> %t.remarks
// RUN: FileCheck %s --input-file=%t.mlir
// RUN: FileCheck %s --input-file=%t.remarks --check-prefix=REMARK
// RUN: bptt-opt %s --split-input-file --bptt-normalize | FileCheck %s --check-prefix=VALUE

// Steps of two kinds and two widths are one chain; a value that two steps use is passed once, and what an output of
// an early step leads to comes after the chain.

// REMARK: [Passed] FormChains {{.*}}"planned as a chain of 3 steps
// CHECK-LABEL: func.func @changing_value_and_grad
// CHECK-SAME: (%[[H0:.*]]: tensor<4xf32>, %[[W:.*]]: tensor<4xf32>, %[[V:.*]]: tensor<2xf32>)
// CHECK: %[[R:.*]]:2, %[[TAPE:.*]] = bptt.chain_forward [@grow, @grow, @shrink]
// CHECK-SAME: taped [@grow_taped, @grow_taped, @shrink_taped] at [5, 6, 0]
// CHECK-SAME: uses [array<i64: 0>, array<i64: 0>, array<i64: 1>]
// CHECK-SAME: carry(%[[H0]] : tensor<4xf32>) invariants(%[[W]], %[[V]] : tensor<4xf32>, tensor<2xf32>)
// CHECK: bptt.chain_backward [@grow_advance, @grow_advance, @shrink_advance]
// CHECK-SAME: adjoint [@grow_adjoint, @grow_adjoint, @shrink_adjoint] tape(%[[TAPE]])
// CHECK-SAME: {carries = array<i64: 0>, outputs = array<i64: 0>, wrt = array<i64: 0, 1>}
// CHECK-SAME: -> tensor<4xf32>, tensor<4xf32>, tensor<2xf32>
// CHECK: func.func private @shrink_adjoint(%{{.*}}: index, {{.*}}) -> (tensor<4xf32>, tensor<2xf32>)

// Where only the value is wanted, nothing of a chain is left.
// VALUE-LABEL: func.func @changing
// VALUE-NOT: bptt.
// VALUE: return

func.func private @grow(%i: index, %h: tensor<4xf32>, %w: tensor<4xf32>) -> tensor<4xf32> {
  %0 = arith.mulf %h, %w : tensor<4xf32>
  %1 = math.tanh %0 : tensor<4xf32>
  return %1 : tensor<4xf32>
}
func.func private @shrink(%i: index, %h: tensor<4xf32>, %v: tensor<2xf32>) -> (tensor<2xf32>, tensor<4xf32>) {
  %0 = tensor.extract_slice %h[1] [2] [1] : tensor<4xf32> to tensor<2xf32>
  %1 = arith.mulf %0, %v : tensor<2xf32>
  %2 = math.tanh %1 : tensor<2xf32>
  %3 = math.exp %h : tensor<4xf32>
  return %2, %3 : tensor<2xf32>, tensor<4xf32>
}
func.func @changing(%h0: tensor<4xf32>, %w: tensor<4xf32>, %v: tensor<2xf32>) -> f32 {
  %h1 = bptt.step @grow at 5 carry(%h0 : tensor<4xf32>) inputs(%w : tensor<4xf32>) -> tensor<4xf32>
  %h2 = bptt.step @grow at 6 carry(%h1 : tensor<4xf32>) invariants(%w : tensor<4xf32>) -> tensor<4xf32>
  %h3, %y = bptt.step @shrink at 0 carry(%h2 : tensor<4xf32>) invariants(%v : tensor<2xf32>)
      -> tensor<2xf32>, tensor<4xf32>
  %c = arith.constant 1 : index
  %a = tensor.extract %h3[%c] : tensor<2xf32>
  %b = tensor.extract %y[%c] : tensor<4xf32>
  %loss = arith.addf %a, %b : f32
  return %loss : f32
}

// -----

// What ends a chain: a second use of a state, an input that depends on an output. The third step stands alone, and is
// inlined.

// REMARK: [Missed] FormChains {{.*}}"the chain ends in front of this step: it needs an output of an earlier step
// REMARK: [Missed] FormChains {{.*}}"the chain ends in front of this step: a carry of the step before is used elsewhere
// REMARK: [Passed] FormChains {{.*}}"planned as a chain of 2 steps
// CHECK-LABEL: func.func @broken_value_and_grad
// CHECK: bptt.chain_forward [@cell, @cell] taped
// CHECK-NOT: bptt.step
// CHECK-NOT: bptt.chain_forward
// CHECK: return

func.func private @cell(%i: index, %h: tensor<4xf32>, %w: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0 = arith.mulf %h, %w : tensor<4xf32>
  %1 = math.tanh %0 : tensor<4xf32>
  return %1, %0 : tensor<4xf32>, tensor<4xf32>
}
func.func @broken(%h0: tensor<4xf32>, %w: tensor<4xf32>) -> f32 {
  %h1, %y1 = bptt.step @cell at 0 carry(%h0 : tensor<4xf32>) inputs(%w : tensor<4xf32>) -> tensor<4xf32>, tensor<4xf32>
  %h2, %y2 = bptt.step @cell at 1 carry(%h1 : tensor<4xf32>) inputs(%w : tensor<4xf32>) -> tensor<4xf32>, tensor<4xf32>
  %x = math.exp %y1 : tensor<4xf32>
  %h3, %y3 = bptt.step @cell at 2 carry(%h2 : tensor<4xf32>) inputs(%x : tensor<4xf32>) -> tensor<4xf32>, tensor<4xf32>
  %h4, %y4 = bptt.step @cell at 3 carry(%h3 : tensor<4xf32>) inputs(%w : tensor<4xf32>) -> tensor<4xf32>, tensor<4xf32>
  %c = arith.constant 1 : index
  %a = tensor.extract %h3[%c] : tensor<4xf32>
  %b = tensor.extract %h4[%c] : tensor<4xf32>
  %loss = arith.addf %a, %b : f32
  return %loss : f32
}

// -----

// A chain that no gradient passes through is not differentiated, and not left either.
// CHECK-LABEL: func.func @beside_value_and_grad
// CHECK-NOT: bptt.chain
// CHECK-NOT: bptt.step
// CHECK: return

func.func private @cell(%i: index, %h: tensor<4xf32>) -> tensor<4xf32> {
  %0 = math.tanh %h : tensor<4xf32>
  return %0 : tensor<4xf32>
}
func.func @beside(%h0: tensor<4xf32>, %w: tensor<f32> {bptt.wrt}) -> (tensor<f32>, tensor<4xf32>) {
  %h1 = bptt.step @cell at 0 carry(%h0 : tensor<4xf32>) -> tensor<4xf32>
  %h2 = bptt.step @cell at 1 carry(%h1 : tensor<4xf32>) -> tensor<4xf32>
  %0 = math.exp %w : tensor<f32>
  return %0, %h2 : tensor<f32>, tensor<4xf32>
}
