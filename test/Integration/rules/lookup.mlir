// A table lookup inside a step, with tokens that repeat, and one outside.

#id = affine_map<(b, j) -> (b, j)>
#row = affine_map<(b, j) -> (b)>
func.func private @cell(%i: index, %h: tensor<3x4xf32>, %tokens: tensor<3xi32>, %table: tensor<5x4xf32>) -> tensor<3x4xf32> {
  %e = tensor.empty() : tensor<3x4xf32>
  %next = linalg.generic {indexing_maps = [#row, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%tokens, %h : tensor<3xi32>, tensor<3x4xf32>) outs(%e : tensor<3x4xf32>) {
  ^bb0(%token: i32, %a: f32, %unused: f32):
    %word = arith.index_cast %token : i32 to index
    %j = linalg.index 1 : index
    %x = tensor.extract %table[%word, %j] : tensor<5x4xf32>
    %scaled = arith.mulf %x, %a : f32
    %sum = arith.addf %scaled, %x : f32
    %y = math.tanh %sum : f32
    linalg.yield %y : f32
  } -> tensor<3x4xf32>
  return %next : tensor<3x4xf32>
}

func.func @loss(%h0: tensor<3x4xf32>, %table: tensor<5x4xf32>) -> f32 {
  %tokens = arith.constant dense<[[0, 3, 1], [1, 1, 2], [3, 3, 3], [4, 0, 4]]> : tensor<4x3xi32>
  %first = arith.constant dense<[1, 1, 2]> : tensor<3xi32>
  %h = bptt.scan @cell carry(%h0 : tensor<3x4xf32>) inputs(%tokens : tensor<4x3xi32>)
      invariants(%table : tensor<5x4xf32>) -> tensor<3x4xf32>
  %c0 = arith.constant 0 : index
  %last = func.call @cell(%c0, %h, %first, %table) : (index, tensor<3x4xf32>, tensor<3xi32>, tensor<5x4xf32>) -> tensor<3x4xf32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %total = linalg.reduce {arith.addf} ins(%last : tensor<3x4xf32>) outs(%zero : tensor<f32>) dimensions = [0, 1]
  %loss = tensor.extract %total[] : tensor<f32>
  return %loss : f32
}
