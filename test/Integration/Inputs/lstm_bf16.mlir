// lstm.mlir in mixed precision: x, h and weights are bf16, products and c are f32. The gradients of the weights are
// summed in f32 and rounded once.

#id = affine_map<(d0, d1) -> (d0, d1)>
#scalar = affine_map<(d0, d1) -> ()>

func.func private @cell(%i: index, %h: tensor<2x8xbf16>, %c: tensor<2x8xf32>, %x: tensor<2x4xbf16>,
    %w: tensor<4x32xbf16>, %u: tensor<8x32xbf16>, %b: tensor<32xf32>)
    -> (tensor<2x8xbf16>, tensor<2x8xf32>, tensor<f32>) {
  %wide = tensor.empty() : tensor<2x32xf32>
  %bias = linalg.broadcast ins(%b : tensor<32xf32>) outs(%wide : tensor<2x32xf32>) dimensions = [0]
  %xw = linalg.matmul ins(%x, %w : tensor<2x4xbf16>, tensor<4x32xbf16>)
      outs(%bias : tensor<2x32xf32>) -> tensor<2x32xf32>
  %z = linalg.matmul ins(%h, %u : tensor<2x8xbf16>, tensor<8x32xbf16>)
      outs(%xw : tensor<2x32xf32>) -> tensor<2x32xf32>

  // The columns of z are the four gates: input, forget, candidate, output.
  %zi = tensor.extract_slice %z[0, 0] [2, 8] [1, 1] : tensor<2x32xf32> to tensor<2x8xf32>
  %zf = tensor.extract_slice %z[0, 8] [2, 8] [1, 1] : tensor<2x32xf32> to tensor<2x8xf32>
  %zg = tensor.extract_slice %z[0, 16] [2, 8] [1, 1] : tensor<2x32xf32> to tensor<2x8xf32>
  %zo = tensor.extract_slice %z[0, 24] [2, 8] [1, 1] : tensor<2x32xf32> to tensor<2x8xf32>
  %one = arith.constant 1.0 : f32
  %scale = arith.constant 0.5 : f32
  %empty = tensor.empty() : tensor<2x8xf32>
  %c1 = linalg.generic {indexing_maps = [#id, #id, #id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%zi, %zf, %zg, %c : tensor<2x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>)
      outs(%empty : tensor<2x8xf32>) {
  ^bb0(%si: f32, %sf: f32, %sg: f32, %old: f32, %unused: f32):
    %i0 = arith.mulf %si, %scale : f32
    %i1 = arith.negf %i0 : f32
    %i2 = math.exp %i1 : f32
    %i3 = arith.addf %one, %i2 : f32
    %gi = arith.divf %one, %i3 : f32
    %f0 = arith.mulf %sf, %scale : f32
    %f1 = arith.negf %f0 : f32
    %f2 = math.exp %f1 : f32
    %f3 = arith.addf %one, %f2 : f32
    %gf = arith.divf %one, %f3 : f32
    %g0 = arith.mulf %sg, %scale : f32
    %gg = math.tanh %g0 : f32
    %kept = arith.mulf %gf, %old : f32
    %new = arith.mulf %gi, %gg : f32
    %sum = arith.addf %kept, %new : f32
    linalg.yield %sum : f32
  } -> tensor<2x8xf32>
  %narrow = tensor.empty() : tensor<2x8xbf16>
  %h1 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%zo, %c1 : tensor<2x8xf32>, tensor<2x8xf32>) outs(%narrow : tensor<2x8xbf16>) {
  ^bb0(%so: f32, %cell: f32, %unused: bf16):
    %o0 = arith.mulf %so, %scale : f32
    %o1 = arith.negf %o0 : f32
    %o2 = math.exp %o1 : f32
    %o3 = arith.addf %one, %o2 : f32
    %go = arith.divf %one, %o3 : f32
    %t = math.tanh %cell : f32
    %exact = arith.mulf %go, %t : f32
    %out = arith.truncf %exact : f32 to bf16
    linalg.yield %out : bf16
  } -> tensor<2x8xbf16>

  %zero = arith.constant 0.0 : f32
  %weight = arith.constant 0.0625 : f32 // 1 / (2 * 8)
  %scalar = tensor.empty() : tensor<f32>
  %none = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %loss = linalg.generic {indexing_maps = [#id, #scalar], iterator_types = ["reduction", "reduction"]}
      ins(%h1 : tensor<2x8xbf16>) outs(%none : tensor<f32>) {
  ^bb0(%rounded: bf16, %acc: f32):
    %a = arith.extf %rounded : bf16 to f32
    %square = arith.mulf %a, %a : f32
    %weighted = arith.mulf %square, %weight : f32
    %more = arith.addf %acc, %weighted : f32
    linalg.yield %more : f32
  } -> tensor<f32>
  return %h1, %c1, %loss : tensor<2x8xbf16>, tensor<2x8xf32>, tensor<f32>
}

func.func @loss(%xs: tensor<32x2x4xbf16>, %h0: tensor<2x8xbf16>, %c0: tensor<2x8xf32>,
    %w: tensor<4x32xbf16>, %u: tensor<8x32xbf16>, %b: tensor<32xf32>) -> tensor<f32> {
  %h, %c, %losses = bptt.scan @cell carry(%h0, %c0 : tensor<2x8xbf16>, tensor<2x8xf32>)
      inputs(%xs : tensor<32x2x4xbf16>)
      invariants(%w, %u, %b : tensor<4x32xbf16>, tensor<8x32xbf16>, tensor<32xf32>)
      -> tensor<2x8xbf16>, tensor<2x8xf32>, tensor<32xf32>
  %zero = arith.constant 0.0 : f32
  %scalar = tensor.empty() : tensor<f32>
  %none = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %sum = linalg.reduce {arith.addf} ins(%losses : tensor<32xf32>) outs(%none : tensor<f32>) dimensions = [0]
  %weight = arith.constant dense<0.03125> : tensor<f32> // 1 / 32
  %loss = arith.mulf %sum, %weight : tensor<f32>
  return %loss : tensor<f32>
}
