// One element of a state, at a place that follows from the step's index, for all elements of another.
func.func private @cell(%i: index, %h: tensor<4xf32>, %m: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %four = arith.constant 4 : index
  %k = arith.remui %i, %four : index
  %x = tensor.extract %h[%k] : tensor<4xf32>
  %y = arith.mulf %x, %x : f32
  %e = tensor.splat %y : tensor<4xf32>
  %s = arith.addf %m, %e : tensor<4xf32>
  %t = math.tanh %s : tensor<4xf32>
  return %t, %h : tensor<4xf32>, tensor<4xf32>
}
func.func @loss(%h0: tensor<4xf32>, %m0: tensor<4xf32>) -> tensor<f32> {
  %steps = arith.constant 7 : index
  %h:2 = bptt.scan @cell carry(%h0, %m0 : tensor<4xf32>, tensor<4xf32>) steps(%steps) -> tensor<4xf32>, tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %p = arith.mulf %h#0, %h#1 : tensor<4xf32>
  %loss = linalg.reduce { arith.addf } ins(%p : tensor<4xf32>) outs(%zero : tensor<f32>) dimensions = [0]
  return %loss : tensor<f32>
}
