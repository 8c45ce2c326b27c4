// Carries that change places, as they are and in another shape: what an adjoint updates is what another result was. The
// input of a step is a carry of the next, which hands it on.
func.func private @cell(%t: index, %a: tensor<4xf32>, %b: tensor<2x2xf32>, %c: tensor<4xf32>, %d: tensor<4xf32>,
    %x: tensor<4xf32>) -> (tensor<4xf32>, tensor<2x2xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %scaled = arith.mulf %a, %x : tensor<4xf32>
  %sum = arith.addf %scaled, %d : tensor<4xf32>
  %y = math.tanh %sum : tensor<4xf32>
  %p = tensor.expand_shape %c [[0, 1]] output_shape [2, 2] : tensor<4xf32> into tensor<2x2xf32>
  %q = tensor.collapse_shape %b [[0, 1]] : tensor<2x2xf32> into tensor<4xf32>
  return %q, %p, %a, %x, %y : tensor<4xf32>, tensor<2x2xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// The adjoint of this one does nothing but exchange.
func.func private @exchange(%t: index, %a: tensor<4xf32>, %b: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  return %b, %a : tensor<4xf32>, tensor<4xf32>
}

func.func @loss(%a: tensor<4xf32>, %b: tensor<2x2xf32>, %c: tensor<4xf32>, %d: tensor<4xf32>, %x: tensor<7x4xf32>)
    -> tensor<f32> {
  %last:4, %ys = bptt.scan @cell carry(%a, %b, %c, %d : tensor<4xf32>, tensor<2x2xf32>, tensor<4xf32>, tensor<4xf32>)
      inputs(%x : tensor<7x4xf32>)
      -> tensor<4xf32>, tensor<2x2xf32>, tensor<4xf32>, tensor<4xf32>, tensor<7x4xf32>
  %five = arith.constant 5 : index
  %e:2 = bptt.scan @exchange carry(%last#0, %last#2 : tensor<4xf32>, tensor<4xf32>) steps(%five)
      -> tensor<4xf32>, tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %product = arith.mulf %e#0, %last#3 : tensor<4xf32>
  %both = arith.addf %product, %e#1 : tensor<4xf32>
  %first = linalg.reduce { arith.addf } ins(%both : tensor<4xf32>) outs(%zero : tensor<f32>) dimensions = [0]
  %squares = arith.mulf %ys, %ys : tensor<7x4xf32>
  %loss = linalg.reduce { arith.addf } ins(%squares : tensor<7x4xf32>) outs(%first : tensor<f32>) dimensions = [0, 1]
  return %loss : tensor<f32>
}
