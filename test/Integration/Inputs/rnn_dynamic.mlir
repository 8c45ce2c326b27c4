// A tanh recurrent network over a number of steps known only at run time. The loss is the mean square of the
// last state.

#id = affine_map<(d0, d1) -> (d0, d1)>
#scalar = affine_map<(d0, d1) -> ()>

func.func private @cell(%i: index, %h: tensor<4x8xf32>, %x: tensor<4x3xf32>,
    %w: tensor<3x8xf32>, %u: tensor<8x8xf32>, %b: tensor<8xf32>) -> tensor<4x8xf32> {
  %empty = tensor.empty() : tensor<4x8xf32>
  %bias = linalg.broadcast ins(%b : tensor<8xf32>) outs(%empty : tensor<4x8xf32>) dimensions = [0]
  %xw = linalg.matmul ins(%x, %w : tensor<4x3xf32>, tensor<3x8xf32>)
      outs(%bias : tensor<4x8xf32>) -> tensor<4x8xf32>
  %sum = linalg.matmul ins(%h, %u : tensor<4x8xf32>, tensor<8x8xf32>)
      outs(%xw : tensor<4x8xf32>) -> tensor<4x8xf32>
  %scale = arith.constant dense<0.5> : tensor<4x8xf32>
  %z = arith.mulf %sum, %scale : tensor<4x8xf32>
  %next = math.tanh %z : tensor<4x8xf32>
  return %next : tensor<4x8xf32>
}

func.func @loss(%xs: tensor<?x4x3xf32>, %h0: tensor<4x8xf32>, %w: tensor<3x8xf32>,
    %u: tensor<8x8xf32>, %b: tensor<8xf32>) -> tensor<f32> {
  %next = bptt.scan @cell carry(%h0 : tensor<4x8xf32>) inputs(%xs : tensor<?x4x3xf32>)
      invariants(%w, %u, %b : tensor<3x8xf32>, tensor<8x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  %zero = arith.constant 0.0 : f32
  %weight = arith.constant 0.03125 : f32 // 1 / (4 * 8)
  %scalar = tensor.empty() : tensor<f32>
  %none = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %loss = linalg.generic {indexing_maps = [#id, #scalar], iterator_types = ["reduction", "reduction"]}
      ins(%next : tensor<4x8xf32>) outs(%none : tensor<f32>) {
  ^bb0(%a: f32, %sum: f32):
    %square = arith.mulf %a, %a : f32
    %weighted = arith.mulf %square, %weight : f32
    %more = arith.addf %sum, %weighted : f32
    linalg.yield %more : f32
  } -> tensor<f32>
  return %loss : tensor<f32>
}
