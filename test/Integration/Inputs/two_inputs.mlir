// One scan over two sequences whose length is known only at run time.

func.func private @cell(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %0 = arith.mulf %h, %x : tensor<4xf32>
  %1 = arith.addf %0, %y : tensor<4xf32>
  %2 = math.tanh %1 : tensor<4xf32>
  return %2 : tensor<4xf32>
}

func.func @loss(%h0: tensor<4xf32>, %xs: tensor<?x4xf32>, %ys: tensor<?x4xf32>) -> f32 {
  %h = bptt.scan @cell carry(%h0 : tensor<4xf32>) inputs(%xs, %ys : tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<4xf32>
  %c = arith.constant 2 : index
  %loss = tensor.extract %h[%c] : tensor<4xf32>
  return %loss : f32
}

// A part of the length is fixed.
func.func @mixed(%h0: tensor<4xf32>, %xs: tensor<7x4xf32>, %ys: tensor<?x4xf32>) -> f32 {
  %h = bptt.scan @cell carry(%h0 : tensor<4xf32>) inputs(%xs, %ys : tensor<7x4xf32>, tensor<?x4xf32>) -> tensor<4xf32>
  %c = arith.constant 2 : index
  %loss = tensor.extract %h[%c] : tensor<4xf32>
  return %loss : f32
}
