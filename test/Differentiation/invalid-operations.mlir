// RUN: bptt-opt %s --bptt-differentiate --split-input-file --verify-diagnostics

// Refusals stand at the operation that has no adjoint.

func.func @scalar_without_rule(%x: tensor<4xf32>, %y: tensor<4xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  // expected-error @below {{operation 'arith.remf' has no differentiation rule}}
  %r = arith.remf %x, %y : tensor<4xf32>
  %loss = tensor.extract %r[%c0] : tensor<4xf32>
  return %loss : f32
}

// -----

func.func @control_flow(%x: f32, %n: index) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // expected-error @below {{operation 'scf.for' has no differentiation rule}}
  %y = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x) -> f32 {
    %b = arith.mulf %a, %a : f32
    scf.yield %b : f32
  }
  return %y : f32
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>) -> tensor<4xf32> {
  %c3 = arith.constant 3 : index
  %early = arith.cmpi slt, %i, %c3 : index
  // expected-error @below {{operation 'scf.if' has no differentiation rule}}
  %y = scf.if %early -> tensor<4xf32> {
    scf.yield %h : tensor<4xf32>
  } else {
    %t = math.tanh %h : tensor<4xf32>
    scf.yield %t : tensor<4xf32>
  }
  return %y : tensor<4xf32>
}
func.func @control_flow_in_a_cell(%h0: tensor<4xf32>, %n: index) -> f32 {
  %h = bptt.scan @cell carry(%h0 : tensor<4xf32>) steps(%n) -> tensor<4xf32>
  %c0 = arith.constant 0 : index
  %loss = tensor.extract %h[%c0] : tensor<4xf32>
  return %loss : f32
}

// -----

func.func private @inner(%i: index, %h: tensor<4xf32>) -> tensor<4xf32> {
  %t = math.tanh %h : tensor<4xf32>
  return %t : tensor<4xf32>
}
func.func private @outer(%i: index, %h: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{'bptt.scan' op stands inside a cell, where its length must be static to be differentiated}}
  %y = bptt.scan @inner carry(%h : tensor<4xf32>) steps(%i) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
func.func @nested(%h0: tensor<4xf32>, %n: index) -> f32 {
  %h = bptt.scan @outer carry(%h0 : tensor<4xf32>) steps(%n) -> tensor<4xf32>
  %c0 = arith.constant 0 : index
  %loss = tensor.extract %h[%c0] : tensor<4xf32>
  return %loss : f32
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>) -> tensor<4xf32> {
  %n = arith.constant 3 : index
  // expected-error @below {{'bptt.scan' op stands inside its own cell @cell; recursion has no differentiation rule}}
  %y = bptt.scan @cell carry(%h : tensor<4xf32>) steps(%n) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
func.func @itself(%h0: tensor<4xf32>, %n: index) -> f32 {
  %h = bptt.scan @cell carry(%h0 : tensor<4xf32>) steps(%n) -> tensor<4xf32>
  %c0 = arith.constant 0 : index
  %loss = tensor.extract %h[%c0] : tensor<4xf32>
  return %loss : f32
}

// -----

func.func @product(%x: tensor<4xf32>) -> tensor<f32> {
  %one = arith.constant dense<1.0> : tensor<f32>
  // expected-error @below {{a product reduction has no differentiation rule; use the exponential of a sum of logarithms}}
  %p = linalg.reduce {arith.mulf} ins(%x : tensor<4xf32>) outs(%one : tensor<f32>) dimensions = [0]
  return %p : tensor<f32>
}

// -----

func.func @maximum_from_differentiated(%x: tensor<4xf32>, %init: tensor<f32>) -> tensor<f32> {
  // expected-error @below {{a maximum or minimum that starts from a differentiated value has no differentiation rule}}
  %m = linalg.reduce {arith.maximumf} ins(%x : tensor<4xf32>) outs(%init : tensor<f32>) dimensions = [0]
  return %m : tensor<f32>
}

// -----

func.func @recurrence_in_a_body(%x: tensor<4xf32>) -> tensor<f32> {
  %zero = arith.constant dense<0.0> : tensor<f32>
  // expected-error @below {{result #0 is neither a sum nor a maximum or minimum over its reduction loops}}
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>], iterator_types = ["reduction"]}
      ins(%x : tensor<4xf32>) outs(%zero : tensor<f32>) {
  ^bb0(%a: f32, %s: f32):
    %t = math.tanh %s : f32
    %u = arith.addf %t, %a : f32
    linalg.yield %u : f32
  } -> tensor<f32>
  return %r : tensor<f32>
}

// -----

func.func @padding(%x: tensor<4xf32>, %value: f32) -> f32 {
  %c0 = arith.constant 0 : index
  // expected-error @below {{padding with a differentiated value has no differentiation rule}}
  %p = tensor.pad %x low[1] high[1] {
  ^bb0(%i: index):
    tensor.yield %value : f32
  } : tensor<4xf32> to tensor<6xf32>
  %loss = tensor.extract %p[%c0] : tensor<6xf32>
  return %loss : f32
}

// -----

func.func @dynamic_concatenation(%x: tensor<?xf32>, %y: tensor<?xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  // expected-error @below {{concatenation along a dynamic dimension has no differentiation rule}}
  %p = tensor.concat dim(0) %x, %y : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  %loss = tensor.extract %p[%c0] : tensor<?xf32>
  return %loss : f32
}
