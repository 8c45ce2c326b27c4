// Products of matrices, vectors and batches of them.

#lhs = affine_map<(i, j, k) -> (k, i)>
#rhs = affine_map<(i, j, k) -> (j, k)>
#out = affine_map<(i, j, k) -> (i, j)>
func.func @loss(%a: tensor<3x4xf32>, %b: tensor<4x5xf32>, %v: tensor<4xf32>, %u: tensor<3xf32>,
    %s: tensor<2x3x4xf32>, %t: tensor<2x4x3xf32>) -> tensor<f32> {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<3x5xf32>
  %z0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<3x5xf32>) -> tensor<3x5xf32>
  %ab = linalg.matmul ins(%a, %b : tensor<3x4xf32>, tensor<4x5xf32>) outs(%z0 : tensor<3x5xf32>) -> tensor<3x5xf32>
  %e1 = tensor.empty() : tensor<3xf32>
  %z1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<3xf32>) -> tensor<3xf32>
  %av = linalg.matvec ins(%a, %v : tensor<3x4xf32>, tensor<4xf32>) outs(%u : tensor<3xf32>) -> tensor<3xf32>
  %e2 = tensor.empty() : tensor<5xf32>
  %z2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<5xf32>) -> tensor<5xf32>
  %vab = linalg.vecmat ins(%av, %ab : tensor<3xf32>, tensor<3x5xf32>) outs(%z2 : tensor<5xf32>) -> tensor<5xf32>
  %e3 = tensor.empty() : tensor<2x3x3xf32>
  %z3 = linalg.fill ins(%zero : f32) outs(%e3 : tensor<2x3x3xf32>) -> tensor<2x3x3xf32>
  %st = linalg.batch_matmul ins(%s, %t : tensor<2x3x4xf32>, tensor<2x4x3xf32>) outs(%z3 : tensor<2x3x3xf32>) -> tensor<2x3x3xf32>
  %e4 = tensor.empty() : tensor<5x3xf32>
  %z4 = linalg.fill ins(%zero : f32) outs(%e4 : tensor<5x3xf32>) -> tensor<5x3xf32>
  %transposed = linalg.generic {indexing_maps = [#lhs, #rhs, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%b, %a : tensor<4x5xf32>, tensor<3x4xf32>) outs(%z4 : tensor<5x3xf32>) {
  ^bb0(%x: f32, %y: f32, %sum: f32):
    %product = arith.mulf %x, %y : f32
    %more = arith.addf %sum, %product : f32
    linalg.yield %more : f32
  } -> tensor<5x3xf32>
  %e5 = tensor.empty() : tensor<5xf32>
  %z5 = linalg.fill ins(%zero : f32) outs(%e5 : tensor<5xf32>) -> tensor<5xf32>
  %w = linalg.matvec ins(%transposed, %av : tensor<5x3xf32>, tensor<3xf32>) outs(%z5 : tensor<5xf32>) -> tensor<5xf32>
  %e6 = tensor.empty() : tensor<f32>
  %z6 = linalg.fill ins(%zero : f32) outs(%e6 : tensor<f32>) -> tensor<f32>
  %dot = linalg.dot ins(%w, %vab : tensor<5xf32>, tensor<5xf32>) outs(%z6 : tensor<f32>) -> tensor<f32>
  %sq = arith.mulf %st, %st : tensor<2x3x3xf32>
  %loss = linalg.reduce {arith.addf} ins(%sq : tensor<2x3x3xf32>) outs(%dot : tensor<f32>) dimensions = [0, 1, 2]
  return %loss : tensor<f32>
}
