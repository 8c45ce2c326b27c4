// A recurrence whose activation sums three waves: with the product alone on its tape, a backward evaluates them again.
#id = affine_map<(b, h) -> (b, h)>

func.func private @waves(%t: index, %h: tensor<16x64xf32>, %w: tensor<64x64xf32>) -> (tensor<16x64xf32>, tensor<f32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<16x64xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<16x64xf32>) -> tensor<16x64xf32>
  %u = linalg.matmul ins(%h, %w : tensor<16x64xf32>, tensor<64x64xf32>) outs(%z : tensor<16x64xf32>) -> tensor<16x64xf32>
  %next = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%u : tensor<16x64xf32>) outs(%e : tensor<16x64xf32>) {
  ^bb0(%product: f32, %out: f32):
    %small = arith.constant 0.02 : f32
    %x = arith.mulf %product, %small : f32
    %2 = arith.constant 2.0 : f32
    %3 = arith.constant 3.0 : f32
    %x2 = arith.mulf %x, %2 : f32
    %x3 = arith.mulf %x, %3 : f32
    %s1 = math.sin %x : f32
    %s2 = math.sin %x2 : f32
    %s3 = math.sin %x3 : f32
    %s12 = arith.addf %s1, %s2 : f32
    %s = arith.addf %s12, %s3 : f32
    %y = math.tanh %s : f32
    %leak = arith.mulf %s, %small : f32
    %next = arith.subf %y, %leak : f32
    linalg.yield %next : f32
  } -> tensor<16x64xf32>
  %e0 = tensor.empty() : tensor<f32>
  %z0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<f32>) -> tensor<f32>
  %l = linalg.reduce {arith.addf} ins(%next : tensor<16x64xf32>) outs(%z0 : tensor<f32>) dimensions = [0, 1]
  return %next, %l : tensor<16x64xf32>, tensor<f32>
}

func.func @loss(%h: tensor<16x64xf32>, %w: tensor<64x64xf32>) -> tensor<f32> {
  %steps = arith.constant 50 : index
  %last, %ls = bptt.scan @waves carry(%h : tensor<16x64xf32>) invariants(%w : tensor<64x64xf32>) steps(%steps)
    -> tensor<16x64xf32>, tensor<50xf32>
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<f32>
  %z0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<f32>) -> tensor<f32>
  %l = linalg.reduce {arith.addf} ins(%ls : tensor<50xf32>) outs(%z0 : tensor<f32>) dimensions = [0]
  return %l : tensor<f32>
}
