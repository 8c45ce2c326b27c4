// An outer step with matrix products of its own, which can be taped in two ways, around a recurrence of 20 steps.

#all = affine_map<(d0, d1) -> (d0, d1)>
#total = affine_map<(d0, d1) -> ()>

func.func private @inner(%i: index, %a: tensor<2x8xf32>, %x: tensor<2x8xf32>, %w: tensor<8x8xf32>) -> tensor<2x8xf32> {
  %p = linalg.matmul ins(%a, %w : tensor<2x8xf32>, tensor<8x8xf32>) outs(%x : tensor<2x8xf32>) -> tensor<2x8xf32>
  %t = math.tanh %p : tensor<2x8xf32>
  %tenth = arith.constant dense<0.1> : tensor<2x8xf32>
  %n = arith.mulf %t, %tenth : tensor<2x8xf32>
  return %n : tensor<2x8xf32>
}

func.func private @outer(%i: index, %h: tensor<2x8xf32>, %s: tensor<f32>, %xs: tensor<20x2x8xf32>,
    %w: tensor<8x8xf32>) -> (tensor<2x8xf32>, tensor<f32>) {
  %q = linalg.matmul ins(%h, %w : tensor<2x8xf32>, tensor<8x8xf32>) outs(%h : tensor<2x8xf32>) -> tensor<2x8xf32>
  %q1 = math.tanh %q : tensor<2x8xf32>
  %q2 = linalg.matmul ins(%q1, %w : tensor<2x8xf32>, tensor<8x8xf32>) outs(%h : tensor<2x8xf32>) -> tensor<2x8xf32>
  %q3 = math.sin %q2 : tensor<2x8xf32>
  %q4 = linalg.matmul ins(%q3, %w : tensor<2x8xf32>, tensor<8x8xf32>) outs(%h : tensor<2x8xf32>) -> tensor<2x8xf32>
  %q5 = math.sin %q4 : tensor<2x8xf32>
  %n = bptt.scan @inner carry(%q5 : tensor<2x8xf32>) inputs(%xs : tensor<20x2x8xf32>)
      invariants(%w : tensor<8x8xf32>) -> tensor<2x8xf32>
  %sum = linalg.generic {indexing_maps = [#all, #total], iterator_types = ["reduction", "reduction"]}
      ins(%n : tensor<2x8xf32>) outs(%s : tensor<f32>) {
  ^bb0(%y: f32, %acc: f32):
    %square = arith.mulf %y, %y : f32
    %more = arith.addf %acc, %square : f32
    linalg.yield %more : f32
  } -> tensor<f32>
  return %n, %sum : tensor<2x8xf32>, tensor<f32>
}

func.func @loss(%xs: tensor<300x20x2x8xf32>, %h0: tensor<2x8xf32> {bptt.wrt}, %w: tensor<8x8xf32> {bptt.wrt})
    -> tensor<f32> {
  %none = arith.constant dense<0.0> : tensor<f32>
  %h, %loss = bptt.scan @outer carry(%h0, %none : tensor<2x8xf32>, tensor<f32>) inputs(%xs : tensor<300x20x2x8xf32>)
      invariants(%w : tensor<8x8xf32>) -> tensor<2x8xf32>, tensor<f32>
  return %loss : tensor<f32>
}
