// RUN: bptt-opt %s --bptt-unroll-recurrences | FileCheck %s
// RUN: bptt-opt %s --bptt-unroll-recurrences --canonicalize --cse | FileCheck %s --check-prefix=FENCED

// Three steps and room for one state: two steps are evaluated again, and the fences keep that.
// FENCED-COUNT-2: bptt.recompute
// FENCED-NOT:     bptt.recompute

func.func private @cell(%i: index, %h: tensor<16xf32>) -> tensor<16xf32> {
  %empty = tensor.empty() : tensor<16xf32>
  %n = linalg.map { math.tanh } ins(%h : tensor<16xf32>) outs(%empty : tensor<16xf32>)
  return %n : tensor<16xf32>
}
func.func private @taped(%i: index, %h: tensor<16xf32>) -> (tensor<16xf32>, tensor<16xf32>) {
  %empty = tensor.empty() : tensor<16xf32>
  %n = linalg.map { math.tanh } ins(%h : tensor<16xf32>) outs(%empty : tensor<16xf32>)
  return %n, %n : tensor<16xf32>, tensor<16xf32>
}
func.func private @adjoint(%i: index, %r: tensor<16xf32>, %h: tensor<16xf32>, %n: tensor<16xf32>,
    %d: tensor<16xf32>) -> tensor<16xf32> {
  %empty = tensor.empty() : tensor<16xf32>
  %p = linalg.map { arith.mulf } ins(%r, %d : tensor<16xf32>, tensor<16xf32>) outs(%empty : tensor<16xf32>)
  return %p : tensor<16xf32>
}

// CHECK-LABEL: func.func @f
// CHECK-SAME:    (%[[H0:.*]]: tensor<16xf32>, %[[D3:.*]]: tensor<16xf32>)
func.func @f(%h0: tensor<16xf32>, %d: tensor<16xf32>) -> (tensor<16xf32>, tensor<16xf32>) {
  %c3 = arith.constant 3 : index
  // CHECK:      %[[H1:.*]] = bptt.step @cell at 0 carry(%[[H0]]
  // CHECK-NEXT: %[[K1:.*]] = bptt.checkpoint %[[H1]] at 1
  // CHECK-NEXT: %[[H2:.*]] = bptt.step @cell at 1 carry(%[[K1]]
  // CHECK-NEXT: %[[H3:.*]]:2 = bptt.step @taped at 2 carry(%[[H2]]
  %h, %tape = bptt.forward @cell taped @taped
      plan #bptt.plan<policy = "optimal", steps = 3, state = 64, residual = 128, kept = 64,
                      advance_cost = 1, taped_cost = 1, backward_cost = 2>
      carry(%h0 : tensor<16xf32>) steps(%c3) -> tensor<16xf32>
  // CHECK:      call @adjoint(%{{.*}}, %[[H3]]#1, %[[H2]], %[[H3]]#0, %[[D3]])
  // CHECK:      bptt.recompute
  // CHECK:      call @adjoint
  // CHECK:      call @adjoint
  %g = bptt.backward @cell taped @taped adjoint @adjoint tape(%tape) carry(%h0 : tensor<16xf32>)
      cotangents(%d : tensor<16xf32>) steps(%c3)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>}
      -> tensor<16xf32>
  return %h, %g : tensor<16xf32>, tensor<16xf32>
}
