// RUN: bptt-opt %s --split-input-file --verify-diagnostics | bptt-opt --split-input-file | FileCheck %s

// Two ways to tape a step: with a residual, and with none.
func.func private @cell(%i: index, %h: tensor<4xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func private @taped(%i: index, %h: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  return %h, %h : tensor<4xf32>, tensor<4xf32>
}
func.func private @adjoint(%i: index, %r: tensor<4xf32>, %h: tensor<4xf32>, %n: tensor<4xf32>, %d: tensor<4xf32>)
    -> tensor<4xf32> {
  return %d : tensor<4xf32>
}
func.func private @adjoint1(%i: index, %h: tensor<4xf32>, %n: tensor<4xf32>, %d: tensor<4xf32>) -> tensor<4xf32> {
  return %d : tensor<4xf32>
}
// CHECK: bptt.forward @cell taped @taped or [@cell] plan #bptt.plan<{{.*}} other_modes = [0, 7]>
// CHECK: bptt.backward @cell taped @taped or [@cell] adjoint @adjoint or [@adjoint1] tape
func.func @f(%h: tensor<4xf32>, %n: index) -> tensor<4xf32> {
  %0, %tape = bptt.forward @cell taped @taped or [@cell]
      plan #bptt.plan<policy = "optimal", steps = -1, state = 64, residual = 64, kept = 0,
                      advance_cost = 1, taped_cost = 1, backward_cost = 2, other_modes = [0, 7]>
      carry(%h : tensor<4xf32>) steps(%n) -> tensor<4xf32>
  %1 = bptt.backward @cell taped @taped or [@cell] adjoint @adjoint or [@adjoint1] tape(%tape)
      carry(%h : tensor<4xf32>) cotangents(%h : tensor<4xf32>) steps(%n)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>}
      -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// -----

func.func @f(%h: tensor<4xf32>, %n: index) -> tensor<4xf32> {
  %0, %tape = bptt.forward @cell taped @taped carry(%h : tensor<4xf32>) steps(%n) -> tensor<4xf32>
  // expected-error @+1 {{has 2 tape modes and 2 adjoints, its bptt.forward has 1 modes}}
  %1 = bptt.backward @cell taped @taped or [@cell] adjoint @adjoint or [@adjoint1] tape(%tape)
      carry(%h : tensor<4xf32>) cotangents(%h : tensor<4xf32>) steps(%n)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>}
      -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// -----

func.func @f(%h: tensor<4xf32>, %n: index) -> tensor<4xf32> {
  %0, %tape = bptt.forward @cell taped @taped or [@cell] carry(%h : tensor<4xf32>) steps(%n) -> tensor<4xf32>
  // expected-error @+1 {{has 2 tape modes and 1 adjoints, its bptt.forward has 2 modes}}
  %1 = bptt.backward @cell taped @taped or [@cell] adjoint @adjoint tape(%tape)
      carry(%h : tensor<4xf32>) cotangents(%h : tensor<4xf32>) steps(%n)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>}
      -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func private @taped(%i: index, %h: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  return %h, %h : tensor<4xf32>, tensor<4xf32>
}
func.func private @adjoint(%i: index, %r: tensor<4xf32>, %h: tensor<4xf32>, %n: tensor<4xf32>, %d: tensor<4xf32>)
    -> tensor<4xf32> {
  return %d : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>, %n: index) -> tensor<4xf32> {
  %0, %tape = bptt.forward @cell taped @taped or [@cell] carry(%h : tensor<4xf32>) steps(%n) -> tensor<4xf32>
  // expected-error @+1 {{replays with @taped, whose residuals are not those of @cell in its bptt.forward}}
  %1 = bptt.backward @cell taped @taped or [@taped] adjoint @adjoint or [@adjoint] tape(%tape)
      carry(%h : tensor<4xf32>) cotangents(%h : tensor<4xf32>) steps(%n)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>}
      -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func private @taped(%i: index, %h: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  return %h, %h : tensor<4xf32>, tensor<4xf32>
}
func.func private @adjoint(%i: index, %r: tensor<4xf32>, %h: tensor<4xf32>, %n: tensor<4xf32>, %d: tensor<4xf32>)
    -> tensor<4xf32> {
  return %d : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>, %n: index) -> tensor<4xf32> {
  %0, %tape = bptt.forward @cell taped @taped or [@cell] carry(%h : tensor<4xf32>) steps(%n) -> tensor<4xf32>
  // expected-error @+1 {{cell @adjoint has 5 arguments, expected 4}}
  %1 = bptt.backward @cell taped @taped or [@cell] adjoint @adjoint or [@adjoint] tape(%tape)
      carry(%h : tensor<4xf32>) cotangents(%h : tensor<4xf32>) steps(%n)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>}
      -> tensor<4xf32>
  return %1 : tensor<4xf32>
}
