// Three levels: 6 steps of 40 steps of 30 steps.

#id = affine_map<(d0, d1) -> (d0, d1)>
#scalar = affine_map<(d0, d1) -> ()>
#all = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#total = affine_map<(d0, d1, d2) -> ()>

func.func private @innermost(%i: index, %a: tensor<2x4xf32>, %v: tensor<4x4xf32>) -> tensor<2x4xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x4xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<2x4xf32>) -> tensor<2x4xf32>
  %p = linalg.matmul ins(%a, %v : tensor<2x4xf32>, tensor<4x4xf32>) outs(%z : tensor<2x4xf32>) -> tensor<2x4xf32>
  %n = math.sin %p : tensor<2x4xf32>
  return %n : tensor<2x4xf32>
}

func.func private @inner(%i: index, %a: tensor<2x4xf32>, %x: tensor<2x4xf32>, %w: tensor<4x4xf32>,
    %v: tensor<4x4xf32>) -> (tensor<2x4xf32>, tensor<2x4xf32>) {
  %e = tensor.empty() : tensor<2x4xf32>
  %p = linalg.matmul ins(%a, %w : tensor<2x4xf32>, tensor<4x4xf32>) outs(%x : tensor<2x4xf32>) -> tensor<2x4xf32>
  %t = math.tanh %p : tensor<2x4xf32>
  %two = arith.constant 30 : index
  %n = bptt.scan @innermost carry(%t : tensor<2x4xf32>) invariants(%v : tensor<4x4xf32>) steps(%two)
      -> tensor<2x4xf32>
  %y = arith.mulf %n, %t : tensor<2x4xf32>
  return %n, %y : tensor<2x4xf32>, tensor<2x4xf32>
}

func.func private @outer(%i: index, %h: tensor<2x4xf32>, %s: tensor<f32>, %xs: tensor<40x2x4xf32>,
    %w: tensor<4x4xf32>, %v: tensor<4x4xf32>) -> (tensor<2x4xf32>, tensor<f32>) {
  %n, %ys = bptt.scan @inner reverse carry(%h : tensor<2x4xf32>) inputs(%xs : tensor<40x2x4xf32>)
      invariants(%w, %v : tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<2x4xf32>, tensor<40x2x4xf32>
  %sum = linalg.generic {indexing_maps = [#all, #total], iterator_types = ["reduction", "reduction", "reduction"]}
      ins(%ys : tensor<40x2x4xf32>) outs(%s : tensor<f32>) {
  ^bb0(%y: f32, %acc: f32):
    %square = arith.mulf %y, %y : f32
    %more = arith.addf %acc, %square : f32
    linalg.yield %more : f32
  } -> tensor<f32>
  return %n, %sum : tensor<2x4xf32>, tensor<f32>
}

func.func @loss(%xs: tensor<6x40x2x4xf32>, %h0: tensor<2x4xf32>, %w: tensor<4x4xf32>, %v: tensor<4x4xf32>)
    -> tensor<f32> {
  %none = arith.constant dense<0.0> : tensor<f32>
  %h, %loss = bptt.scan @outer carry(%h0, %none : tensor<2x4xf32>, tensor<f32>) inputs(%xs : tensor<6x40x2x4xf32>)
      invariants(%w, %v : tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<2x4xf32>, tensor<f32>
  return %loss : tensor<f32>
}
