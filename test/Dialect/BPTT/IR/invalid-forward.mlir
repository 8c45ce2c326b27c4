// RUN: bptt-opt %s --split-input-file --verify-diagnostics

func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{the tape must have exactly one use, in a bptt.backward}}
  %0, %tape = bptt.forward @cell taped @taped carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) -> !bptt.tape {
  // expected-error @+1 {{the tape must have exactly one use, in a bptt.backward}}
  %0, %tape = bptt.forward @cell taped @taped carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  return %tape : !bptt.tape
}

// -----

func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>, %again: i1) {
  // expected-error @+1 {{the bptt.backward of the tape must be in the same block}}
  %0, %tape = bptt.forward @cell taped @taped carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  scf.if %again {
    %1 = bptt.backward @advance taped @retaped adjoint @adjoint tape(%tape)
        carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) cotangents(%h : tensor<4xf32>)
        {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>}
        -> tensor<4xf32>
  }
  return
}

// -----

func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{carry #0 goes in as 'tensor<4xf32>' and comes out as 'tensor<5xf32>'}}
  %0, %tape = bptt.forward @cell taped @taped carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>) {
  // expected-error @+1 {{has no inputs, so it needs `steps`}}
  %0, %tape = bptt.forward @cell taped @taped carry(%h : tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

// The taped cell returns what the cell returns, then residuals.
func.func private @cell(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func private @taped(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) -> tensor<5xf32> {
  %0 = tensor.empty() : tensor<5xf32>
  return %0 : tensor<5xf32>
}
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{cell @taped result #0 is 'tensor<5xf32>', expected 'tensor<4xf32>'}}
  %0, %tape = bptt.forward @cell taped @taped carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  %1 = bptt.backward @cell taped @taped adjoint @adjoint tape(%tape)
      carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) cotangents(%h : tensor<4xf32>)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>}
      -> tensor<4xf32>
  return
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func private @taped(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) -> (tensor<4xf32>, tensor<?xf32>) {
  %n = arith.constant 4 : index
  %0 = tensor.empty(%n) : tensor<?xf32>
  return %h, %0 : tensor<4xf32>, tensor<?xf32>
}
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{cell @taped result #1 is 'tensor<?xf32>', expected a ranked tensor of static shape}}
  %0, %tape = bptt.forward @cell taped @taped carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  %1 = bptt.backward @cell taped @cell adjoint @adjoint tape(%tape)
      carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) cotangents(%h : tensor<4xf32>)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>}
      -> tensor<4xf32>
  return
}
