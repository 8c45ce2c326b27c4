// Two LSTM layers and a readout, each a scan of its own: what a layer stacks, the next takes apart step by step.
// The loss is the mean, over 64 steps, of the squared distance between the upper layer's h and a target.

#id = affine_map<(d0, d1) -> (d0, d1)>
#scalar = affine_map<(d0, d1) -> ()>

func.func private @layer(%i: index, %h: tensor<2x8xf32>, %c: tensor<2x8xf32>, %x: tensor<2x8xf32>,
    %w: tensor<8x32xf32>, %u: tensor<8x32xf32>, %b: tensor<32xf32>)
    -> (tensor<2x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>) {
  %wide = tensor.empty() : tensor<2x32xf32>
  %bias = linalg.broadcast ins(%b : tensor<32xf32>) outs(%wide : tensor<2x32xf32>) dimensions = [0]
  %xw = linalg.matmul ins(%x, %w : tensor<2x8xf32>, tensor<8x32xf32>)
      outs(%bias : tensor<2x32xf32>) -> tensor<2x32xf32>
  %z = linalg.matmul ins(%h, %u : tensor<2x8xf32>, tensor<8x32xf32>)
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
  %h1 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%zo, %c1 : tensor<2x8xf32>, tensor<2x8xf32>) outs(%empty : tensor<2x8xf32>) {
  ^bb0(%so: f32, %cell: f32, %unused: f32):
    %o0 = arith.mulf %so, %scale : f32
    %o1 = arith.negf %o0 : f32
    %o2 = math.exp %o1 : f32
    %o3 = arith.addf %one, %o2 : f32
    %go = arith.divf %one, %o3 : f32
    %t = math.tanh %cell : f32
    %out = arith.mulf %go, %t : f32
    linalg.yield %out : f32
  } -> tensor<2x8xf32>
  return %h1, %c1, %h1 : tensor<2x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>
}

func.func private @readout(%i: index, %sum: tensor<f32>, %h: tensor<2x8xf32>, %target: tensor<2x8xf32>)
    -> tensor<f32> {
  %weight = arith.constant 0.0009765625 : f32 // 1 / (64 * 2 * 8)
  %next = linalg.generic {indexing_maps = [#id, #id, #scalar], iterator_types = ["reduction", "reduction"]}
      ins(%h, %target : tensor<2x8xf32>, tensor<2x8xf32>) outs(%sum : tensor<f32>) {
  ^bb0(%a: f32, %t: f32, %acc: f32):
    %error = arith.subf %a, %t : f32
    %square = arith.mulf %error, %error : f32
    %weighted = arith.mulf %square, %weight : f32
    %more = arith.addf %acc, %weighted : f32
    linalg.yield %more : f32
  } -> tensor<f32>
  return %next : tensor<f32>
}

func.func @loss(%xs: tensor<64x2x8xf32>, %targets: tensor<64x2x8xf32>, %h0: tensor<2x8xf32>, %c0: tensor<2x8xf32>,
    %w1: tensor<8x32xf32>, %u1: tensor<8x32xf32>, %b1: tensor<32xf32>,
    %w2: tensor<8x32xf32>, %u2: tensor<8x32xf32>, %b2: tensor<32xf32>) -> tensor<f32> {
  %h1, %c1, %ys = bptt.scan @layer carry(%h0, %c0 : tensor<2x8xf32>, tensor<2x8xf32>)
      inputs(%xs : tensor<64x2x8xf32>)
      invariants(%w1, %u1, %b1 : tensor<8x32xf32>, tensor<8x32xf32>, tensor<32xf32>)
      -> tensor<2x8xf32>, tensor<2x8xf32>, tensor<64x2x8xf32>
  %h2, %c2, %zs = bptt.scan @layer carry(%h0, %c0 : tensor<2x8xf32>, tensor<2x8xf32>)
      inputs(%ys : tensor<64x2x8xf32>)
      invariants(%w2, %u2, %b2 : tensor<8x32xf32>, tensor<8x32xf32>, tensor<32xf32>)
      -> tensor<2x8xf32>, tensor<2x8xf32>, tensor<64x2x8xf32>
  %none = arith.constant dense<0.0> : tensor<f32>
  %loss = bptt.scan @readout carry(%none : tensor<f32>)
      inputs(%zs, %targets : tensor<64x2x8xf32>, tensor<64x2x8xf32>) -> tensor<f32>
  return %loss : tensor<f32>
}
