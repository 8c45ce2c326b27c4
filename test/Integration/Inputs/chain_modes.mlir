// A chain of the wide steps of ode_wide.mlir, every third of which only shrinks the state: a wide step can be taped with
// its hidden layer or without, the others in one way.

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

func.func private @shrink(%i: index, %y: tensor<4x16xf32>) -> tensor<4x16xf32> {
  %part = arith.constant dense<0.9375> : tensor<4x16xf32>
  %less = arith.mulf %y, %part : tensor<4x16xf32>
  %next = math.tanh %less : tensor<4x16xf32>
  return %next : tensor<4x16xf32>
}

func.func @loss(%y0: tensor<4x16xf32>, %w1: tensor<16x128xf32>, %b1: tensor<128xf32>, %w2: tensor<128x16xf32>)
    -> tensor<f32> {
  %y1 = bptt.step @wide at 0 carry(%y0 : tensor<4x16xf32>)
      invariants(%w1, %b1, %w2 : tensor<16x128xf32>, tensor<128xf32>, tensor<128x16xf32>) -> tensor<4x16xf32>
  %y2 = bptt.step @wide at 1 carry(%y1 : tensor<4x16xf32>)
      invariants(%w1, %b1, %w2 : tensor<16x128xf32>, tensor<128xf32>, tensor<128x16xf32>) -> tensor<4x16xf32>
  %y3 = bptt.step @shrink at 2 carry(%y2 : tensor<4x16xf32>) -> tensor<4x16xf32>
  %y4 = bptt.step @wide at 3 carry(%y3 : tensor<4x16xf32>)
      invariants(%w1, %b1, %w2 : tensor<16x128xf32>, tensor<128xf32>, tensor<128x16xf32>) -> tensor<4x16xf32>
  %y5 = bptt.step @wide at 4 carry(%y4 : tensor<4x16xf32>)
      invariants(%w1, %b1, %w2 : tensor<16x128xf32>, tensor<128xf32>, tensor<128x16xf32>) -> tensor<4x16xf32>
  %y6 = bptt.step @shrink at 5 carry(%y5 : tensor<4x16xf32>) -> tensor<4x16xf32>
  %y7 = bptt.step @wide at 6 carry(%y6 : tensor<4x16xf32>)
      invariants(%w1, %b1, %w2 : tensor<16x128xf32>, tensor<128xf32>, tensor<128x16xf32>) -> tensor<4x16xf32>
  %y8 = bptt.step @wide at 7 carry(%y7 : tensor<4x16xf32>)
      invariants(%w1, %b1, %w2 : tensor<16x128xf32>, tensor<128xf32>, tensor<128x16xf32>) -> tensor<4x16xf32>
  %y9 = bptt.step @shrink at 8 carry(%y8 : tensor<4x16xf32>) -> tensor<4x16xf32>
  %y10 = bptt.step @wide at 9 carry(%y9 : tensor<4x16xf32>)
      invariants(%w1, %b1, %w2 : tensor<16x128xf32>, tensor<128xf32>, tensor<128x16xf32>) -> tensor<4x16xf32>
  %y11 = bptt.step @wide at 10 carry(%y10 : tensor<4x16xf32>)
      invariants(%w1, %b1, %w2 : tensor<16x128xf32>, tensor<128xf32>, tensor<128x16xf32>) -> tensor<4x16xf32>
  %y = bptt.step @shrink at 11 carry(%y11 : tensor<4x16xf32>) -> tensor<4x16xf32>
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
