// Carries of all kinds: one that counts, one that is not differentiated, one that only collects, one handed on; a rectifier and the step index.

#id = affine_map<(i, j) -> (i, j)>
func.func private @cell(%i: index, %n: tensor<i32>, %h: tensor<2x4xf32>, %total: tensor<2x4xf32>, %kept: tensor<2x4xf32>,
    %x: tensor<2x4xf32>, %token: tensor<i32>, %scale: tensor<2x4xf32>)
    -> (tensor<i32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<i32>) {
  %one = arith.constant 1 : i32
  %count = tensor.extract %n[] : tensor<i32>
  %more = arith.addi %count, %one : i32
  %next_n = tensor.from_elements %more : tensor<i32>
  %word = tensor.extract %token[] : tensor<i32>
  %e = tensor.empty() : tensor<2x4xf32>
  %next_h = linalg.generic {indexing_maps = [#id, #id, #id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%h, %x, %scale, %kept : tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>) outs(%e : tensor<2x4xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32, %d: f32, %unused: f32):
    %zero = arith.constant 0.0 : f32
    %tenth = arith.constant 0.1 : f32
    %step = arith.index_cast %i : index to i32
    %time = arith.sitofp %step : i32 to f32
    %j = linalg.index 1 : index
    %column = arith.index_cast %j : index to i32
    %hit = arith.cmpi eq, %column, %word : i32
    %p = arith.mulf %a, %c : f32
    %bt = arith.mulf %b, %time : f32
    %bs = arith.mulf %bt, %tenth : f32
    %s = arith.addf %p, %bs : f32
    %sd = arith.addf %s, %d : f32
    %r = arith.maximumf %sd, %zero : f32
    %q = math.sin %s : f32
    %y = arith.select %hit, %q, %r : f32
    linalg.yield %y : f32
  } -> tensor<2x4xf32>
  %squared = arith.mulf %next_h, %next_h : tensor<2x4xf32>
  %next_total = arith.addf %total, %squared : tensor<2x4xf32>
  %output = arith.mulf %next_h, %x : tensor<2x4xf32>
  return %next_n, %next_h, %next_total, %kept, %output, %next_n : tensor<i32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<i32>
}

func.func @loss(%xs: tensor<5x2x4xf32>, %h0: tensor<2x4xf32>, %scale: tensor<2x4xf32>, %kept: tensor<2x4xf32>) -> f32 {
  %zero = arith.constant 0.0 : f32
  %scalar = tensor.empty() : tensor<f32>
  %none = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %tokens = arith.constant dense<[0, 3, 1, 1, 2]> : tensor<5xi32>
  %n0 = arith.constant dense<0> : tensor<i32>
  %empty = tensor.empty() : tensor<2x4xf32>
  %t0 = linalg.fill ins(%zero : f32) outs(%empty : tensor<2x4xf32>) -> tensor<2x4xf32>
  %n, %h, %t, %k, %ys, %ns = bptt.scan @cell carry(%n0, %h0, %t0, %kept : tensor<i32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>)
      inputs(%xs, %tokens : tensor<5x2x4xf32>, tensor<5xi32>) invariants(%scale : tensor<2x4xf32>)
      -> tensor<i32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<5x2x4xf32>, tensor<5xi32>
  %one = linalg.reduce {arith.addf} ins(%t : tensor<2x4xf32>) outs(%none : tensor<f32>) dimensions = [0, 1]
  %two = linalg.reduce {arith.addf} ins(%ys : tensor<5x2x4xf32>) outs(%one : tensor<f32>) dimensions = [0, 1, 2]
  %loss = tensor.extract %two[] : tensor<f32>
  return %loss : f32
}
