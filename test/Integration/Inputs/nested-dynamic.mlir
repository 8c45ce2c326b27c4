// Outer steps whose number is known only at run time, each a recurrence of 500 steps: those stay plain.

#all = affine_map<(d0, d1) -> (d0, d1)>
#total = affine_map<(d0, d1) -> ()>

func.func private @inner(%i: index, %a: tensor<2x8xf32>, %x: tensor<2x8xf32>, %w: tensor<8x8xf32>) -> tensor<2x8xf32> {
  %p = linalg.matmul ins(%a, %w : tensor<2x8xf32>, tensor<8x8xf32>) outs(%x : tensor<2x8xf32>) -> tensor<2x8xf32>
  %t = math.tanh %p : tensor<2x8xf32>
  %tenth = arith.constant dense<0.1> : tensor<2x8xf32>
  %n = arith.mulf %t, %tenth : tensor<2x8xf32>
  return %n : tensor<2x8xf32>
}

func.func private @outer(%i: index, %h: tensor<2x8xf32>, %s: tensor<f32>, %xs: tensor<500x2x8xf32>,
    %w: tensor<8x8xf32>) -> (tensor<2x8xf32>, tensor<f32>) {
  %n = bptt.scan @inner carry(%h : tensor<2x8xf32>) inputs(%xs : tensor<500x2x8xf32>)
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

func.func @loss(%xs: tensor<?x500x2x8xf32>, %h0: tensor<2x8xf32> {bptt.wrt}, %w: tensor<8x8xf32> {bptt.wrt})
    -> tensor<f32> {
  %none = arith.constant dense<0.0> : tensor<f32>
  %h, %loss = bptt.scan @outer carry(%h0, %none : tensor<2x8xf32>, tensor<f32>) inputs(%xs : tensor<?x500x2x8xf32>)
      invariants(%w : tensor<8x8xf32>) -> tensor<2x8xf32>, tensor<f32>
  return %loss : tensor<f32>
}
