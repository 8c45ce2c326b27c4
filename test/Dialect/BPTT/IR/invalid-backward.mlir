// RUN: bptt-opt %s --split-input-file --verify-diagnostics

func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>, %tape: !bptt.tape) {
  // expected-error @+1 {{the tape must come from a bptt.forward}}
  %0 = bptt.backward @advance taped @retaped adjoint @adjoint tape(%tape)
      carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) cotangents(%h : tensor<4xf32>)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>}
      -> tensor<4xf32>
  return
}

// -----

// Direction and operands are those of the forward.
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>, %w: tensor<3xf32>, %d: tensor<5xf32>, %dys: tensor<10x4xf32>) {
  %0:2, %tape = bptt.forward @cell taped @taped carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>)
      invariants(%w : tensor<3xf32>) -> tensor<4xf32>, tensor<10x4xf32>
  // expected-error @+1 {{runs another way than its bptt.forward}}
  %1 = bptt.backward @advance taped @retaped adjoint @adjoint reverse tape(%tape)
      carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) invariants(%w : tensor<3xf32>) cotangents(%h : tensor<4xf32>)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>} -> tensor<4xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>, %w: tensor<3xf32>, %d: tensor<5xf32>, %dys: tensor<10x4xf32>) {
  %0:2, %tape = bptt.forward @cell taped @taped carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>)
      invariants(%w : tensor<3xf32>) -> tensor<4xf32>, tensor<10x4xf32>
  // expected-error @+1 {{has 2 values in `carry`, its bptt.forward has 1}}
  %1 = bptt.backward @advance taped @retaped adjoint @adjoint tape(%tape)
      carry(%h, %h : tensor<4xf32>, tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) invariants(%w : tensor<3xf32>) cotangents(%h : tensor<4xf32>)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>} -> tensor<4xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>, %w: tensor<3xf32>, %d: tensor<5xf32>, %dys: tensor<10x4xf32>) {
  %0:2, %tape = bptt.forward @cell taped @taped carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>)
      invariants(%w : tensor<3xf32>) -> tensor<4xf32>, tensor<10x4xf32>
  // expected-error @+1 {{value #0 in `carry` is 'tensor<5xf32>', in its bptt.forward 'tensor<4xf32>'}}
  %1 = bptt.backward @advance taped @retaped adjoint @adjoint tape(%tape)
      carry(%d : tensor<5xf32>) inputs(%xs : tensor<10x4xf32>) invariants(%w : tensor<3xf32>) cotangents(%h : tensor<4xf32>)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>} -> tensor<4xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>, %w: tensor<3xf32>, %d: tensor<5xf32>, %dys: tensor<10x4xf32>) {
  %0:2, %tape = bptt.forward @cell taped @taped carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>)
      invariants(%w : tensor<3xf32>) -> tensor<4xf32>, tensor<10x4xf32>
  // expected-error @+1 {{value #0 in `inputs` is 'tensor<5xf32>', in its bptt.forward 'tensor<10x4xf32>'}}
  %1 = bptt.backward @advance taped @retaped adjoint @adjoint tape(%tape)
      carry(%h : tensor<4xf32>) inputs(%d : tensor<5xf32>) invariants(%w : tensor<3xf32>) cotangents(%h : tensor<4xf32>)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>} -> tensor<4xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>, %w: tensor<3xf32>, %d: tensor<5xf32>, %dys: tensor<10x4xf32>) {
  %0:2, %tape = bptt.forward @cell taped @taped carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>)
      invariants(%w : tensor<3xf32>) -> tensor<4xf32>, tensor<10x4xf32>
  // expected-error @+1 {{value #0 in `invariants` is 'tensor<5xf32>', in its bptt.forward 'tensor<3xf32>'}}
  %1 = bptt.backward @advance taped @retaped adjoint @adjoint tape(%tape)
      carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) invariants(%d : tensor<5xf32>) cotangents(%h : tensor<4xf32>)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>} -> tensor<4xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>, %n: index) {
  %0, %tape = bptt.forward @cell taped @taped carry(%h : tensor<4xf32>) steps(%n) -> tensor<4xf32>
  // expected-error @+1 {{has no inputs, so it needs `steps`}}
  %1 = bptt.backward @advance taped @retaped adjoint @adjoint tape(%tape)
      carry(%h : tensor<4xf32>) cotangents(%h : tensor<4xf32>)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>}
      -> tensor<4xf32>
  return
}

