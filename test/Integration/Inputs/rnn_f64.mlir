// A tanh recurrent network in double precision.

#id = affine_map<(d0, d1) -> (d0, d1)>
#scalar = affine_map<(d0, d1) -> ()>

func.func private @cell(%i: index, %h: tensor<2x8xf64>, %x: tensor<2x3xf64>,
    %w: tensor<3x8xf64>, %u: tensor<8x8xf64>, %b: tensor<8xf64>) -> (tensor<2x8xf64>, tensor<f64>) {
  %empty = tensor.empty() : tensor<2x8xf64>
  %bias = linalg.broadcast ins(%b : tensor<8xf64>) outs(%empty : tensor<2x8xf64>) dimensions = [0]
  %xw = linalg.matmul ins(%x, %w : tensor<2x3xf64>, tensor<3x8xf64>)
      outs(%bias : tensor<2x8xf64>) -> tensor<2x8xf64>
  %sum = linalg.matmul ins(%h, %u : tensor<2x8xf64>, tensor<8x8xf64>)
      outs(%xw : tensor<2x8xf64>) -> tensor<2x8xf64>
  %scale = arith.constant dense<0.5> : tensor<2x8xf64>
  %z = arith.mulf %sum, %scale : tensor<2x8xf64>
  %next = math.tanh %z : tensor<2x8xf64>

  %zero = arith.constant 0.0 : f64
  %weight = arith.constant 0.0625 : f64 // 1 / (2 * 8)
  %scalar = tensor.empty() : tensor<f64>
  %none = linalg.fill ins(%zero : f64) outs(%scalar : tensor<f64>) -> tensor<f64>
  %loss = linalg.generic {indexing_maps = [#id, #scalar], iterator_types = ["reduction", "reduction"]}
      ins(%next : tensor<2x8xf64>) outs(%none : tensor<f64>) {
  ^bb0(%a: f64, %acc: f64):
    %square = arith.mulf %a, %a : f64
    %weighted = arith.mulf %square, %weight : f64
    %more = arith.addf %acc, %weighted : f64
    linalg.yield %more : f64
  } -> tensor<f64>
  return %next, %loss : tensor<2x8xf64>, tensor<f64>
}

func.func @loss(%xs: tensor<24x2x3xf64>, %h0: tensor<2x8xf64>, %w: tensor<3x8xf64>,
    %u: tensor<8x8xf64>, %b: tensor<8xf64>) -> tensor<f64> {
  %h, %losses = bptt.scan @cell carry(%h0 : tensor<2x8xf64>) inputs(%xs : tensor<24x2x3xf64>)
      invariants(%w, %u, %b : tensor<3x8xf64>, tensor<8x8xf64>, tensor<8xf64>)
      -> tensor<2x8xf64>, tensor<24xf64>
  %zero = arith.constant 0.0 : f64
  %scalar = tensor.empty() : tensor<f64>
  %none = linalg.fill ins(%zero : f64) outs(%scalar : tensor<f64>) -> tensor<f64>
  %sum = linalg.reduce {arith.addf} ins(%losses : tensor<24xf64>) outs(%none : tensor<f64>) dimensions = [0]
  %weight = arith.constant dense<0.041666666666666664> : tensor<f64> // 1 / 24
  %loss = arith.mulf %sum, %weight : tensor<f64>
  return %loss : tensor<f64>
}
