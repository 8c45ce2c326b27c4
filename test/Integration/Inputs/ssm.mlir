// A diagonal state-space model: complex states as pairs, a step length that depends on the input, phases that a thousand steps add up.
#id2 = affine_map<(b, n) -> (b, n)>
#rn = affine_map<(b, n) -> (n)>
func.func private @cell(%t: index, %re: tensor<8x64xf32>, %im: tensor<8x64xf32>, %x: tensor<8x16xf32>,
    %a: tensor<64xf32>, %om: tensor<64xf32>, %B: tensor<16x64xf32>, %C: tensor<64x16xf32>) -> (tensor<8x64xf32>, tensor<8x64xf32>, tensor<f32>) {
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x64xf32>
  %z2 = linalg.fill ins(%z : f32) outs(%e : tensor<8x64xf32>) -> tensor<8x64xf32>
  %u = linalg.matmul ins(%x, %B : tensor<8x16xf32>, tensor<16x64xf32>) outs(%z2 : tensor<8x64xf32>) -> tensor<8x64xf32>
  %n:2 = linalg.generic {indexing_maps = [#id2, #id2, #id2, #rn, #rn, #id2, #id2], iterator_types = ["parallel", "parallel"]}
    ins(%re, %im, %u, %a, %om : tensor<8x64xf32>, tensor<8x64xf32>, tensor<8x64xf32>, tensor<64xf32>, tensor<64xf32>) outs(%e, %e : tensor<8x64xf32>, tensor<8x64xf32>) {
  ^bb0(%r: f32, %i: f32, %v: f32, %la: f32, %w: f32, %o0: f32, %o1: f32):
    %one = arith.constant 1.0 : f32
    %ex = math.exp %v : f32
    %p = arith.addf %ex, %one : f32
    %dt = math.log %p : f32
    %m0 = arith.mulf %la, %dt : f32
    %ab = math.absf %m0 : f32
    %neg = arith.negf %ab : f32
    %d = math.exp %neg : f32
    %ang = arith.mulf %w, %dt : f32
    %c = math.cos %ang : f32
    %s = math.sin %ang : f32
    %rc = arith.mulf %r, %c : f32
    %is = arith.mulf %i, %s : f32
    %rs = arith.mulf %r, %s : f32
    %ic = arith.mulf %i, %c : f32
    %q = arith.subf %rc, %is : f32
    %q2 = arith.addf %rs, %ic : f32
    %dq = arith.mulf %d, %q : f32
    %dq2 = arith.mulf %d, %q2 : f32
    %nr = arith.addf %dq, %v : f32
    linalg.yield %nr, %dq2 : f32, f32
  } -> (tensor<8x64xf32>, tensor<8x64xf32>)
  %e2 = tensor.empty() : tensor<8x16xf32>
  %z3 = linalg.fill ins(%z : f32) outs(%e2 : tensor<8x16xf32>) -> tensor<8x16xf32>
  %y = linalg.matmul ins(%n#0, %C : tensor<8x64xf32>, tensor<64x16xf32>) outs(%z3 : tensor<8x16xf32>) -> tensor<8x16xf32>
  %sq = linalg.mul ins(%y, %y : tensor<8x16xf32>, tensor<8x16xf32>) outs(%e2 : tensor<8x16xf32>) -> tensor<8x16xf32>
  %e0 = tensor.empty() : tensor<f32>
  %z0 = linalg.fill ins(%z : f32) outs(%e0 : tensor<f32>) -> tensor<f32>
  %l = linalg.reduce {arith.addf} ins(%sq : tensor<8x16xf32>) outs(%z0 : tensor<f32>) dimensions = [0, 1]
  return %n#0, %n#1, %l : tensor<8x64xf32>, tensor<8x64xf32>, tensor<f32>
}
func.func @loss(%xs: tensor<500x8x16xf32>, %re: tensor<8x64xf32>, %im: tensor<8x64xf32>,
    %a: tensor<64xf32>, %om: tensor<64xf32>, %B: tensor<16x64xf32>, %C: tensor<64x16xf32>) -> tensor<f32> {
  %r, %i, %ls = bptt.scan @cell carry(%re, %im : tensor<8x64xf32>, tensor<8x64xf32>) inputs(%xs : tensor<500x8x16xf32>)
    invariants(%a, %om, %B, %C : tensor<64xf32>, tensor<64xf32>, tensor<16x64xf32>, tensor<64x16xf32>) -> tensor<8x64xf32>, tensor<8x64xf32>, tensor<500xf32>
  %z = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<f32>
  %z0 = linalg.fill ins(%z : f32) outs(%e0 : tensor<f32>) -> tensor<f32>
  %l = linalg.reduce {arith.addf} ins(%ls : tensor<500xf32>) outs(%z0 : tensor<f32>) dimensions = [0]
  return %l : tensor<f32>
}