// -----

// Positions.
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>, %w: tensor<3xf32>, %d: tensor<5xf32>, %dys: tensor<10x4xf32>) {
  %0:2, %tape = bptt.forward @cell taped @taped carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>)
      invariants(%w : tensor<3xf32>) -> tensor<4xf32>, tensor<10x4xf32>
  // expected-error @+1 {{carries must be increasing positions below 1}}
  %1 = bptt.backward @advance taped @retaped adjoint @adjoint tape(%tape)
      carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) invariants(%w : tensor<3xf32>) cotangents(%h : tensor<4xf32>)
      {carries = array<i64: 1>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>} -> tensor<4xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>, %w: tensor<3xf32>, %d: tensor<5xf32>, %dys: tensor<10x4xf32>) {
  %0:2, %tape = bptt.forward @cell taped @taped carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>)
      invariants(%w : tensor<3xf32>) -> tensor<4xf32>, tensor<10x4xf32>
  // expected-error @+1 {{carries must be increasing positions below 1}}
  %1 = bptt.backward @advance taped @retaped adjoint @adjoint tape(%tape)
      carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) invariants(%w : tensor<3xf32>) cotangents(%h : tensor<4xf32>)
      {carries = array<i64: 0, 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>} -> tensor<4xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>, %w: tensor<3xf32>, %d: tensor<5xf32>, %dys: tensor<10x4xf32>) {
  %0:2, %tape = bptt.forward @cell taped @taped carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>)
      invariants(%w : tensor<3xf32>) -> tensor<4xf32>, tensor<10x4xf32>
  // expected-error @+1 {{carries must be increasing positions below 1}}
  %1 = bptt.backward @advance taped @retaped adjoint @adjoint tape(%tape)
      carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) invariants(%w : tensor<3xf32>) cotangents(%h : tensor<4xf32>)
      {carries = array<i64: -1>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>} -> tensor<4xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>, %w: tensor<3xf32>, %d: tensor<5xf32>, %dys: tensor<10x4xf32>) {
  %0:2, %tape = bptt.forward @cell taped @taped carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>)
      invariants(%w : tensor<3xf32>) -> tensor<4xf32>, tensor<10x4xf32>
  // expected-error @+1 {{outputs must be increasing positions below 1}}
  %1 = bptt.backward @advance taped @retaped adjoint @adjoint tape(%tape)
      carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) invariants(%w : tensor<3xf32>) cotangents(%h : tensor<4xf32>)
      {carries = array<i64: 0>, outputs = array<i64: 1>, wrt_inputs = array<i64>, wrt_invariants = array<i64>} -> tensor<4xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>, %w: tensor<3xf32>, %d: tensor<5xf32>, %dys: tensor<10x4xf32>) {
  %0:2, %tape = bptt.forward @cell taped @taped carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>)
      invariants(%w : tensor<3xf32>) -> tensor<4xf32>, tensor<10x4xf32>
  // expected-error @+1 {{wrt_inputs must be increasing positions below 1}}
  %1 = bptt.backward @advance taped @retaped adjoint @adjoint tape(%tape)
      carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) invariants(%w : tensor<3xf32>) cotangents(%h : tensor<4xf32>)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64: 1>, wrt_invariants = array<i64>} -> tensor<4xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>, %w: tensor<3xf32>, %d: tensor<5xf32>, %dys: tensor<10x4xf32>) {
  %0:2, %tape = bptt.forward @cell taped @taped carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>)
      invariants(%w : tensor<3xf32>) -> tensor<4xf32>, tensor<10x4xf32>
  // expected-error @+1 {{wrt_invariants must be increasing positions below 1}}
  %1 = bptt.backward @advance taped @retaped adjoint @adjoint tape(%tape)
      carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) invariants(%w : tensor<3xf32>) cotangents(%h : tensor<4xf32>)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64: 1>} -> tensor<4xf32>
  return
}

// -----

