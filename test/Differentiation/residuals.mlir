// RUN: bptt-opt %s --bptt-differentiate="function=lstm" | FileCheck %s --check-prefix=LSTM
// RUN: bptt-opt %s --bptt-differentiate="function=relu" | FileCheck %s --check-prefix=RELU
// RUN: bptt-opt %s --bptt-differentiate="function=narrow" | FileCheck %s --check-prefix=NARROW

// What a step keeps is the cheapest cut, in bytes.

func.func private @logistic(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %one = arith.constant dense<1.0> : tensor<2x4xf32>
  %minus = arith.negf %x : tensor<2x4xf32>
  %e = math.exp %minus : tensor<2x4xf32>
  %sum = arith.addf %one, %e : tensor<2x4xf32>
  %y = arith.divf %one, %sum : tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// The four gates, and no exponential in the adjoint.
// LSTM-LABEL: func.func private @lstm_cell_retaped(
// LSTM-SAME: -> (tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>) {
// LSTM-LABEL: func.func private @lstm_cell_adjoint(
// LSTM-NOT: math.exp
// LSTM: math.tanh
// LSTM-NOT: math
// The gates' cotangents fill the product's: nothing is added, nothing is zeroed.
// LSTM: %[[DZ:.*]] = tensor.empty() : tensor<2x16xf32>
// LSTM-COUNT-4: tensor.insert_slice
// LSTM-NOT: tensor.insert_slice
func.func private @lstm_cell(%i: index, %h: tensor<2x4xf32>, %c: tensor<2x4xf32>, %u: tensor<4x16xf32>)
    -> (tensor<2x4xf32>, tensor<2x4xf32>) {
  %zero = arith.constant dense<0.0> : tensor<2x16xf32>
  %z = linalg.matmul ins(%h, %u : tensor<2x4xf32>, tensor<4x16xf32>) outs(%zero : tensor<2x16xf32>) -> tensor<2x16xf32>
  %zi = tensor.extract_slice %z[0, 0] [2, 4] [1, 1] : tensor<2x16xf32> to tensor<2x4xf32>
  %zf = tensor.extract_slice %z[0, 4] [2, 4] [1, 1] : tensor<2x16xf32> to tensor<2x4xf32>
  %zg = tensor.extract_slice %z[0, 8] [2, 4] [1, 1] : tensor<2x16xf32> to tensor<2x4xf32>
  %zo = tensor.extract_slice %z[0, 12] [2, 4] [1, 1] : tensor<2x16xf32> to tensor<2x4xf32>
  %gi = call @logistic(%zi) : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %gf = call @logistic(%zf) : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %gg = math.tanh %zg : tensor<2x4xf32>
  %go = call @logistic(%zo) : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %kept = arith.mulf %gf, %c : tensor<2x4xf32>
  %new = arith.mulf %gi, %gg : tensor<2x4xf32>
  %cn = arith.addf %kept, %new : tensor<2x4xf32>
  %tc = math.tanh %cn : tensor<2x4xf32>
  %hn = arith.mulf %go, %tc : tensor<2x4xf32>
  return %hn, %cn : tensor<2x4xf32>, tensor<2x4xf32>
}
func.func @lstm(%h0: tensor<2x4xf32>, %c0: tensor<2x4xf32>, %u: tensor<4x16xf32>, %n: index) -> tensor<f32> {
  %h, %c = bptt.scan @lstm_cell carry(%h0, %c0 : tensor<2x4xf32>, tensor<2x4xf32>) invariants(%u : tensor<4x16xf32>)
      steps(%n) -> tensor<2x4xf32>, tensor<2x4xf32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %loss = linalg.reduce {arith.addf} ins(%h : tensor<2x4xf32>) outs(%zero : tensor<f32>) dimensions = [0, 1]
  return %loss : tensor<f32>
}

// A rectifier that is the carry says itself on which side it is.
// RELU-LABEL: func.func private @relu_cell_retaped(
// RELU-SAME: -> tensor<2x4xf32> {
func.func private @relu_cell(%i: index, %h: tensor<2x4xf32>, %u: tensor<4x4xf32>) -> tensor<2x4xf32> {
  %zero = arith.constant dense<0.0> : tensor<2x4xf32>
  %z = linalg.matmul ins(%h, %u : tensor<2x4xf32>, tensor<4x4xf32>) outs(%zero : tensor<2x4xf32>) -> tensor<2x4xf32>
  %y = arith.maximumf %z, %zero : tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}
func.func @relu(%h0: tensor<2x4xf32>, %u: tensor<4x4xf32>, %n: index) -> tensor<f32> {
  %h = bptt.scan @relu_cell carry(%h0 : tensor<2x4xf32>) invariants(%u : tensor<4x4xf32>) steps(%n) -> tensor<2x4xf32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %loss = linalg.reduce {arith.addf} ins(%h : tensor<2x4xf32>) outs(%zero : tensor<f32>) dimensions = [0, 1]
  return %loss : tensor<f32>
}

// Four values are needed, and all of them follow from one sum of a row.
// NARROW-LABEL: func.func private @narrow_cell_retaped(
// NARROW-SAME: -> (tensor<2x4xf32>, tensor<2xf32>) {
// NARROW-LABEL: func.func private @narrow_cell_adjoint(
// NARROW: math.sin
// NARROW: math.exp
#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
func.func private @narrow_cell(%i: index, %h: tensor<2x4xf32>, %u: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %zero = arith.constant dense<0.0> : tensor<2xf32>
  %e = tensor.empty() : tensor<2x4xf32>
  %sum = linalg.reduce {arith.addf} ins(%h : tensor<2x4xf32>) outs(%zero : tensor<2xf32>) dimensions = [1]
  %wide = linalg.broadcast ins(%sum : tensor<2xf32>) outs(%e : tensor<2x4xf32>) dimensions = [1]
  %a = math.sin %wide : tensor<2x4xf32>
  %b = math.exp %a : tensor<2x4xf32>
  %y = arith.mulf %b, %u : tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}
func.func @narrow(%h0: tensor<2x4xf32>, %u: tensor<2x4xf32>, %n: index) -> tensor<f32> {
  %h = bptt.scan @narrow_cell carry(%h0 : tensor<2x4xf32>) invariants(%u : tensor<2x4xf32>) steps(%n) -> tensor<2x4xf32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %loss = linalg.reduce {arith.addf} ins(%h : tensor<2x4xf32>) outs(%zero : tensor<f32>) dimensions = [0, 1]
  return %loss : tensor<f32>
}
