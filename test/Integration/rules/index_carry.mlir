// A carry of indices, and functions of small numbers.
func.func private @cell(%i: index, %h: tensor<4x8xf32>, %k: tensor<index>, %x: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<index>) {
  %small = arith.constant dense<0.05> : tensor<4x8xf32>
  %product = arith.mulf %h, %x : tensor<4x8xf32>
  %scaled = arith.mulf %product, %small : tensor<4x8xf32>
  %sin = math.sin %scaled : tensor<4x8xf32>
  %expm1 = math.expm1 %sin : tensor<4x8xf32>
  %log1p = math.log1p %expm1 : tensor<4x8xf32>
  %one = arith.constant dense<1> : tensor<index>
  %next = arith.addi %k, %one : tensor<index>
  return %log1p, %next : tensor<4x8xf32>, tensor<index>
}
func.func @loss(%xs: tensor<9x4x8xf32>, %h0: tensor<4x8xf32>) -> tensor<f32> {
  %k0 = arith.constant dense<3> : tensor<index>
  %h, %k = bptt.scan @cell carry(%h0, %k0 : tensor<4x8xf32>, tensor<index>) inputs(%xs : tensor<9x4x8xf32>) -> tensor<4x8xf32>, tensor<index>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %loss = linalg.reduce { arith.addf } ins(%h : tensor<4x8xf32>) outs(%zero : tensor<f32>) dimensions = [0, 1]
  return %loss : tensor<f32>
}
