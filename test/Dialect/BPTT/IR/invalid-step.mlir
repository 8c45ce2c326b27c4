// RUN: bptt-opt %s --split-input-file --verify-diagnostics

func.func @f(%h: tensor<4xf32>) {
  // expected-error @+1 {{names @nobody, which is not a func.func}}
  %0 = bptt.step @nobody at 0 carry(%h : tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>) {
  // expected-error @+1 {{is at step -1, expected at least 0}}
  %0 = bptt.step @cell at -1 carry(%h : tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>) {
  // expected-error @+1 {{has 0 results for 1 carries}}
  bptt.step @cell at 0 carry(%h : tensor<4xf32>)
  return
}

// -----

// A carry may change its type, as far as the cell says so.
func.func private @cell(%i: index, %h: tensor<4xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>) {
  // expected-error @+1 {{cell @cell result #0 is 'tensor<4xf32>', expected 'tensor<5xf32>'}}
  %0 = bptt.step @cell at 0 carry(%h : tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

// Inputs are those of one step: nothing is taken off their shape.
func.func private @cell(%i: index, %h: tensor<4xf32>, %x: tensor<3xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>, %x: tensor<1x3xf32>) {
  // expected-error @+1 {{cell @cell argument #2 is 'tensor<3xf32>', expected 'tensor<1x3xf32>'}}
  %0 = bptt.step @cell at 0 carry(%h : tensor<4xf32>) inputs(%x : tensor<1x3xf32>) -> tensor<4xf32>
  return
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>) -> (tensor<4xf32>, tensor<f32>) {
  %0 = tensor.empty() : tensor<f32>
  return %h, %0 : tensor<4xf32>, tensor<f32>
}
func.func @f(%h: tensor<4xf32>) {
  // expected-error @+1 {{cell @cell has 2 results, expected 1}}
  %0 = bptt.step @cell at 0 carry(%h : tensor<4xf32>) -> tensor<4xf32>
  return
}
