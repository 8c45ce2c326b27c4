// Cotangents that are zero, or zero but for a part: an adjoint whose results are made of each other. The first step takes
// one value twice, so that the chain begins behind it.
func.func private @two(%t: index, %h: tensor<4xf32>, %a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
  %product = arith.mulf %a, %b : tensor<4xf32>
  %sum = arith.addf %product, %h : tensor<4xf32>
  return %sum : tensor<4xf32>
}
func.func private @split(%t: index, %h: tensor<6xf32>, %unused: tensor<6xf32>) -> (tensor<4xf32>, tensor<6xf32>) {
  %part = tensor.extract_slice %h[0] [4] [1] : tensor<6xf32> to tensor<4xf32>
  %next = math.tanh %part : tensor<4xf32>
  %constant = arith.constant dense<0.5> : tensor<6xf32>
  return %next, %constant : tensor<4xf32>, tensor<6xf32>
}
func.func private @pair(%t: index, %h: tensor<4xf32>, %g: tensor<6xf32>) -> (tensor<6xf32>, tensor<6xf32>) {
  %padded = tensor.pad %h low[1] high[1] {
  ^bb0(%i: index):
    %one = arith.constant 1.0 : f32
    tensor.yield %one : f32
  } : tensor<4xf32> to tensor<6xf32>
  %next = math.tanh %padded : tensor<6xf32>
  %other = arith.mulf %g, %g : tensor<6xf32>
  return %next, %other : tensor<6xf32>, tensor<6xf32>
}

func.func @loss(%x: tensor<4xf32>, %a: tensor<4xf32>, %g: tensor<6xf32>) -> tensor<f32> {
  %h1 = bptt.step @two at 0 carry(%x : tensor<4xf32>) invariants(%a, %a : tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %h2, %g2 = bptt.step @pair at 1 carry(%h1, %g : tensor<4xf32>, tensor<6xf32>) -> tensor<6xf32>, tensor<6xf32>
  %h3, %g3 = bptt.step @split at 2 carry(%h2, %g2 : tensor<6xf32>, tensor<6xf32>) -> tensor<4xf32>, tensor<6xf32>
  %h4, %g4 = bptt.step @pair at 3 carry(%h3, %g3 : tensor<4xf32>, tensor<6xf32>) -> tensor<6xf32>, tensor<6xf32>
  %sum = arith.addf %h4, %g4 : tensor<6xf32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %loss = linalg.reduce { arith.addf } ins(%sum : tensor<6xf32>) outs(%zero : tensor<f32>) dimensions = [0]
  return %loss : tensor<f32>
}