// Cotangents and results.
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>, %w: tensor<3xf32>, %d: tensor<5xf32>, %dys: tensor<10x4xf32>) {
  %0:2, %tape = bptt.forward @cell taped @taped carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>)
      invariants(%w : tensor<3xf32>) -> tensor<4xf32>, tensor<10x4xf32>
  // expected-error @+1 {{has 1 cotangents, expected 2}}
  %1 = bptt.backward @advance taped @retaped adjoint @adjoint tape(%tape)
      carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) invariants(%w : tensor<3xf32>) cotangents(%h : tensor<4xf32>)
      {carries = array<i64: 0>, outputs = array<i64: 0>, wrt_inputs = array<i64>, wrt_invariants = array<i64>} -> tensor<4xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>, %w: tensor<3xf32>, %d: tensor<5xf32>, %dys: tensor<10x4xf32>) {
  %0:2, %tape = bptt.forward @cell taped @taped carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>)
      invariants(%w : tensor<3xf32>) -> tensor<4xf32>, tensor<10x4xf32>
  // expected-error @+1 {{cotangent #0 is 'tensor<5xf32>', expected 'tensor<4xf32>'}}
  %1 = bptt.backward @advance taped @retaped adjoint @adjoint tape(%tape)
      carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) invariants(%w : tensor<3xf32>) cotangents(%d : tensor<5xf32>)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>} -> tensor<4xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>, %w: tensor<3xf32>, %d: tensor<5xf32>, %dys: tensor<10x4xf32>) {
  %0:2, %tape = bptt.forward @cell taped @taped carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>)
      invariants(%w : tensor<3xf32>) -> tensor<4xf32>, tensor<10x4xf32>
  // expected-error @+1 {{cotangent #1 is 'tensor<5xf32>', expected 'tensor<10x4xf32>'}}
  %1 = bptt.backward @advance taped @retaped adjoint @adjoint tape(%tape)
      carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) invariants(%w : tensor<3xf32>) cotangents(%h, %d : tensor<4xf32>, tensor<5xf32>)
      {carries = array<i64: 0>, outputs = array<i64: 0>, wrt_inputs = array<i64>, wrt_invariants = array<i64>} -> tensor<4xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>, %w: tensor<3xf32>, %d: tensor<5xf32>, %dys: tensor<10x4xf32>) {
  %0:2, %tape = bptt.forward @cell taped @taped carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>)
      invariants(%w : tensor<3xf32>) -> tensor<4xf32>, tensor<10x4xf32>
  // expected-error @+1 {{has 1 results, expected 2}}
  %1 = bptt.backward @advance taped @retaped adjoint @adjoint tape(%tape)
      carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) invariants(%w : tensor<3xf32>) cotangents(%h : tensor<4xf32>)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64: 0>, wrt_invariants = array<i64>} -> tensor<4xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>, %w: tensor<3xf32>, %d: tensor<5xf32>, %dys: tensor<10x4xf32>) {
  %0:2, %tape = bptt.forward @cell taped @taped carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>)
      invariants(%w : tensor<3xf32>) -> tensor<4xf32>, tensor<10x4xf32>
  // expected-error @+1 {{result #0 is 'tensor<5xf32>', expected 'tensor<4xf32>'}}
  %1 = bptt.backward @advance taped @retaped adjoint @adjoint tape(%tape)
      carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) invariants(%w : tensor<3xf32>) cotangents(%h : tensor<4xf32>)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>} -> tensor<5xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>, %w: tensor<3xf32>, %d: tensor<5xf32>, %dys: tensor<10x4xf32>) {
  %0:2, %tape = bptt.forward @cell taped @taped carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>)
      invariants(%w : tensor<3xf32>) -> tensor<4xf32>, tensor<10x4xf32>
  // expected-error @+1 {{result #1 is 'tensor<4xf32>', expected 'tensor<10x4xf32>'}}
  %1:2 = bptt.backward @advance taped @retaped adjoint @adjoint tape(%tape)
      carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) invariants(%w : tensor<3xf32>) cotangents(%h : tensor<4xf32>)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64: 0>, wrt_invariants = array<i64>} -> tensor<4xf32>, tensor<4xf32>
  return
}

// -----

