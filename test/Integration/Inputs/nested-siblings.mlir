// Two recurrences in one outer step, of 200 and of 60 steps, the second of three times the state; and a recurrence of
// its own after the outer one, which shares the budget.

#all = affine_map<(d0, d1) -> (d0, d1)>
#total = affine_map<(d0, d1) -> ()>

func.func private @small(%i: index, %a: tensor<2x8xf32>, %w: tensor<8x8xf32>) -> tensor<2x8xf32> {
  %p = linalg.matmul ins(%a, %w : tensor<2x8xf32>, tensor<8x8xf32>) outs(%a : tensor<2x8xf32>) -> tensor<2x8xf32>
  %t = math.tanh %p : tensor<2x8xf32>
  %tenth = arith.constant dense<0.1> : tensor<2x8xf32>
  %s = arith.mulf %t, %tenth : tensor<2x8xf32>
  %n = arith.addf %s, %tenth : tensor<2x8xf32>
  return %n : tensor<2x8xf32>
}

func.func private @large(%i: index, %a: tensor<6x8xf32>, %w: tensor<8x8xf32>) -> tensor<6x8xf32> {
  %p = linalg.matmul ins(%a, %w : tensor<6x8xf32>, tensor<8x8xf32>) outs(%a : tensor<6x8xf32>) -> tensor<6x8xf32>
  %t = math.tanh %p : tensor<6x8xf32>
  %tenth = arith.constant dense<0.1> : tensor<6x8xf32>
  %s = arith.mulf %t, %tenth : tensor<6x8xf32>
  %n = arith.addf %s, %tenth : tensor<6x8xf32>
  return %n : tensor<6x8xf32>
}

func.func private @outer(%i: index, %h: tensor<2x8xf32>, %g: tensor<6x8xf32>, %w: tensor<8x8xf32>)
    -> (tensor<2x8xf32>, tensor<6x8xf32>) {
  %many = arith.constant 200 : index
  %few = arith.constant 60 : index
  %n = bptt.scan @small carry(%h : tensor<2x8xf32>) invariants(%w : tensor<8x8xf32>) steps(%many) -> tensor<2x8xf32>
  %m = bptt.scan @large carry(%g : tensor<6x8xf32>) invariants(%w : tensor<8x8xf32>) steps(%few) -> tensor<6x8xf32>
  return %n, %m : tensor<2x8xf32>, tensor<6x8xf32>
}

func.func @loss(%h0: tensor<2x8xf32>, %g0: tensor<6x8xf32>, %w: tensor<8x8xf32>) -> tensor<f32> {
  %steps = arith.constant 10 : index
  %h, %g = bptt.scan @outer carry(%h0, %g0 : tensor<2x8xf32>, tensor<6x8xf32>) invariants(%w : tensor<8x8xf32>)
      steps(%steps) -> tensor<2x8xf32>, tensor<6x8xf32>
  %more = arith.constant 40 : index
  %n = bptt.scan @small carry(%h : tensor<2x8xf32>) invariants(%w : tensor<8x8xf32>) steps(%more) -> tensor<2x8xf32>
  %none = arith.constant dense<0.0> : tensor<f32>
  %first = linalg.generic {indexing_maps = [#all, #total], iterator_types = ["reduction", "reduction"]}
      ins(%n : tensor<2x8xf32>) outs(%none : tensor<f32>) {
  ^bb0(%y: f32, %acc: f32):
    %sum = arith.addf %acc, %y : f32
    linalg.yield %sum : f32
  } -> tensor<f32>
  %second = linalg.generic {indexing_maps = [#all, #total], iterator_types = ["reduction", "reduction"]}
      ins(%g : tensor<6x8xf32>) outs(%first : tensor<f32>) {
  ^bb0(%y: f32, %acc: f32):
    %sum = arith.addf %acc, %y : f32
    linalg.yield %sum : f32
  } -> tensor<f32>
  return %second : tensor<f32>
}
