// The sum of every row of what a recurrence of any length stacks, starting from 7: with no step there is no row.

func.func private @cell(%i: index, %h: tensor<64xf32>, %x: tensor<64xf32>) -> (tensor<64xf32>, tensor<64xf32>) {
  %empty = tensor.empty() : tensor<64xf32>
  %next = linalg.add ins(%h, %x : tensor<64xf32>, tensor<64xf32>) outs(%empty : tensor<64xf32>) -> tensor<64xf32>
  %square = linalg.mul ins(%next, %next : tensor<64xf32>, tensor<64xf32>) outs(%empty : tensor<64xf32>) -> tensor<64xf32>
  return %next, %square : tensor<64xf32>, tensor<64xf32>
}

func.func @loss(%xs: tensor<?x64xf32>, %h0: tensor<64xf32>) -> tensor<f32> {
  %h, %ys = bptt.scan @cell carry(%h0 : tensor<64xf32>) inputs(%xs : tensor<?x64xf32>) -> tensor<64xf32>, tensor<?x64xf32>
  %c0 = arith.constant 0 : index
  %length = tensor.dim %xs, %c0 : tensor<?x64xf32>
  %seven = arith.constant 7.0 : f32
  %rows = tensor.empty(%length) : tensor<?xf32>
  %sevens = linalg.fill ins(%seven : f32) outs(%rows : tensor<?xf32>) -> tensor<?xf32>
  %sums = linalg.reduce {arith.addf} ins(%ys : tensor<?x64xf32>) outs(%sevens : tensor<?xf32>) dimensions = [1]
  %scalar = tensor.empty() : tensor<f32>
  %start = linalg.fill ins(%seven : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %loss = linalg.reduce {arith.addf} ins(%sums : tensor<?xf32>) outs(%start : tensor<f32>) dimensions = [0]
  return %loss : tensor<f32>
}
