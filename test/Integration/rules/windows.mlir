// Maps that are no projected permutation: a convolution, a diagonal, an operand of extent one.

#window = affine_map<(i, k) -> (i + k)>
#kernel = affine_map<(i, k) -> (k)>
#out = affine_map<(i, k) -> (i)>
#diagonal = affine_map<(i) -> (i, i)>
#first = affine_map<(i) -> (0, i)>
#id = affine_map<(i) -> (i)>
func.func @loss(%x: tensor<8xf32>, %k: tensor<3xf32>, %m: tensor<6x6xf32>, %r: tensor<1x6xf32>) -> f32 {
  %zero = arith.constant 0.0 : f32
  %scalar = tensor.empty() : tensor<f32>
  %none = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %e = tensor.empty() : tensor<6xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<6xf32>) -> tensor<6xf32>
  %smooth = linalg.generic {indexing_maps = [#window, #kernel, #out], iterator_types = ["parallel", "reduction"]}
      ins(%x, %k : tensor<8xf32>, tensor<3xf32>) outs(%z : tensor<6xf32>) {
  ^bb0(%a: f32, %b: f32, %sum: f32):
    %product = arith.mulf %a, %b : f32
    %more = arith.addf %sum, %product : f32
    linalg.yield %more : f32
  } -> tensor<6xf32>
  %scaled = linalg.generic {indexing_maps = [#id, #diagonal, #first, #id], iterator_types = ["parallel"]}
      ins(%smooth, %m, %r : tensor<6xf32>, tensor<6x6xf32>, tensor<1x6xf32>) outs(%e : tensor<6xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32, %unused: f32):
    %product = arith.mulf %a, %b : f32
    %more = arith.mulf %product, %c : f32
    %y = math.tanh %more : f32
    linalg.yield %y : f32
  } -> tensor<6xf32>
  %square = arith.mulf %scaled, %scaled : tensor<6xf32>
  %sum = linalg.reduce {arith.addf} ins(%square : tensor<6xf32>) outs(%none : tensor<f32>) dimensions = [0]
  %loss = tensor.extract %sum[] : tensor<f32>
  return %loss : f32
}
