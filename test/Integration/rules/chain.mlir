// Steps one by one, with different cells.

func.func private @wide(%i: index, %h: tensor<2x4xf32>, %u: tensor<4x3xf32>) -> tensor<2x3xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x3xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %a = linalg.matmul ins(%h, %u : tensor<2x4xf32>, tensor<4x3xf32>) outs(%z : tensor<2x3xf32>) -> tensor<2x3xf32>
  %y = math.tanh %a : tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}
func.func @loss(%h0: tensor<2x4xf32>, %u: tensor<4x3xf32>) -> f32 {
  %zero = arith.constant 0.0 : f32
  %scalar = tensor.empty() : tensor<f32>
  %none = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %h1 = func.call @square(%h0) : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %c0 = arith.constant 0 : index
  %h2 = func.call @wide(%c0, %h1, %u) : (index, tensor<2x4xf32>, tensor<4x3xf32>) -> tensor<2x3xf32>
  %sum = linalg.reduce {arith.addf} ins(%h2 : tensor<2x3xf32>) outs(%none : tensor<f32>) dimensions = [0, 1]
  %l = tensor.extract %sum[] : tensor<f32>
  %loss = math.exp %l : f32
  return %loss : f32
}
func.func private @square(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %y = arith.mulf %x, %x : tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}
