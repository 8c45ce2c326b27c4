// An LSTM over 2000 steps, what `./dev bench` compares with oneDNN, its four gates in one product: z = scale (x W + h U + b). The loss is the mean, over steps,
// streams and units, of h squared. The scale is for weights uniform in [-1, 1].

#id = affine_map<(d0, d1) -> (d0, d1)>
#scalar = affine_map<(d0, d1) -> ()>

func.func private @cell(%i: index, %h: tensor<16x256xf32>, %c: tensor<16x256xf32>, %x: tensor<16x256xf32>,
    %w: tensor<256x1024xf32>, %u: tensor<256x1024xf32>, %b: tensor<1024xf32>)
    -> (tensor<16x256xf32>, tensor<16x256xf32>, tensor<f32>) {
  %wide = tensor.empty() : tensor<16x1024xf32>
  %bias = linalg.broadcast ins(%b : tensor<1024xf32>) outs(%wide : tensor<16x1024xf32>) dimensions = [0]
  %xw = linalg.matmul ins(%x, %w : tensor<16x256xf32>, tensor<256x1024xf32>)
      outs(%bias : tensor<16x1024xf32>) -> tensor<16x1024xf32>
  %z = linalg.matmul ins(%h, %u : tensor<16x256xf32>, tensor<256x1024xf32>)
      outs(%xw : tensor<16x1024xf32>) -> tensor<16x1024xf32>

  // The columns of z are the four gates: input, forget, candidate, output.
  %zi = tensor.extract_slice %z[0, 0] [16, 256] [1, 1] : tensor<16x1024xf32> to tensor<16x256xf32>
  %zf = tensor.extract_slice %z[0, 256] [16, 256] [1, 1] : tensor<16x1024xf32> to tensor<16x256xf32>
  %zg = tensor.extract_slice %z[0, 512] [16, 256] [1, 1] : tensor<16x1024xf32> to tensor<16x256xf32>
  %zo = tensor.extract_slice %z[0, 768] [16, 256] [1, 1] : tensor<16x1024xf32> to tensor<16x256xf32>
  %one = arith.constant 1.0 : f32
  %scale = arith.constant 0.0625 : f32
  %empty = tensor.empty() : tensor<16x256xf32>
  %c1 = linalg.generic {indexing_maps = [#id, #id, #id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%zi, %zf, %zg, %c : tensor<16x256xf32>, tensor<16x256xf32>, tensor<16x256xf32>, tensor<16x256xf32>)
      outs(%empty : tensor<16x256xf32>) {
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
  } -> tensor<16x256xf32>
  %h1 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%zo, %c1 : tensor<16x256xf32>, tensor<16x256xf32>) outs(%empty : tensor<16x256xf32>) {
  ^bb0(%so: f32, %cell: f32, %unused: f32):
    %o0 = arith.mulf %so, %scale : f32
    %o1 = arith.negf %o0 : f32
    %o2 = math.exp %o1 : f32
    %o3 = arith.addf %one, %o2 : f32
    %go = arith.divf %one, %o3 : f32
    %t = math.tanh %cell : f32
    %out = arith.mulf %go, %t : f32
    linalg.yield %out : f32
  } -> tensor<16x256xf32>

  %zero = arith.constant 0.0 : f32
  %weight = arith.constant 0.000244140625 : f32 // 1 / (16 * 256)
  %scalar = tensor.empty() : tensor<f32>
  %none = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %loss = linalg.generic {indexing_maps = [#id, #scalar], iterator_types = ["reduction", "reduction"]}
      ins(%h1 : tensor<16x256xf32>) outs(%none : tensor<f32>) {
  ^bb0(%a: f32, %acc: f32):
    %square = arith.mulf %a, %a : f32
    %weighted = arith.mulf %square, %weight : f32
    %more = arith.addf %acc, %weighted : f32
    linalg.yield %more : f32
  } -> tensor<f32>
  return %h1, %c1, %loss : tensor<16x256xf32>, tensor<16x256xf32>, tensor<f32>
}

func.func @loss(%xs: tensor<2000x16x256xf32>, %h0: tensor<16x256xf32>, %c0: tensor<16x256xf32>,
    %w: tensor<256x1024xf32>, %u: tensor<256x1024xf32>, %b: tensor<1024xf32>) -> tensor<f32> {
  %h, %c, %losses = bptt.scan @cell carry(%h0, %c0 : tensor<16x256xf32>, tensor<16x256xf32>)
      inputs(%xs : tensor<2000x16x256xf32>)
      invariants(%w, %u, %b : tensor<256x1024xf32>, tensor<256x1024xf32>, tensor<1024xf32>)
      -> tensor<16x256xf32>, tensor<16x256xf32>, tensor<2000xf32>
  %zero = arith.constant 0.0 : f32
  %scalar = tensor.empty() : tensor<f32>
  %none = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %sum = linalg.reduce {arith.addf} ins(%losses : tensor<2000xf32>) outs(%none : tensor<f32>) dimensions = [0]
  %weight = arith.constant dense<0.0005> : tensor<f32> // 1 / 2000
  %loss = arith.mulf %sum, %weight : tensor<f32>
  return %loss : tensor<f32>
}
