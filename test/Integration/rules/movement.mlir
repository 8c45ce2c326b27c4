// Slices, shapes, padding, concatenation, transposition, broadcasts, single elements.

func.func @loss(%x: tensor<4x6xf32>, %y: tensor<4x2xf32>, %b: tensor<6xf32>) -> f32 {
  %zero = arith.constant 0.0 : f32
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %left = tensor.extract_slice %x[0, 0] [4, 3] [1, 1] : tensor<4x6xf32> to tensor<4x3xf32>
  %right = tensor.extract_slice %x[0, 3] [4, 3] [1, 1] : tensor<4x6xf32> to tensor<4x3xf32>
  %middle = tensor.extract_slice %x[1, 2] [2, 2] [2, 1] : tensor<4x6xf32> to tensor<2x2xf32>
  %row = tensor.extract_slice %x[%c1, 0] [1, 6] [1, 1] : tensor<4x6xf32> to tensor<6xf32>
  %gated = arith.mulf %left, %right : tensor<4x3xf32>
  %joined = tensor.concat dim(1) %gated, %y, %gated : (tensor<4x3xf32>, tensor<4x2xf32>, tensor<4x3xf32>) -> tensor<4x8xf32>
  %changed = tensor.insert_slice %middle into %joined[1, 1] [2, 2] [1, 2] : tensor<2x2xf32> into tensor<4x8xf32>
  %split = tensor.expand_shape %changed [[0], [1, 2]] output_shape [4, 4, 2] : tensor<4x8xf32> into tensor<4x4x2xf32>
  %merged = tensor.collapse_shape %split [[0, 1], [2]] : tensor<4x4x2xf32> into tensor<16x2xf32>
  %flipped = tensor.empty() : tensor<2x16xf32>
  %turned = linalg.transpose ins(%merged : tensor<16x2xf32>) outs(%flipped : tensor<2x16xf32>) permutation = [1, 0]
  %padded = tensor.pad %turned low[1, 0] high[0, 2] {
  ^bb0(%i: index, %j: index):
    tensor.yield %zero : f32
  } : tensor<2x16xf32> to tensor<3x18xf32>
  %element = tensor.extract %x[%c2, %c1] : tensor<4x6xf32>
  %other = tensor.extract %b[%c2] : tensor<6xf32>
  %product = arith.mulf %element, %other : f32
  %spread = tensor.splat %product : tensor<3x18xf32>
  %pair = tensor.from_elements %element, %product : tensor<2xf32>
  %inserted = tensor.insert %product into %row[%c1] : tensor<6xf32>
  %long = tensor.empty() : tensor<6x2xf32>
  %wide = linalg.broadcast ins(%inserted : tensor<6xf32>) outs(%long : tensor<6x2xf32>) dimensions = [1]
  %pairs = linalg.broadcast ins(%pair : tensor<2xf32>) outs(%long : tensor<6x2xf32>) dimensions = [0]
  %sum = arith.mulf %padded, %spread : tensor<3x18xf32>
  %squares = arith.mulf %padded, %sum : tensor<3x18xf32>
  %mixed = arith.mulf %wide, %pairs : tensor<6x2xf32>
  %scalar = tensor.empty() : tensor<f32>
  %filled = linalg.fill ins(%other : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %one = linalg.reduce {arith.addf} ins(%squares : tensor<3x18xf32>) outs(%filled : tensor<f32>) dimensions = [0, 1]
  %two = linalg.reduce {arith.addf} ins(%mixed : tensor<6x2xf32>) outs(%one : tensor<f32>) dimensions = [0, 1]
  %loss = tensor.extract %two[] : tensor<f32>
  %squared = arith.mulf %loss, %loss : f32
  return %squared : f32
}
