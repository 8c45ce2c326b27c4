// A neural differential equation whose network has one wide hidden layer, by 64 Euler steps:
// y' = y + tanh(y W1 + b1) W2 / 128. The hidden layer is 8 times as large as the state and takes half of a step's
// work: a step can be taped with it or without it.

#id = affine_map<(d0, d1) -> (d0, d1)>
#scalar = affine_map<(d0, d1) -> ()>

func.func private @wide(%i: index, %y: tensor<4x16xf32>, %w1: tensor<16x128xf32>, %b1: tensor<128xf32>,
    %w2: tensor<128x16xf32>) -> tensor<4x16xf32> {
  %zero = arith.constant 0.0 : f32
  %empty1 = tensor.empty() : tensor<4x128xf32>
  %bias1 = linalg.broadcast ins(%b1 : tensor<128xf32>) outs(%empty1 : tensor<4x128xf32>) dimensions = [0]
  %z1 = linalg.matmul ins(%y, %w1 : tensor<4x16xf32>, tensor<16x128xf32>)
      outs(%bias1 : tensor<4x128xf32>) -> tensor<4x128xf32>
  %hidden = math.tanh %z1 : tensor<4x128xf32>
  %empty2 = tensor.empty() : tensor<4x16xf32>
  %none = linalg.fill ins(%zero : f32) outs(%empty2 : tensor<4x16xf32>) -> tensor<4x16xf32>
  %z2 = linalg.matmul ins(%hidden, %w2 : tensor<4x128xf32>, tensor<128x16xf32>)
      outs(%none : tensor<4x16xf32>) -> tensor<4x16xf32>
  %scale = arith.constant dense<0.0078125> : tensor<4x16xf32>
  %change = arith.mulf %z2, %scale : tensor<4x16xf32>
  %next = arith.addf %y, %change : tensor<4x16xf32>
  return %next : tensor<4x16xf32>
}

func.func @loss(%y0: tensor<4x16xf32>, %w1: tensor<16x128xf32>, %b1: tensor<128xf32>, %w2: tensor<128x16xf32>)
    -> tensor<f32> {
  %steps = arith.constant 64 : index
  %y = bptt.scan @wide carry(%y0 : tensor<4x16xf32>)
      invariants(%w1, %b1, %w2 : tensor<16x128xf32>, tensor<128xf32>, tensor<128x16xf32>)
      steps(%steps) -> tensor<4x16xf32>
  %zero = arith.constant 0.0 : f32
  %weight = arith.constant 0.015625 : f32 // 1 / (4 * 16)
  %empty = tensor.empty() : tensor<f32>
  %none = linalg.fill ins(%zero : f32) outs(%empty : tensor<f32>) -> tensor<f32>
  %loss = linalg.generic {indexing_maps = [#id, #scalar], iterator_types = ["reduction", "reduction"]}
      ins(%y : tensor<4x16xf32>) outs(%none : tensor<f32>) {
  ^bb0(%a: f32, %sum: f32):
    %square = arith.mulf %a, %a : f32
    %weighted = arith.mulf %square, %weight : f32
    %more = arith.addf %sum, %weighted : f32
    linalg.yield %more : f32
  } -> tensor<f32>
  return %loss : tensor<f32>
}
