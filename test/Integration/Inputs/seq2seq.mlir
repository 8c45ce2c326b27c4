// Two recurrences: an encoder whose last state starts a decoder, which is compared with a target at every step.

#id = affine_map<(d0, d1) -> (d0, d1)>
#scalar = affine_map<(d0, d1) -> ()>

func.func private @encoder(%i: index, %h: tensor<2x8xf32>, %x: tensor<2x3xf32>,
    %w: tensor<3x8xf32>, %u: tensor<8x8xf32>, %b: tensor<8xf32>) -> tensor<2x8xf32> {
  %empty = tensor.empty() : tensor<2x8xf32>
  %bias = linalg.broadcast ins(%b : tensor<8xf32>) outs(%empty : tensor<2x8xf32>) dimensions = [0]
  %xw = linalg.matmul ins(%x, %w : tensor<2x3xf32>, tensor<3x8xf32>)
      outs(%bias : tensor<2x8xf32>) -> tensor<2x8xf32>
  %sum = linalg.matmul ins(%h, %u : tensor<2x8xf32>, tensor<8x8xf32>)
      outs(%xw : tensor<2x8xf32>) -> tensor<2x8xf32>
  %scale = arith.constant dense<0.5> : tensor<2x8xf32>
  %z = arith.mulf %sum, %scale : tensor<2x8xf32>
  %next = math.tanh %z : tensor<2x8xf32>
  return %next : tensor<2x8xf32>
}

func.func private @decoder(%i: index, %h: tensor<2x8xf32>, %target: tensor<2x8xf32>,
    %u: tensor<8x8xf32>) -> (tensor<2x8xf32>, tensor<f32>) {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<2x8xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%empty : tensor<2x8xf32>) -> tensor<2x8xf32>
  %hu = linalg.matmul ins(%h, %u : tensor<2x8xf32>, tensor<8x8xf32>)
      outs(%zeros : tensor<2x8xf32>) -> tensor<2x8xf32>
  %scale = arith.constant dense<0.5> : tensor<2x8xf32>
  %z = arith.mulf %hu, %scale : tensor<2x8xf32>
  %next = math.tanh %z : tensor<2x8xf32>

  %scalar = tensor.empty() : tensor<f32>
  %none = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %loss = linalg.generic {indexing_maps = [#id, #id, #scalar], iterator_types = ["reduction", "reduction"]}
      ins(%next, %target : tensor<2x8xf32>, tensor<2x8xf32>) outs(%none : tensor<f32>) {
  ^bb0(%a: f32, %t: f32, %sum: f32):
    %error = arith.subf %a, %t : f32
    %square = arith.mulf %error, %error : f32
    %more = arith.addf %sum, %square : f32
    linalg.yield %more : f32
  } -> tensor<f32>
  return %next, %loss : tensor<2x8xf32>, tensor<f32>
}

func.func @loss(%xs: tensor<24x2x3xf32>, %targets: tensor<20x2x8xf32>, %h0: tensor<2x8xf32>,
    %w: tensor<3x8xf32>, %u: tensor<8x8xf32>, %b: tensor<8xf32>, %v: tensor<8x8xf32>) -> tensor<f32> {
  %code = bptt.scan @encoder carry(%h0 : tensor<2x8xf32>) inputs(%xs : tensor<24x2x3xf32>)
      invariants(%w, %u, %b : tensor<3x8xf32>, tensor<8x8xf32>, tensor<8xf32>) -> tensor<2x8xf32>
  %h, %losses = bptt.scan @decoder carry(%code : tensor<2x8xf32>) inputs(%targets : tensor<20x2x8xf32>)
      invariants(%v : tensor<8x8xf32>) -> tensor<2x8xf32>, tensor<20xf32>
  %zero = arith.constant 0.0 : f32
  %scalar = tensor.empty() : tensor<f32>
  %none = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %sum = linalg.reduce {arith.addf} ins(%losses : tensor<20xf32>) outs(%none : tensor<f32>) dimensions = [0]
  %weight = arith.constant dense<0.05> : tensor<f32> // 1 / 20
  %loss = arith.mulf %sum, %weight : tensor<f32>
  return %loss : tensor<f32>
}
