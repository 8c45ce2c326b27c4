// One cell in two scans with different activity, one after the other and in reverse, and slices of one weight.

func.func private @cell(%i: index, %h: tensor<2x4xf32>, %x: tensor<2x4xf32>, %w: tensor<4x8xf32>) -> (tensor<2x4xf32>, tensor<2x4xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x4xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<2x4xf32>) -> tensor<2x4xf32>
  %wx = tensor.extract_slice %w[0, 0] [4, 4] [1, 1] : tensor<4x8xf32> to tensor<4x4xf32>
  %wh = tensor.extract_slice %w[0, 4] [4, 4] [1, 1] : tensor<4x8xf32> to tensor<4x4xf32>
  %a = linalg.matmul ins(%x, %wx : tensor<2x4xf32>, tensor<4x4xf32>) outs(%z : tensor<2x4xf32>) -> tensor<2x4xf32>
  %b = linalg.matmul ins(%h, %wh : tensor<2x4xf32>, tensor<4x4xf32>) outs(%a : tensor<2x4xf32>) -> tensor<2x4xf32>
  %next = math.tanh %b : tensor<2x4xf32>
  %y = arith.mulf %next, %h : tensor<2x4xf32>
  return %next, %y : tensor<2x4xf32>, tensor<2x4xf32>
}

func.func @loss(%xs: tensor<6x2x4xf32>, %h0: tensor<2x4xf32> {bptt.wrt}, %w: tensor<4x8xf32> {bptt.wrt}) -> (f32, tensor<2x4xf32>) {
  %zero = arith.constant 0.0 : f32
  %scalar = tensor.empty() : tensor<f32>
  %none = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %h1, %ys = bptt.scan @cell carry(%h0 : tensor<2x4xf32>) inputs(%xs : tensor<6x2x4xf32>)
      invariants(%w : tensor<4x8xf32>) -> tensor<2x4xf32>, tensor<6x2x4xf32>
  %h2, %zs = bptt.scan @cell reverse carry(%h1 : tensor<2x4xf32>) inputs(%ys : tensor<6x2x4xf32>)
      invariants(%w : tensor<4x8xf32>) -> tensor<2x4xf32>, tensor<6x2x4xf32>
  %h3, %us = bptt.scan @cell carry(%h2 : tensor<2x4xf32>) inputs(%xs : tensor<6x2x4xf32>)
      invariants(%w : tensor<4x8xf32>) -> tensor<2x4xf32>, tensor<6x2x4xf32>
  %one = linalg.reduce {arith.addf} ins(%h3 : tensor<2x4xf32>) outs(%none : tensor<f32>) dimensions = [0, 1]
  %two = linalg.reduce {arith.addf} ins(%zs : tensor<6x2x4xf32>) outs(%one : tensor<f32>) dimensions = [0, 1, 2]
  %loss = tensor.extract %two[] : tensor<f32>
  return %loss, %h1 : f32, tensor<2x4xf32>
}
