// RUN: bptt-opt %s --split-input-file --verify-diagnostics

// Constraint 1: the cell is a function with a body.
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{names @nobody, which is not a func.func}}
  %0 = bptt.scan @nobody carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  return
}

// -----

memref.global "private" constant @table : memref<4xf32> = dense<0.0>
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{names @table, which is not a func.func}}
  %0 = bptt.scan @table carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func private @cell(index, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{cell @cell has no body}}
  %0 = bptt.scan @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  return
}

// -----

// Constraint 2: arguments.
func.func private @cell() {
  return
}
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{cell @cell has 0 arguments, expected 3}}
  %0 = bptt.scan @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func private @cell(%h: tensor<4xf32>, %x: tensor<4xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{cell @cell has 2 arguments, expected 3}}
  %0 = bptt.scan @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func private @cell(%i: i64, %h: tensor<4xf32>, %x: tensor<4xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{cell @cell argument #0 is 'i64', expected 'index'}}
  %0 = bptt.scan @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>, %x: tensor<10x4xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{cell @cell argument #2 is 'tensor<10x4xf32>', expected 'tensor<4xf32>'}}
  %0 = bptt.scan @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  return
}

// -----

// Constraint 3: results.
func.func private @cell(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) {
  return
}
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{cell @cell has 0 results, expected 1}}
  %0 = bptt.scan @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) -> tensor<5xf32> {
  %0 = tensor.empty() : tensor<5xf32>
  return %0 : tensor<5xf32>
}
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{cell @cell result #0 is 'tensor<5xf32>', expected 'tensor<4xf32>'}}
  %0 = bptt.scan @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{carry #0 goes in as 'tensor<4xf32>' and comes out as 'tensor<5xf32>'}}
  %0 = bptt.scan @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{has 1 results for 2 carries}}
  %0 = bptt.scan @cell carry(%h, %h : tensor<4xf32>, tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  return
}

// -----

// Constraint 4: the number of steps.
func.func @f(%h: tensor<4xf32>) {
  // expected-error @+1 {{has no inputs, so it needs `steps`}}
  %0 = bptt.scan @cell carry(%h : tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>, %x: tensor<f32>) {
  // expected-error @+1 {{input #0 has no leading dimension to step over}}
  %0 = bptt.scan @cell carry(%h : tensor<4xf32>) inputs(%x : tensor<f32>) -> tensor<4xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>, %zs: tensor<11x4xf32>) {
  // expected-error @+1 {{input #1 has 11 steps, expected 10}}
  %0 = bptt.scan @cell carry(%h : tensor<4xf32>) inputs(%xs, %zs : tensor<10x4xf32>, tensor<11x4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{output #0 has 9 steps, expected 10}}
  %0:2 = bptt.scan @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>, tensor<9x4xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{output #0 has no leading dimension}}
  %0:2 = bptt.scan @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>, tensor<f32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  %n = arith.constant 9 : index
  // expected-error @+1 {{`steps` is 9, but the inputs have 10}}
  %0 = bptt.scan @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) steps(%n) -> tensor<4xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>) {
  %n = arith.constant -1 : index
  // expected-error @+1 {{`steps` is -1, expected at least 0}}
  %0 = bptt.scan @cell carry(%h : tensor<4xf32>) steps(%n) -> tensor<4xf32>
  return
}

// -----

// Constraint 6: static, ranked, of numbers.
func.func private @cell(%i: index, %h: tensor<?xf32>, %x: tensor<4xf32>) -> tensor<?xf32> {
  return %h : tensor<?xf32>
}
func.func @f(%h: tensor<?xf32>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{cell @cell argument #0 is 'tensor<?xf32>', expected a ranked tensor of static shape}}
  %0 = bptt.scan @cell carry(%h : tensor<?xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<?xf32>
  return
}

// -----

// Constraint 7: something in each step.
func.func private @cell(%i: index, %h: tensor<4x0xf32>, %x: tensor<4xf32>) -> tensor<4x0xf32> {
  return %h : tensor<4x0xf32>
}
func.func @f(%h: tensor<4x0xf32>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{carry #0 is 'tensor<4x0xf32>', expected at least one element in each step}}
  %0 = bptt.scan @cell carry(%h : tensor<4x0xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4x0xf32>
  return
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>, %x: tensor<0xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x0xf32>) {
  // expected-error @+1 {{input #0 is 'tensor<10x0xf32>', expected at least one element in each step}}
  %0 = bptt.scan @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x0xf32>) -> tensor<4xf32>
  return
}

// -----

func.func private @cell(%i: index, %h: tensor<4xcomplex<f32>>, %x: tensor<4xf32>) -> tensor<4xcomplex<f32>> {
  return %h : tensor<4xcomplex<f32>>
}
func.func @f(%h: tensor<4xcomplex<f32>>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{argument #0 is 'tensor<4xcomplex<f32>>', expected integer or float elements}}
  %0 = bptt.scan @cell carry(%h : tensor<4xcomplex<f32>>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xcomplex<f32>>
  return
}

// -----

func.func @f(%h: tensor<*xf32>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{operand #0 must be variadic of ranked tensor of any type values or strided memref}}
  %0 = bptt.scan @cell carry(%h : tensor<*xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  return
}

// -----

// The two forms, and rules.
func.func @f(%h: tensor<4xf32>, %m: memref<4xf32>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{has both results and `outs`}}
  %0 = bptt.scan @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) outs(%m : memref<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{a user-supplied rule needs both `taped` and `adjoint`}}
  %0 = bptt.scan @cell taped @taped carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func private @cell(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) -> tensor<4xf32> {
  return %h : tensor<4xf32>
}
func.func @f(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) {
  // expected-error @+1 {{names @gone, which is not a func.func}}
  %0 = bptt.scan @cell taped @cell adjoint @gone carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  return
}
