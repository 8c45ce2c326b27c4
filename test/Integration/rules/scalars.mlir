// A scalar taken from a tensor, for all elements of another.
func.func @loss(%x: tensor<4xf32>) -> tensor<f32> {
  %first = arith.constant 0 : index
  %scalar = tensor.extract %x[%first] : tensor<4xf32>
  %empty = tensor.empty() : tensor<4xf32>
  %filled = linalg.fill ins(%scalar : f32) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
  %product = arith.mulf %filled, %x : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %loss = linalg.reduce { arith.addf } ins(%product : tensor<4xf32>) outs(%zero : tensor<f32>) dimensions = [0]
  return %loss : tensor<f32>
}
