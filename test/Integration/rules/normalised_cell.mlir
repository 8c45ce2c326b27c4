// A cell with a normalisation over features: reductions inside the step.

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
#column = affine_map<(i, j) -> (j)>
func.func private @cell(%i: index, %h: tensor<2x6xf32>, %x: tensor<2x3xf32>, %w: tensor<3x6xf32>,
    %u: tensor<6x6xf32>, %gain: tensor<6xf32>, %shift: tensor<6xf32>) -> tensor<2x6xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x6xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<2x6xf32>) -> tensor<2x6xf32>
  %xw = linalg.matmul ins(%x, %w : tensor<2x3xf32>, tensor<3x6xf32>) outs(%z : tensor<2x6xf32>) -> tensor<2x6xf32>
  %a = linalg.matmul ins(%h, %u : tensor<2x6xf32>, tensor<6x6xf32>) outs(%xw : tensor<2x6xf32>) -> tensor<2x6xf32>
  %rows = tensor.empty() : tensor<2xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%rows : tensor<2xf32>) -> tensor<2xf32>
  %sum = linalg.reduce {arith.addf} ins(%a : tensor<2x6xf32>) outs(%zeros : tensor<2xf32>) dimensions = [1]
  %sixth = arith.constant 0.16666667 : f32
  %small = arith.constant 0.01 : f32
  %centred = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%a, %sum : tensor<2x6xf32>, tensor<2xf32>) outs(%e : tensor<2x6xf32>) {
  ^bb0(%v: f32, %s: f32, %unused: f32):
    %mean = arith.mulf %s, %sixth : f32
    %d = arith.subf %v, %mean : f32
    linalg.yield %d : f32
  } -> tensor<2x6xf32>
  %squares = arith.mulf %centred, %centred : tensor<2x6xf32>
  %variance = linalg.reduce {arith.addf} ins(%squares : tensor<2x6xf32>) outs(%zeros : tensor<2xf32>) dimensions = [1]
  %next = linalg.generic {indexing_maps = [#id, #row, #column, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%centred, %variance, %gain, %shift : tensor<2x6xf32>, tensor<2xf32>, tensor<6xf32>, tensor<6xf32>) outs(%e : tensor<2x6xf32>) {
  ^bb0(%v: f32, %s: f32, %g: f32, %b: f32, %unused: f32):
    %mean = arith.mulf %s, %sixth : f32
    %safe = arith.addf %mean, %small : f32
    %scale = math.rsqrt %safe : f32
    %n = arith.mulf %v, %scale : f32
    %ng = arith.mulf %n, %g : f32
    %ngb = arith.addf %ng, %b : f32
    %y = math.tanh %ngb : f32
    linalg.yield %y : f32
  } -> tensor<2x6xf32>
  return %next : tensor<2x6xf32>
}

func.func @loss(%xs: tensor<7x2x3xf32>, %h0: tensor<2x6xf32>, %w: tensor<3x6xf32>, %u: tensor<6x6xf32>,
    %gain: tensor<6xf32>, %shift: tensor<6xf32>) -> f32 {
  %h = bptt.scan @cell carry(%h0 : tensor<2x6xf32>) inputs(%xs : tensor<7x2x3xf32>)
      invariants(%w, %u, %gain, %shift : tensor<3x6xf32>, tensor<6x6xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<2x6xf32>
  %zero = arith.constant 0.0 : f32
  %scalar = tensor.empty() : tensor<f32>
  %none = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %cube = arith.mulf %h, %h : tensor<2x6xf32>
  %sq = arith.mulf %cube, %h : tensor<2x6xf32>
  %sum = linalg.reduce {arith.addf} ins(%sq : tensor<2x6xf32>) outs(%none : tensor<f32>) dimensions = [0, 1]
  %loss = tensor.extract %sum[] : tensor<f32>
  return %loss : f32
}
