// Sums, maxima and minima along dimensions, and the softmax made of them.

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
func.func @loss(%x: tensor<3x4xf32>, %y: tensor<3x4xf32>, %w: tensor<3xf32>) -> f32 {
  %zero = arith.constant 0.0 : f32
  %lowest = arith.constant 0xFF800000 : f32
  %highest = arith.constant 0x7F800000 : f32
  %rows = tensor.empty() : tensor<3xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%rows : tensor<3xf32>) -> tensor<3xf32>
  %low = linalg.fill ins(%lowest : f32) outs(%rows : tensor<3xf32>) -> tensor<3xf32>
  %high = linalg.fill ins(%highest : f32) outs(%rows : tensor<3xf32>) -> tensor<3xf32>
  %max = linalg.reduce {arith.maximumf} ins(%x : tensor<3x4xf32>) outs(%low : tensor<3xf32>) dimensions = [1]
  %min = linalg.generic {indexing_maps = [#id, #id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x, %y : tensor<3x4xf32>, tensor<3x4xf32>) outs(%high : tensor<3xf32>) {
  ^bb0(%a: f32, %b: f32, %least: f32):
    %product = arith.mulf %a, %b : f32
    %less = arith.minimumf %product, %least : f32
    linalg.yield %less : f32
  } -> tensor<3xf32>
  %sum = linalg.generic {indexing_maps = [#id, #row, #row], iterator_types = ["parallel", "reduction"]}
      ins(%y, %w : tensor<3x4xf32>, tensor<3xf32>) outs(%w : tensor<3xf32>) {
  ^bb0(%a: f32, %b: f32, %so_far: f32):
    %e = math.exp %a : f32
    %product = arith.mulf %e, %b : f32
    %more = arith.subf %so_far, %product : f32
    linalg.yield %more : f32
  } -> tensor<3xf32>
  %table = tensor.empty() : tensor<3x4xf32>
  %probability = linalg.softmax dimension(1) ins(%x : tensor<3x4xf32>) outs(%table : tensor<3x4xf32>) -> tensor<3x4xf32>
  %expected = arith.mulf %probability, %y : tensor<3x4xf32>
  %p = linalg.reduce {arith.addf} ins(%expected : tensor<3x4xf32>) outs(%zeros : tensor<3xf32>) dimensions = [1]
  %a = arith.mulf %max, %min : tensor<3xf32>
  %b = arith.mulf %sum, %p : tensor<3xf32>
  %c = arith.mulf %a, %b : tensor<3xf32>
  %scalar = tensor.empty() : tensor<f32>
  %none = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %total = linalg.reduce {arith.addf} ins(%c : tensor<3xf32>) outs(%none : tensor<f32>) dimensions = [0]
  %loss = tensor.extract %total[] : tensor<f32>
  return %loss : f32
}
