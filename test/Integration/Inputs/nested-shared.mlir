// Two recurrences in one outer step, of 10 and of 25 steps, with the same cell: the recurrence of 30 steps inside it has one
// plan in both.

#all = affine_map<(d0, d1) -> (d0, d1)>
#total = affine_map<(d0, d1) -> ()>

func.func private @inner(%i: index, %a: tensor<2x8xf32>, %w: tensor<8x8xf32>) -> tensor<2x8xf32> {
  %p = linalg.matmul ins(%a, %w : tensor<2x8xf32>, tensor<8x8xf32>) outs(%a : tensor<2x8xf32>) -> tensor<2x8xf32>
  %t = math.tanh %p : tensor<2x8xf32>
  %tenth = arith.constant dense<0.1> : tensor<2x8xf32>
  %n = arith.mulf %t, %tenth : tensor<2x8xf32>
  return %n : tensor<2x8xf32>
}

func.func private @mid(%i: index, %a: tensor<2x8xf32>, %w: tensor<8x8xf32>) -> tensor<2x8xf32> {
  %c = arith.constant 30 : index
  %t = math.sin %a : tensor<2x8xf32>
  %n = bptt.scan @inner carry(%t : tensor<2x8xf32>) invariants(%w : tensor<8x8xf32>) steps(%c) -> tensor<2x8xf32>
  return %n : tensor<2x8xf32>
}

func.func private @outer(%i: index, %h: tensor<2x8xf32>, %w: tensor<8x8xf32>) -> tensor<2x8xf32> {
  %c = arith.constant 10 : index
  %d = arith.constant 25 : index
  %m = bptt.scan @mid carry(%h : tensor<2x8xf32>) invariants(%w : tensor<8x8xf32>) steps(%c) -> tensor<2x8xf32>
  %s = math.sin %m : tensor<2x8xf32>
  %n = bptt.scan @mid carry(%s : tensor<2x8xf32>) invariants(%w : tensor<8x8xf32>) steps(%d) -> tensor<2x8xf32>
  return %n : tensor<2x8xf32>
}

func.func @loss(%h0: tensor<2x8xf32>, %w: tensor<8x8xf32>) -> tensor<f32> {
  %c = arith.constant 12 : index
  %h = bptt.scan @outer carry(%h0 : tensor<2x8xf32>) invariants(%w : tensor<8x8xf32>) steps(%c) -> tensor<2x8xf32>
  %none = arith.constant dense<0.0> : tensor<f32>
  %second = linalg.generic {indexing_maps = [#all, #total], iterator_types = ["reduction", "reduction"]}
      ins(%h : tensor<2x8xf32>) outs(%none : tensor<f32>) {
  ^bb0(%y: f32, %acc: f32):
    %sum = arith.addf %acc, %y : f32
    linalg.yield %sum : f32
  } -> tensor<f32>
  return %second : tensor<f32>
}
