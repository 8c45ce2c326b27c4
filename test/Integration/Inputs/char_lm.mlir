// An LSTM language model: 2 streams of 24 characters. The lookup of a character (one-hot times Wx), the logits and
// the cross-entropy are inside the cell: a stack of all logits would not fit any budget, and a replay needs none of
// them. The text has one character more than there are steps: step i reads character i and
// predicts character i + 1.

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#scalar = affine_map<(d0, d1) -> ()>
#vector = affine_map<(d0) -> (d0)>
#total = affine_map<(d0) -> ()>

func.func private @cell(%i: index, %h: tensor<2x8xf32>, %c: tensor<2x8xf32>,
    %token: tensor<2xi32>, %target: tensor<2xi32>,
    %wx: tensor<128x32xf32>, %u: tensor<8x32xf32>, %b: tensor<32xf32>,
    %wo: tensor<8x128xf32>, %bo: tensor<128xf32>) -> (tensor<2x8xf32>, tensor<2x8xf32>, tensor<f32>) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %empty_v = tensor.empty() : tensor<2x128xf32>
  // One-hot: 1 in the column of the character, else 0.
  %x = linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%token : tensor<2xi32>) outs(%empty_v : tensor<2x128xf32>) {
  ^bb0(%id: i32, %unused: f32):
    %column = linalg.index 1 : index
    %letter = arith.index_cast %column : index to i32
    %same = arith.cmpi eq, %id, %letter : i32
    %hot = arith.select %same, %one, %zero : f32
    linalg.yield %hot : f32
  } -> tensor<2x128xf32>
  %wide = tensor.empty() : tensor<2x32xf32>
  %bias = linalg.broadcast ins(%b : tensor<32xf32>) outs(%wide : tensor<2x32xf32>) dimensions = [0]
  %xw = linalg.matmul ins(%x, %wx : tensor<2x128xf32>, tensor<128x32xf32>)
      outs(%bias : tensor<2x32xf32>) -> tensor<2x32xf32>
  %z = linalg.matmul ins(%h, %u : tensor<2x8xf32>, tensor<8x32xf32>)
      outs(%xw : tensor<2x32xf32>) -> tensor<2x32xf32>

  // The columns of z are the four gates: input, forget, candidate, output.
  %zi = tensor.extract_slice %z[0, 0] [2, 8] [1, 1] : tensor<2x32xf32> to tensor<2x8xf32>
  %zf = tensor.extract_slice %z[0, 8] [2, 8] [1, 1] : tensor<2x32xf32> to tensor<2x8xf32>
  %zg = tensor.extract_slice %z[0, 16] [2, 8] [1, 1] : tensor<2x32xf32> to tensor<2x8xf32>
  %zo = tensor.extract_slice %z[0, 24] [2, 8] [1, 1] : tensor<2x32xf32> to tensor<2x8xf32>
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

  // Cross-entropy of the next character: log(sum(exp(logits))) - logits[target], mean over the streams.
  %bias_v = linalg.broadcast ins(%bo : tensor<128xf32>) outs(%empty_v : tensor<2x128xf32>) dimensions = [0]
  %unscaled = linalg.matmul ins(%h1, %wo : tensor<2x8xf32>, tensor<8x128xf32>)
      outs(%bias_v : tensor<2x128xf32>) -> tensor<2x128xf32>
  %scale_v = arith.constant dense<0.5> : tensor<2x128xf32>
  %logits = arith.mulf %unscaled, %scale_v : tensor<2x128xf32>
  %lowest = arith.constant 0xFF800000 : f32 // minus infinity
  %empty_r = tensor.empty() : tensor<2xf32>
  %lows = linalg.fill ins(%lowest : f32) outs(%empty_r : tensor<2xf32>) -> tensor<2xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%empty_r : tensor<2xf32>) -> tensor<2xf32>
  %max = linalg.reduce {arith.maximumf} ins(%logits : tensor<2x128xf32>) outs(%lows : tensor<2xf32>) dimensions = [1]
  %sums = linalg.generic {indexing_maps = [#id, #row, #row], iterator_types = ["parallel", "reduction"]}
      ins(%logits, %max : tensor<2x128xf32>, tensor<2xf32>) outs(%zeros : tensor<2xf32>) {
  ^bb0(%a: f32, %m: f32, %acc: f32):
    %shifted = arith.subf %a, %m : f32
    %e = math.exp %shifted : f32
    %more = arith.addf %acc, %e : f32
    linalg.yield %more : f32
  } -> tensor<2xf32>
  // One-hot: 1 in the column of the character, else 0.
  %wanted = linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%target : tensor<2xi32>) outs(%empty_v : tensor<2x128xf32>) {
  ^bb0(%id: i32, %unused: f32):
    %column = linalg.index 1 : index
    %letter = arith.index_cast %column : index to i32
    %same = arith.cmpi eq, %id, %letter : i32
    %hot = arith.select %same, %one, %zero : f32
    linalg.yield %hot : f32
  } -> tensor<2x128xf32>
  %picked = linalg.generic {indexing_maps = [#id, #id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%wanted, %logits : tensor<2x128xf32>, tensor<2x128xf32>) outs(%zeros : tensor<2xf32>) {
  ^bb0(%hot: f32, %a: f32, %acc: f32):
    %chosen = arith.mulf %hot, %a : f32
    %more = arith.addf %acc, %chosen : f32
    linalg.yield %more : f32
  } -> tensor<2xf32>
  %weight = arith.constant 0.5 : f32 // 1 / 2
  %empty_s = tensor.empty() : tensor<f32>
  %none = linalg.fill ins(%zero : f32) outs(%empty_s : tensor<f32>) -> tensor<f32>
  %loss = linalg.generic {indexing_maps = [#vector, #vector, #vector, #total], iterator_types = ["reduction"]}
      ins(%sums, %max, %picked : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) outs(%none : tensor<f32>) {
  ^bb0(%s: f32, %m: f32, %p: f32, %acc: f32):
    %log = math.log %s : f32
    %lse = arith.addf %log, %m : f32
    %nll = arith.subf %lse, %p : f32
    %weighted = arith.mulf %nll, %weight : f32
    %more = arith.addf %acc, %weighted : f32
    linalg.yield %more : f32
  } -> tensor<f32>
  return %h1, %c1, %loss : tensor<2x8xf32>, tensor<2x8xf32>, tensor<f32>
}

func.func @loss(%text: tensor<25x2xi32>, %wx: tensor<128x32xf32>, %u: tensor<8x32xf32>,
    %b: tensor<32xf32>, %wo: tensor<8x128xf32>, %bo: tensor<128xf32>) -> tensor<f32> {
  %tokens = tensor.extract_slice %text[0, 0] [24, 2] [1, 1] : tensor<25x2xi32> to tensor<24x2xi32>
  %targets = tensor.extract_slice %text[1, 0] [24, 2] [1, 1] : tensor<25x2xi32> to tensor<24x2xi32>
  %start = arith.constant dense<0.0> : tensor<2x8xf32>
  %h, %c, %losses = bptt.scan @cell carry(%start, %start : tensor<2x8xf32>, tensor<2x8xf32>)
      inputs(%tokens, %targets : tensor<24x2xi32>, tensor<24x2xi32>)
      invariants(%wx, %u, %b, %wo, %bo : tensor<128x32xf32>, tensor<8x32xf32>, tensor<32xf32>,
                 tensor<8x128xf32>, tensor<128xf32>)
      -> tensor<2x8xf32>, tensor<2x8xf32>, tensor<24xf32>
  %zero = arith.constant 0.0 : f32
  %scalar = tensor.empty() : tensor<f32>
  %none = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %sum = linalg.reduce {arith.addf} ins(%losses : tensor<24xf32>) outs(%none : tensor<f32>) dimensions = [0]
  %weight = arith.constant dense<0.041666666666666664> : tensor<f32> // 1 / 24
  %loss = arith.mulf %sum, %weight : tensor<f32>
  return %loss : tensor<f32>
}
