// A cell that comes with its own derivative, which a scan without a gradient has no use for.
func.func private @cell(%i: index, %h: tensor<4xf32>, %w: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %y = arith.mulf %h, %w : tensor<4xf32>
  %z = math.tanh %y : tensor<4xf32>
  return %y, %z : tensor<4xf32>, tensor<4xf32>
}
func.func private @my_taped(%i: index, %h: tensor<4xf32>, %w: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %y = arith.mulf %h, %w : tensor<4xf32>
  %z = math.tanh %y : tensor<4xf32>
  return %y, %z, %z : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}
func.func private @my_adjoint(%i: index, %r: tensor<4xf32>, %h: tensor<4xf32>, %y: tensor<4xf32>, %w: tensor<4xf32>,
    %dy: tensor<4xf32>, %dz: tensor<4xf32>, %dw: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %one = arith.constant dense<1.0> : tensor<4xf32>
  %r2 = arith.mulf %r, %r : tensor<4xf32>
  %d = arith.subf %one, %r2 : tensor<4xf32>
  %a = arith.mulf %dz, %d : tensor<4xf32>
  %b = arith.addf %dy, %a : tensor<4xf32>
  %dh = arith.mulf %b, %w : tensor<4xf32>
  %c = arith.mulf %b, %h : tensor<4xf32>
  %sum = arith.addf %dw, %c : tensor<4xf32>
  return %dh, %sum : tensor<4xf32>, tensor<4xf32>
}
func.func @loss(%h0: tensor<4xf32>, %w: tensor<4xf32>, %q: tensor<4xf32>) -> tensor<f32> {
  %n = arith.constant 30 : index
  %h, %zs = bptt.scan @cell taped @my_taped adjoint @my_adjoint carry(%h0 : tensor<4xf32>) invariants(%w : tensor<4xf32>)
      steps(%n) -> tensor<4xf32>, tensor<30x4xf32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %loss = linalg.reduce {arith.addf} ins(%zs : tensor<30x4xf32>) outs(%zero : tensor<f32>) dimensions = [0,1]
  %m = arith.mulf %q, %h : tensor<4xf32>
  %l2 = linalg.reduce {arith.addf} ins(%m : tensor<4xf32>) outs(%loss : tensor<f32>) dimensions = [0]
  return %l2 : tensor<f32>
}
