// A tanh recurrent network whose states are all returned, stacked; the loss is computed from the stack.

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#scalar = affine_map<(d0, d1, d2) -> ()>

func.func private @cell(%i: index, %h: tensor<2x8xf32>, %x: tensor<2x3xf32>,
    %w: tensor<3x8xf32>, %u: tensor<8x8xf32>, %b: tensor<8xf32>) -> (tensor<2x8xf32>, tensor<2x8xf32>) {
  %empty = tensor.empty() : tensor<2x8xf32>
  %bias = linalg.broadcast ins(%b : tensor<8xf32>) outs(%empty : tensor<2x8xf32>) dimensions = [0]
  %xw = linalg.matmul ins(%x, %w : tensor<2x3xf32>, tensor<3x8xf32>)
      outs(%bias : tensor<2x8xf32>) -> tensor<2x8xf32>
  %sum = linalg.matmul ins(%h, %u : tensor<2x8xf32>, tensor<8x8xf32>)
      outs(%xw : tensor<2x8xf32>) -> tensor<2x8xf32>
  %scale = arith.constant dense<0.5> : tensor<2x8xf32>
  %z = arith.mulf %sum, %scale : tensor<2x8xf32>
  %next = math.tanh %z : tensor<2x8xf32>
  return %next, %next : tensor<2x8xf32>, tensor<2x8xf32>
}

func.func @loss(%xs: tensor<24x2x3xf32>, %h0: tensor<2x8xf32>, %w: tensor<3x8xf32>,
    %u: tensor<8x8xf32>, %b: tensor<8xf32>) -> (tensor<f32>, tensor<24x2x8xf32>) {
  %h, %hs = bptt.scan @cell carry(%h0 : tensor<2x8xf32>) inputs(%xs : tensor<24x2x3xf32>)
      invariants(%w, %u, %b : tensor<3x8xf32>, tensor<8x8xf32>, tensor<8xf32>)
      -> tensor<2x8xf32>, tensor<24x2x8xf32>
  %zero = arith.constant 0.0 : f32
  %scalar = tensor.empty() : tensor<f32>
  %none = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %loss = linalg.generic {indexing_maps = [#id, #scalar], iterator_types = ["reduction", "reduction", "reduction"]}
      ins(%hs : tensor<24x2x8xf32>) outs(%none : tensor<f32>) {
  ^bb0(%a: f32, %sum: f32):
    %square = arith.mulf %a, %a : f32
    %more = arith.addf %sum, %square : f32
    linalg.yield %more : f32
  } -> tensor<f32>
  return %loss, %hs : tensor<f32>, tensor<24x2x8xf32>
}
