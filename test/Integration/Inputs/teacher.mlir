// One cell in two scans, of which no gradient goes through the second: it runs as it is, and is not part of any plan.
func.func private @cell(%t: index, %h: tensor<8xf32>, %x: tensor<8xf32>, %w: tensor<8x8xf32>) -> tensor<8xf32> {
  %product = linalg.matvec ins(%w, %h : tensor<8x8xf32>, tensor<8xf32>) outs(%x : tensor<8xf32>) -> tensor<8xf32>
  %next = math.tanh %product : tensor<8xf32>
  return %next : tensor<8xf32>
}

func.func @loss(%xs: tensor<12x8xf32>, %h0: tensor<8xf32>, %w: tensor<8x8xf32> {bptt.wrt}, %teacher: tensor<8x8xf32>)
    -> tensor<f32> {
  %h = bptt.scan @cell carry(%h0 : tensor<8xf32>) inputs(%xs : tensor<12x8xf32>) invariants(%w : tensor<8x8xf32>)
      -> tensor<8xf32>
  %target = bptt.scan @cell carry(%h0 : tensor<8xf32>) inputs(%xs : tensor<12x8xf32>)
      invariants(%teacher : tensor<8x8xf32>) -> tensor<8xf32>
  %difference = arith.subf %h, %target : tensor<8xf32>
  %square = arith.mulf %difference, %difference : tensor<8xf32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %loss = linalg.reduce { arith.addf } ins(%square : tensor<8xf32>) outs(%zero : tensor<f32>) dimensions = [0]
  return %loss : tensor<f32>
}