// The replay forms of the cell, and the adjoint.
func.func private @cell(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  %0, %tape = bptt.forward @cell taped @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  // expected-error @+1 {{names @adjoint, which is not a func.func}}
  %1 = bptt.backward @cell taped @cell adjoint @adjoint tape(%tape)
      carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) cotangents(%h : tensor<4xf32>)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>}
      -> tensor<4xf32>
  return
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func private @adjoint(%i: index, %h: tensor<4xf32>, %next: tensor<4xf32>, %x: tensor<4xf32>, %d: tensor<4xf32>)
    -> tensor<4xf32> {
  return %d : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  %0, %tape = bptt.forward @cell taped @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  // expected-error @+1 {{names @gone, which is not a func.func}}
  %1 = bptt.backward @gone taped @cell adjoint @adjoint tape(%tape)
      carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) cotangents(%h : tensor<4xf32>)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>}
      -> tensor<4xf32>
  return
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func private @adjoint(%i: index, %h: tensor<4xf32>, %next: tensor<4xf32>, %x: tensor<4xf32>, %d: tensor<4xf32>)
    -> tensor<4xf32> {
  return %d : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  %0, %tape = bptt.forward @cell taped @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  // expected-error @+1 {{names @gone, which is not a func.func}}
  %1 = bptt.backward @cell taped @gone adjoint @adjoint tape(%tape)
      carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) cotangents(%h : tensor<4xf32>)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>}
      -> tensor<4xf32>
  return
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func private @outputs(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  return %h, %h : tensor<4xf32>, tensor<4xf32>
}
func.func private @adjoint(%i: index, %h: tensor<4xf32>, %next: tensor<4xf32>, %x: tensor<4xf32>, %d: tensor<4xf32>)
    -> tensor<4xf32> {
  return %d : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  %0, %tape = bptt.forward @cell taped @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  // expected-error @+1 {{cell @outputs has 2 results, expected 1}}
  %1 = bptt.backward @outputs taped @cell adjoint @adjoint tape(%tape)
      carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) cotangents(%h : tensor<4xf32>)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>}
      -> tensor<4xf32>
  return
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func private @adjoint(%i: index, %h: tensor<4xf32>, %next: tensor<4xf32>, %x: tensor<4xf32>)
    -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  %0, %tape = bptt.forward @cell taped @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  // expected-error @+1 {{cell @adjoint has 4 arguments, expected 5}}
  %1 = bptt.backward @cell taped @cell adjoint @adjoint tape(%tape)
      carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) cotangents(%h : tensor<4xf32>)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>}
      -> tensor<4xf32>
  return
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func private @adjoint(%i: index, %h: tensor<4xf32>, %next: tensor<4xf32>, %x: tensor<4xf32>, %d: tensor<5xf32>)
    -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  %0, %tape = bptt.forward @cell taped @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  // expected-error @+1 {{cell @adjoint argument #4 is 'tensor<5xf32>', expected 'tensor<4xf32>'}}
  %1 = bptt.backward @cell taped @cell adjoint @adjoint tape(%tape)
      carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) cotangents(%h : tensor<4xf32>)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>}
      -> tensor<4xf32>
  return
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func private @adjoint(%i: index, %h: tensor<4xf32>, %next: tensor<4xf32>, %x: tensor<4xf32>, %d: tensor<4xf32>)
    -> (tensor<4xf32>, tensor<4xf32>) {
  return %d, %d : tensor<4xf32>, tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  %0, %tape = bptt.forward @cell taped @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  // expected-error @+1 {{cell @adjoint has 2 results, expected 1}}
  %1 = bptt.backward @cell taped @cell adjoint @adjoint tape(%tape)
      carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) cotangents(%h : tensor<4xf32>)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>}
      -> tensor<4xf32>
  return
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func private @adjoint(%i: index, %h: tensor<4xf32>, %next: tensor<4xf32>, %x: tensor<4xf32>, %d: tensor<4xf32>)
    -> tensor<4xf32> {
  %f = arith.constant 0.0 : f32
  // expected-note @+1 {{'vector.print' has or may have a side effect}}
  vector.print %f : f32
  return %d : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  %0, %tape = bptt.forward @cell taped @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  // expected-error @+1 {{cell @adjoint is not pure}}
  %1 = bptt.backward @cell taped @cell adjoint @adjoint tape(%tape)
      carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) cotangents(%h : tensor<4xf32>)
      {carries = array<i64: 0>, outputs = array<i64>, wrt_inputs = array<i64>, wrt_invariants = array<i64>}
      -> tensor<4xf32>
  return
}
