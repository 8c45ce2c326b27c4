// RUN: bptt-opt %s --split-input-file --verify-diagnostics

func.func private @cell(%i: index, %h: tensor<4xf32>, %w: tensor<2xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>, %w: tensor<2xf32>) {
  // expected-error @+1 {{has 2 cells, 1 indices and 2 lists of uses}}
  %0 = bptt.chain [@cell, @cell] at [0] uses [array<i64: 0>, array<i64: 0>] carry(%h : tensor<4xf32>)
      invariants(%w : tensor<2xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{has no carry}}
  bptt.chain [@cell] at [0] uses [array<i64>]
  return
}

// -----

func.func @f(%h: tensor<4xf32>) {
  // expected-error @+1 {{has no steps}}
  %0 = bptt.chain [] at [] uses [] carry(%h : tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>, %w: tensor<2xf32>) {
  // expected-error @+1 {{step #0 has the index -1, expected at least 0}}
  %0 = bptt.chain [@cell] at [-1] uses [array<i64: 0>] carry(%h : tensor<4xf32>) invariants(%w : tensor<2xf32>)
      -> tensor<4xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>, %w: tensor<2xf32>) {
  // expected-error @+1 {{step #1 uses #1, expected each of 1 invariants at most once}}
  %0 = bptt.chain [@cell, @cell] at [0, 1] uses [array<i64: 0>, array<i64: 1>] carry(%h : tensor<4xf32>)
      invariants(%w : tensor<2xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>, %w: tensor<2xf32>) {
  // expected-error @+1 {{step #0 uses #0, expected each of 1 invariants at most once}}
  %0 = bptt.chain [@cell] at [0] uses [array<i64: 0, 0>] carry(%h : tensor<4xf32>) invariants(%w : tensor<2xf32>)
      -> tensor<4xf32>
  return
}

// -----

// The second step takes what the first one returns.
func.func private @longer(%i: index, %h: tensor<4xf32>) -> tensor<5xf32> {
  %0 = tensor.empty() : tensor<5xf32>
  return %0 : tensor<5xf32>
}
func.func @f(%h: tensor<4xf32>) {
  // expected-error @+1 {{cell @longer argument #1 is 'tensor<4xf32>', expected 'tensor<5xf32>'}}
  %0 = bptt.chain [@longer, @longer] at [0, 1] uses [array<i64>, array<i64>] carry(%h : tensor<4xf32>)
      -> tensor<5xf32>
  return
}

// -----

func.func private @longer(%i: index, %h: tensor<4xf32>) -> tensor<5xf32> {
  %0 = tensor.empty() : tensor<5xf32>
  return %0 : tensor<5xf32>
}
func.func @f(%h: tensor<4xf32>) {
  // expected-error @+1 {{result #0 is 'tensor<4xf32>', expected 'tensor<5xf32>'}}
  %0 = bptt.chain [@longer] at [0] uses [array<i64>] carry(%h : tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func private @nothing(%i: index, %h: tensor<4xf32>) {
  return
}
func.func @f(%h: tensor<4xf32>) {
  // expected-error @+1 {{cell @nothing returns 0 values for 1 carries}}
  %0 = bptt.chain [@nothing] at [0] uses [array<i64>] carry(%h : tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>) {
  // expected-error @+1 {{the tape must have exactly one use, in a bptt.chain_backward}}
  %0, %tape = bptt.chain_forward [@cell] taped [@cell] at [0] uses [array<i64>] carry(%h : tensor<4xf32>)
      -> tensor<4xf32>
  return
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func private @taped(%i: index, %h: tensor<4xf32>) -> (tensor<4xf32>, tensor<7xf32>) {
  %0 = tensor.empty() : tensor<7xf32>
  return %h, %0 : tensor<4xf32>, tensor<7xf32>
}
func.func private @adjoint(%i: index, %h: tensor<4xf32>, %n: tensor<4xf32>, %dn: tensor<4xf32>) -> tensor<4xf32> {
  return %dn : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>) {
  %0, %tape = bptt.chain_forward [@cell] taped [@taped] at [0] uses [array<i64>] carry(%h : tensor<4xf32>)
      -> tensor<4xf32>
  // expected-error @+1 {{replays with @cell, whose residuals are not those of @taped in its bptt.chain_forward}}
  %1 = bptt.chain_backward [@cell] taped [@cell] adjoint [@adjoint] tape(%tape) carry(%h : tensor<4xf32>)
      cotangents(%0 : tensor<4xf32>) {carries = array<i64: 0>, outputs = array<i64>, wrt = array<i64>}
      -> tensor<4xf32>
  return
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func private @adjoint(%i: index, %h: tensor<4xf32>, %dn: tensor<4xf32>) -> tensor<4xf32> {
  return %dn : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>) {
  %0, %tape = bptt.chain_forward [@cell] taped [@cell] at [0] uses [array<i64>] carry(%h : tensor<4xf32>)
      -> tensor<4xf32>
  // expected-error @+1 {{cell @adjoint has 3 arguments, expected 4}}
  %1 = bptt.chain_backward [@cell] taped [@cell] adjoint [@adjoint] tape(%tape) carry(%h : tensor<4xf32>)
      cotangents(%0 : tensor<4xf32>) {carries = array<i64: 0>, outputs = array<i64>, wrt = array<i64>}
      -> tensor<4xf32>
  return
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>) {
  %0, %tape = bptt.chain_forward [@cell] taped [@cell] at [0] uses [array<i64>] carry(%h : tensor<4xf32>)
      -> tensor<4xf32>
  // expected-error @+1 {{has 1 advances, 2 taped cells and 1 adjoints, its bptt.chain_forward has 1 steps}}
  %1 = bptt.chain_backward [@cell] taped [@cell, @cell] adjoint [@cell] tape(%tape) carry(%h : tensor<4xf32>)
      cotangents(%0 : tensor<4xf32>) {carries = array<i64: 0>, outputs = array<i64>, wrt = array<i64>}
      -> tensor<4xf32>
  return
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>) {
  %0, %tape = bptt.chain_forward [@cell] taped [@cell] at [0] uses [array<i64>]
      // expected-error @+1 {{a plan of 2 steps has 1 in its `chain`}}
      plan #bptt.plan<policy = "optimal", steps = 2, kept = 0, chain = [
          #bptt.plan_step<state = 1, residual = 0, advance_cost = 1, taped_cost = 1, backward_cost = 2>]>
      carry(%h : tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>) {
  // expected-error @+1 {{has 1 cells and 2 lists of further taped ones}}
  %0, %tape = bptt.chain_forward [@cell] taped [@cell] or [[@cell], []] at [0] uses [array<i64>]
      carry(%h : tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func private @adjoint(%i: index, %h: tensor<4xf32>, %n: tensor<4xf32>, %dn: tensor<4xf32>) -> tensor<4xf32> {
  return %dn : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>) {
  %0, %tape = bptt.chain_forward [@cell] taped [@cell] or [[@cell]] at [0] uses [array<i64>]
      carry(%h : tensor<4xf32>) -> tensor<4xf32>
  // expected-error @+1 {{needs a list of further taped cells and one of further adjoints for each step}}
  %1 = bptt.chain_backward [@cell] taped [@cell] adjoint [@adjoint] tape(%tape) carry(%h : tensor<4xf32>)
      cotangents(%0 : tensor<4xf32>) {carries = array<i64: 0>, outputs = array<i64>, wrt = array<i64>}
      -> tensor<4xf32>
  return
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func private @adjoint(%i: index, %h: tensor<4xf32>, %n: tensor<4xf32>, %dn: tensor<4xf32>) -> tensor<4xf32> {
  return %dn : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>) {
  %0, %tape = bptt.chain_forward [@cell] taped [@cell] or [[@cell]] at [0] uses [array<i64>]
      carry(%h : tensor<4xf32>) -> tensor<4xf32>
  // expected-error @+1 {{has 1 further taped cells and 0 further adjoints for step #0, its bptt.chain_forward has 1}}
  %1 = bptt.chain_backward [@cell] taped [@cell] or [[@cell]] adjoint [@adjoint] or [[]] tape(%tape)
      carry(%h : tensor<4xf32>) cotangents(%0 : tensor<4xf32>)
      {carries = array<i64: 0>, outputs = array<i64>, wrt = array<i64>} -> tensor<4xf32>
  return
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func private @taped(%i: index, %h: tensor<4xf32>) -> (tensor<4xf32>, tensor<2xf32>) {
  %0 = tensor.empty() : tensor<2xf32>
  return %h, %0 : tensor<4xf32>, tensor<2xf32>
}
func.func private @adjoint(%i: index, %h: tensor<4xf32>, %n: tensor<4xf32>, %dn: tensor<4xf32>) -> tensor<4xf32> {
  return %dn : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>) {
  %0, %tape = bptt.chain_forward [@cell] taped [@cell] or [[@taped]] at [0] uses [array<i64>]
      carry(%h : tensor<4xf32>) -> tensor<4xf32>
  // expected-error @+1 {{replays with @cell, whose residuals are not those of @taped in its bptt.chain_forward}}
  %1 = bptt.chain_backward [@cell] taped [@cell] or [[@cell]] adjoint [@adjoint] or [[@adjoint]] tape(%tape)
      carry(%h : tensor<4xf32>) cotangents(%0 : tensor<4xf32>)
      {carries = array<i64: 0>, outputs = array<i64>, wrt = array<i64>} -> tensor<4xf32>
  return
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>) {
  %0, %tape = bptt.chain_forward [@cell] taped [@cell] at [0] uses [array<i64>]
      plan #bptt.plan<policy = "optimal", steps = 1, kept = 0, chain = [
          // expected-error @+2 {{failed to parse BPTT_PlanAttr parameter 'chain'}}
          // expected-error @+1 {{a further mode of a plan must have bytes that are not negative, and cost more than the first}}
          #bptt.plan_step<state = 1, residual = 0, advance_cost = 1, taped_cost = 1, backward_cost = 2, other_modes = [0, 0]>]>
      carry(%h : tensor<4xf32>) -> tensor<4xf32>
  return
}
