// A tanh recurrent network over 1000 steps: h' = tanh(scale (x W + h U + b)). The loss is the mean, over steps, streams
// and units, of h squared.

#id = affine_map<(d0, d1) -> (d0, d1)>
#scalar = affine_map<(d0, d1) -> ()>

func.func private @cell(%i: index, %h: tensor<16x64xf32>, %x: tensor<16x32xf32>,
    %w: tensor<32x64xf32>, %u: tensor<64x64xf32>, %b: tensor<64xf32>) -> (tensor<16x64xf32>, tensor<f32>) {
  %empty = tensor.empty() : tensor<16x64xf32>
  %bias = linalg.broadcast ins(%b : tensor<64xf32>) outs(%empty : tensor<16x64xf32>) dimensions = [0]
  %xw = linalg.matmul ins(%x, %w : tensor<16x32xf32>, tensor<32x64xf32>)
      outs(%bias : tensor<16x64xf32>) -> tensor<16x64xf32>
  %sum = linalg.matmul ins(%h, %u : tensor<16x64xf32>, tensor<64x64xf32>)
      outs(%xw : tensor<16x64xf32>) -> tensor<16x64xf32>
  %scale = arith.constant dense<0.125> : tensor<16x64xf32>
  %z = arith.mulf %sum, %scale : tensor<16x64xf32>
  %next = math.tanh %z : tensor<16x64xf32>

  %zero = arith.constant 0.0 : f32
  %weight = arith.constant 0.0009765625 : f32 // 1 / (16 * 64)
  %scalar = tensor.empty() : tensor<f32>
  %none = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %loss = linalg.generic {indexing_maps = [#id, #scalar], iterator_types = ["reduction", "reduction"]}
      ins(%next : tensor<16x64xf32>) outs(%none : tensor<f32>) {
  ^bb0(%a: f32, %acc: f32):
    %square = arith.mulf %a, %a : f32
    %weighted = arith.mulf %square, %weight : f32
    %more = arith.addf %acc, %weighted : f32
    linalg.yield %more : f32
  } -> tensor<f32>
  return %next, %loss : tensor<16x64xf32>, tensor<f32>
}

func.func @loss(%xs: tensor<1000x16x32xf32>, %h0: tensor<16x64xf32>, %w: tensor<32x64xf32>,
    %u: tensor<64x64xf32>, %b: tensor<64xf32>) -> tensor<f32> {
  %h, %losses = bptt.scan @cell carry(%h0 : tensor<16x64xf32>) inputs(%xs : tensor<1000x16x32xf32>)
      invariants(%w, %u, %b : tensor<32x64xf32>, tensor<64x64xf32>, tensor<64xf32>)
      -> tensor<16x64xf32>, tensor<1000xf32>
  %zero = arith.constant 0.0 : f32
  %scalar = tensor.empty() : tensor<f32>
  %none = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %sum = linalg.reduce {arith.addf} ins(%losses : tensor<1000xf32>) outs(%none : tensor<f32>) dimensions = [0]
  %weight = arith.constant dense<0.001> : tensor<f32> // 1 / 1000
  %loss = arith.mulf %sum, %weight : tensor<f32>
  return %loss : tensor<f32>
}
