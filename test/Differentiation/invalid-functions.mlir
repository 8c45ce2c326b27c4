// RUN: bptt-opt %s --bptt-differentiate --split-input-file --verify-diagnostics

// expected-error @below {{has no public function to differentiate}}
module {
  func.func private @f(%x: f32) -> f32 {
    return %x : f32
  }
}

// -----

// expected-error @below {{has several public functions, @f and @g among them; name one with function=}}
module {
  func.func @f(%x: f32) -> f32 {
    return %x : f32
  }
  func.func @g(%x: f32) -> f32 {
    return %x : f32
  }
}

// -----

// expected-error @below {{@f has no result; the first result is the loss}}
func.func @f(%x: f32) {
  return
}

// -----

// expected-error @below {{the first result of @f is the loss, so it must be a float or a tensor of one of rank 0; found 'tensor<1xf32>'}}
func.func @f(%x: tensor<1xf32>) -> tensor<1xf32> {
  return %x : tensor<1xf32>
}

// -----

// expected-error @below {{@f has no argument of floating-point type to differentiate for}}
func.func @f(%x: tensor<4xi32>) -> f32 {
  %zero = arith.constant 0.0 : f32
  return %zero : f32
}

// -----

// expected-error @below {{wrt names argument #0 of @f, which is 'i32', not of floating-point type}}
func.func @f(%x: i32 {bptt.wrt}) -> f32 {
  %zero = arith.constant 0.0 : f32
  return %zero : f32
}

// -----

// expected-error @below {{there is already a symbol @f_value_and_grad}}
func.func @f(%x: f32) -> f32 {
  return %x : f32
}
func.func private @f_value_and_grad(%x: f32) -> f32 {
  return %x : f32
}

// -----

// expected-error @below {{differentiation works on functions of one block}}
func.func @f(%x: f32) -> f32 {
  cf.br ^bb1
^bb1:
  return %x : f32
}

// -----

func.func private @blocks(%x: f32) -> f32 {
  cf.br ^bb1
^bb1:
  return %x : f32
}
func.func @f(%x: f32) -> f32 {
  // expected-error @below {{calls @blocks, which has several blocks; differentiation works on functions of one block}}
  %y = call @blocks(%x) : (f32) -> f32
  return %y : f32
}

// -----

func.func private @elsewhere(%x: f32) -> f32
func.func @f(%x: f32) -> f32 {
  // expected-error @below {{calls @elsewhere, which has no body to differentiate}}
  %y = call @elsewhere(%x) : (f32) -> f32
  return %y : f32
}

// -----

func.func private @ping(%x: f32) -> f32 {
  %y = call @pong(%x) : (f32) -> f32
  return %y : f32
}
func.func private @pong(%x: f32) -> f32 {
  // expected-error @below {{is part of a recursion, which has no differentiation rule}}
  %y = call @ping(%x) : (f32) -> f32
  return %y : f32
}
func.func @f(%x: f32) -> f32 {
  %y = call @ping(%x) : (f32) -> f32
  return %y : f32
}
