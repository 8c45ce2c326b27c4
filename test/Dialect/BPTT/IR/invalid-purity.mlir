// Constraint 5: a cell that could notice that it is evaluated again is refused, and the operation is named.
// RUN: bptt-opt %s --split-input-file --verify-diagnostics --allow-unregistered-dialect

memref.global "private" @log : memref<4xf32> = dense<0.0>
func.func private @cell(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %log = memref.get_global @log : memref<4xf32>
  %zero = arith.constant 0.0 : f32
  %first = arith.constant 0 : index
  // expected-note @+1 {{'memref.store' has or may have a side effect}}
  memref.store %zero, %log[%first] : memref<4xf32>
  return %h : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{cell @cell is not pure, so it cannot be evaluated again}}
  %0 = bptt.scan @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  return
}

// -----

// Reading what something else may write.
memref.global "private" @state : memref<4xf32> = dense<0.0>
func.func private @cell(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %state = memref.get_global @state : memref<4xf32>
  %first = arith.constant 0 : index
  // expected-note @+1 {{'memref.load' has or may have a side effect}}
  %read = memref.load %state[%first] : memref<4xf32>
  %next = tensor.splat %read : tensor<4xf32>
  return %next : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{cell @cell is not pure}}
  %0 = bptt.scan @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func private @random() -> tensor<4xf32>
func.func private @cell(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-note @+1 {{'func.call' calls a function without a body}}
  %next = call @random() : () -> tensor<4xf32>
  return %next : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{cell @cell is not pure}}
  %0 = bptt.scan @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  return
}

// -----

// Two calls and a loop deep.
func.func private @inner(%h: tensor<4xf32>) -> tensor<4xf32> {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %next = scf.for %k = %zero to %one step %one iter_args(%it = %h) -> tensor<4xf32> {
    %f = tensor.extract %it[%k] : tensor<4xf32>
    // expected-note @+1 {{'vector.print' has or may have a side effect}}
    vector.print %f : f32
    scf.yield %it : tensor<4xf32>
  }
  return %next : tensor<4xf32>
}
func.func private @middle(%h: tensor<4xf32>) -> tensor<4xf32> {
  %next = call @inner(%h) : (tensor<4xf32>) -> tensor<4xf32>
  return %next : tensor<4xf32>
}
func.func private @cell(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %next = call @middle(%h) : (tensor<4xf32>) -> tensor<4xf32>
  return %next : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{cell @cell is not pure}}
  %0 = bptt.scan @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-note @+1 {{'test.unknown' has or may have a side effect}}
  %next = "test.unknown"(%h) : (tensor<4xf32>) -> tensor<4xf32>
  return %next : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>) {
  // expected-error @+1 {{cell @cell is not pure}}
  %0 = bptt.step @cell at 0 carry(%h : tensor<4xf32>) inputs(%h : tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

// A call of something that is no function must not bring the verifier down, whichever of the two is verified first.
func.func private @cell(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-note @+1 {{'func.call' calls a function without a body}}
  call @table() : () -> ()
  return %h : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{cell @cell is not pure}}
  %0 = bptt.scan @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  return
}
memref.global "private" @table : memref<4xf32> = dense<0.0>

// -----

// Recursion ends the search for impure operations, not the other way round.
func.func private @cell(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %next = call @cell(%i, %h, %x) : (index, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %next : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  %0 = bptt.scan @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  return
}
