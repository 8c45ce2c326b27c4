// A neural differential equation y' = f(y) by 40 explicit Euler steps, f a network of two tanh layers. There is no
// input per step. The loss is the mean square of the last y.

#id = affine_map<(d0, d1) -> (d0, d1)>
#scalar = affine_map<(d0, d1) -> ()>

func.func private @euler(%i: index, %y: tensor<2x4xf32>, %w1: tensor<4x8xf32>, %b1: tensor<8xf32>,
    %w2: tensor<8x4xf32>, %b2: tensor<4xf32>) -> tensor<2x4xf32> {
  %empty1 = tensor.empty() : tensor<2x8xf32>
  %bias1 = linalg.broadcast ins(%b1 : tensor<8xf32>) outs(%empty1 : tensor<2x8xf32>) dimensions = [0]
  %z1 = linalg.matmul ins(%y, %w1 : tensor<2x4xf32>, tensor<4x8xf32>)
      outs(%bias1 : tensor<2x8xf32>) -> tensor<2x8xf32>
  %scale1 = arith.constant dense<0.5> : tensor<2x8xf32>
  %s1 = arith.mulf %z1, %scale1 : tensor<2x8xf32>
  %a1 = math.tanh %s1 : tensor<2x8xf32>

  %empty2 = tensor.empty() : tensor<2x4xf32>
  %bias2 = linalg.broadcast ins(%b2 : tensor<4xf32>) outs(%empty2 : tensor<2x4xf32>) dimensions = [0]
  %z2 = linalg.matmul ins(%a1, %w2 : tensor<2x8xf32>, tensor<8x4xf32>)
      outs(%bias2 : tensor<2x4xf32>) -> tensor<2x4xf32>
  %scale2 = arith.constant dense<0.5> : tensor<2x4xf32>
  %s2 = arith.mulf %z2, %scale2 : tensor<2x4xf32>
  %f = math.tanh %s2 : tensor<2x4xf32>

  %dt = arith.constant dense<0.05> : tensor<2x4xf32>
  %dy = arith.mulf %dt, %f : tensor<2x4xf32>
  %next = arith.addf %y, %dy : tensor<2x4xf32>
  return %next : tensor<2x4xf32>
}

func.func @loss(%y0: tensor<2x4xf32>, %w1: tensor<4x8xf32>, %b1: tensor<8xf32>, %w2: tensor<8x4xf32>,
    %b2: tensor<4xf32>) -> tensor<f32> {
  %n = arith.constant 40 : index
  %y = bptt.scan @euler carry(%y0 : tensor<2x4xf32>)
      invariants(%w1, %b1, %w2, %b2 : tensor<4x8xf32>, tensor<8xf32>, tensor<8x4xf32>, tensor<4xf32>)
      steps(%n) -> tensor<2x4xf32>
  %zero = arith.constant 0.0 : f32
  %weight = arith.constant 0.125 : f32 // 1 / (2 * 4)
  %scalar = tensor.empty() : tensor<f32>
  %none = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %loss = linalg.generic {indexing_maps = [#id, #scalar], iterator_types = ["reduction", "reduction"]}
      ins(%y : tensor<2x4xf32>) outs(%none : tensor<f32>) {
  ^bb0(%a: f32, %sum: f32):
    %square = arith.mulf %a, %a : f32
    %weighted = arith.mulf %square, %weight : f32
    %more = arith.addf %sum, %weighted : f32
    linalg.yield %more : f32
  } -> tensor<f32>
  return %loss : tensor<f32>
}
