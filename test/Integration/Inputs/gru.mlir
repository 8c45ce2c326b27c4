// A GRU over 32 steps, with the reset gate applied after the product with U. The loss is the mean, over steps,
// streams and units, of h squared.

#id = affine_map<(d0, d1) -> (d0, d1)>
#scalar = affine_map<(d0, d1) -> ()>

func.func private @cell(%i: index, %h: tensor<2x8xf32>, %x: tensor<2x4xf32>,
    %w: tensor<4x24xf32>, %u: tensor<8x24xf32>, %b: tensor<24xf32>)
    -> (tensor<2x8xf32>, tensor<f32>) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %scale = arith.constant 0.5 : f32
  %wide = tensor.empty() : tensor<2x24xf32>
  %bias = linalg.broadcast ins(%b : tensor<24xf32>) outs(%wide : tensor<2x24xf32>) dimensions = [0]
  %zeros = linalg.fill ins(%zero : f32) outs(%wide : tensor<2x24xf32>) -> tensor<2x24xf32>
  %zx = linalg.matmul ins(%x, %w : tensor<2x4xf32>, tensor<4x24xf32>)
      outs(%bias : tensor<2x24xf32>) -> tensor<2x24xf32>
  %zh = linalg.matmul ins(%h, %u : tensor<2x8xf32>, tensor<8x24xf32>)
      outs(%zeros : tensor<2x24xf32>) -> tensor<2x24xf32>

  // The columns are reset, update and candidate.
  %xr = tensor.extract_slice %zx[0, 0] [2, 8] [1, 1] : tensor<2x24xf32> to tensor<2x8xf32>
  %xu = tensor.extract_slice %zx[0, 8] [2, 8] [1, 1] : tensor<2x24xf32> to tensor<2x8xf32>
  %xn = tensor.extract_slice %zx[0, 16] [2, 8] [1, 1] : tensor<2x24xf32> to tensor<2x8xf32>
  %hr = tensor.extract_slice %zh[0, 0] [2, 8] [1, 1] : tensor<2x24xf32> to tensor<2x8xf32>
  %hu = tensor.extract_slice %zh[0, 8] [2, 8] [1, 1] : tensor<2x24xf32> to tensor<2x8xf32>
  %hn = tensor.extract_slice %zh[0, 16] [2, 8] [1, 1] : tensor<2x24xf32> to tensor<2x8xf32>
  %empty = tensor.empty() : tensor<2x8xf32>
  %zr = linalg.add ins(%xr, %hr : tensor<2x8xf32>, tensor<2x8xf32>)
      outs(%empty : tensor<2x8xf32>) -> tensor<2x8xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%zr : tensor<2x8xf32>) outs(%empty : tensor<2x8xf32>) {
  ^bb0(%a: f32, %unused: f32):
    %scaled = arith.mulf %a, %scale : f32
    %minus = arith.negf %scaled : f32
    %exp = math.exp %minus : f32
    %plus = arith.addf %one, %exp : f32
    %sigmoid = arith.divf %one, %plus : f32
    linalg.yield %sigmoid : f32
  } -> tensor<2x8xf32>
  %zu = linalg.add ins(%xu, %hu : tensor<2x8xf32>, tensor<2x8xf32>)
      outs(%empty : tensor<2x8xf32>) -> tensor<2x8xf32>
  %p = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%zu : tensor<2x8xf32>) outs(%empty : tensor<2x8xf32>) {
  ^bb0(%a: f32, %unused: f32):
    %scaled = arith.mulf %a, %scale : f32
    %minus = arith.negf %scaled : f32
    %exp = math.exp %minus : f32
    %plus = arith.addf %one, %exp : f32
    %sigmoid = arith.divf %one, %plus : f32
    linalg.yield %sigmoid : f32
  } -> tensor<2x8xf32>
  %rn = linalg.mul ins(%r, %hn : tensor<2x8xf32>, tensor<2x8xf32>)
      outs(%empty : tensor<2x8xf32>) -> tensor<2x8xf32>
  %zn = linalg.add ins(%xn, %rn : tensor<2x8xf32>, tensor<2x8xf32>)
      outs(%empty : tensor<2x8xf32>) -> tensor<2x8xf32>
  %n = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%zn : tensor<2x8xf32>) outs(%empty : tensor<2x8xf32>) {
  ^bb0(%a: f32, %unused: f32):
    %scaled = arith.mulf %a, %scale : f32
    %tanh = math.tanh %scaled : f32
    linalg.yield %tanh : f32
  } -> tensor<2x8xf32>

  // h' = n + p (h - n)
  %d = linalg.sub ins(%h, %n : tensor<2x8xf32>, tensor<2x8xf32>)
      outs(%empty : tensor<2x8xf32>) -> tensor<2x8xf32>
  %pd = linalg.mul ins(%p, %d : tensor<2x8xf32>, tensor<2x8xf32>)
      outs(%empty : tensor<2x8xf32>) -> tensor<2x8xf32>
  %h1 = linalg.add ins(%n, %pd : tensor<2x8xf32>, tensor<2x8xf32>)
      outs(%empty : tensor<2x8xf32>) -> tensor<2x8xf32>

  %weight = arith.constant 0.0625 : f32 // 1 / (2 * 8)
  %scalar = tensor.empty() : tensor<f32>
  %none = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %loss = linalg.generic {indexing_maps = [#id, #scalar], iterator_types = ["reduction", "reduction"]}
      ins(%h1 : tensor<2x8xf32>) outs(%none : tensor<f32>) {
  ^bb0(%a: f32, %sum: f32):
    %square = arith.mulf %a, %a : f32
    %weighted = arith.mulf %square, %weight : f32
    %more = arith.addf %sum, %weighted : f32
    linalg.yield %more : f32
  } -> tensor<f32>
  return %h1, %loss : tensor<2x8xf32>, tensor<f32>
}

func.func @loss(%xs: tensor<32x2x4xf32>, %h0: tensor<2x8xf32>, %w: tensor<4x24xf32>,
    %u: tensor<8x24xf32>, %b: tensor<24xf32>) -> tensor<f32> {
  %h, %losses = bptt.scan @cell carry(%h0 : tensor<2x8xf32>) inputs(%xs : tensor<32x2x4xf32>)
      invariants(%w, %u, %b : tensor<4x24xf32>, tensor<8x24xf32>, tensor<24xf32>)
      -> tensor<2x8xf32>, tensor<32xf32>
  %zero = arith.constant 0.0 : f32
  %scalar = tensor.empty() : tensor<f32>
  %none = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %sum = linalg.reduce {arith.addf} ins(%losses : tensor<32xf32>) outs(%none : tensor<f32>) dimensions = [0]
  %weight = arith.constant dense<0.03125> : tensor<f32> // 1 / 32
  %loss = arith.mulf %sum, %weight : tensor<f32>
  return %loss : tensor<f32>
}
