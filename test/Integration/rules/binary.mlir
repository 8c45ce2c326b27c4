// Functions of several variables, casts and selections.

func.func @loss(%x: tensor<3x4xf32>, %y: tensor<3x4xf32>) -> f32 {
  %one = arith.constant dense<1.0> : tensor<3x4xf32>
  %third = arith.constant dense<0.3> : tensor<3x4xf32>
  %square = arith.mulf %x, %x : tensor<3x4xf32>
  %p = arith.addf %square, %one : tensor<3x4xf32>
  %quotient = arith.divf %y, %p : tensor<3x4xf32>
  %power = math.powf %p, %y : tensor<3x4xf32>
  %fused = math.fma %x, %y, %quotient : tensor<3x4xf32>
  %larger = arith.maximumf %x, %y : tensor<3x4xf32>
  %smaller = arith.minimumf %x, %y : tensor<3x4xf32>
  %larger2 = arith.maxnumf %x, %power : tensor<3x4xf32>
  %smaller2 = arith.minnumf %fused, %y : tensor<3x4xf32>
  %clipped = arith.maximumf %fused, %third : tensor<3x4xf32>
  %above = arith.cmpf ogt, %x, %third : tensor<3x4xf32>
  %chosen = arith.select %above, %power, %quotient : tensor<3x4xi1>, tensor<3x4xf32>
  %narrow = arith.truncf %chosen : tensor<3x4xf32> to tensor<3x4xf16>
  %wide = arith.extf %narrow : tensor<3x4xf16> to tensor<3x4xf32>
  %a = arith.mulf %larger, %smaller : tensor<3x4xf32>
  %b = arith.subf %larger2, %smaller2 : tensor<3x4xf32>
  %c = arith.mulf %clipped, %wide : tensor<3x4xf32>
  %d = arith.mulf %a, %b : tensor<3x4xf32>
  %e = arith.subf %d, %c : tensor<3x4xf32>
  %zero = arith.constant 0.0 : f32
  %scalar = tensor.empty() : tensor<f32>
  %none = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %sum = linalg.reduce {arith.addf} ins(%e : tensor<3x4xf32>) outs(%none : tensor<f32>) dimensions = [0, 1]
  %loss = tensor.extract %sum[] : tensor<f32>
  return %loss : f32
}
