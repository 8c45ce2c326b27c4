// Steps that share a cell and weights beside others, a carry that is an integer, outputs of some steps, and a scan that
// runs beside the chain within the same budget.

#all = affine_map<(n) -> (n)>
#none = affine_map<(n) -> ()>

// Counts how often it was applied, and lets the count matter.
func.func private @turn(%i: index, %h: tensor<48xf32>, %n: tensor<1xi32>, %w: tensor<48xf32>)
    -> (tensor<48xf32>, tensor<1xi32>, tensor<48xf32>) {
  %one = arith.constant dense<1> : tensor<1xi32>
  %next_n = arith.addi %n, %one : tensor<1xi32>
  %float = arith.sitofp %next_n : tensor<1xi32> to tensor<1xf32>
  %zero = arith.constant 0 : index
  %count = tensor.extract %float[%zero] : tensor<1xf32>
  %empty = tensor.empty() : tensor<48xf32>
  %next = linalg.generic {indexing_maps = [#all, #all, #none, #all], iterator_types = ["parallel"]}
      ins(%h, %w, %count : tensor<48xf32>, tensor<48xf32>, f32) outs(%empty : tensor<48xf32>) {
  ^bb0(%x: f32, %y: f32, %c: f32, %out: f32):
    %p = arith.mulf %x, %y : f32
    %s = math.sin %p : f32
    %d = arith.divf %s, %c : f32
    %sum = arith.addf %x, %d : f32
    linalg.yield %sum : f32
  } -> tensor<48xf32>
  %output = math.exp %next : tensor<48xf32>
  return %next, %next_n, %output : tensor<48xf32>, tensor<1xi32>, tensor<48xf32>
}

func.func private @halve(%i: index, %h: tensor<48xf32>, %n: tensor<1xi32>, %w: tensor<48xf32>)
    -> (tensor<24xf32>, tensor<1xi32>) {
  %low = tensor.extract_slice %h[0] [24] [1] : tensor<48xf32> to tensor<24xf32>
  %high = tensor.extract_slice %h[24] [24] [1] : tensor<48xf32> to tensor<24xf32>
  %v = tensor.extract_slice %w[7] [24] [1] : tensor<48xf32> to tensor<24xf32>
  %product = arith.mulf %low, %high : tensor<24xf32>
  %sum = arith.addf %product, %v : tensor<24xf32>
  %next = math.tanh %sum : tensor<24xf32>
  return %next, %n : tensor<24xf32>, tensor<1xi32>
}

func.func private @mean(%i: index, %h: tensor<24xf32>, %n: tensor<1xi32>, %w: tensor<24xf32>)
    -> (tensor<24xf32>, tensor<1xi32>) {
  %x = arith.mulf %h, %w : tensor<24xf32>
  %y = math.tanh %x : tensor<24xf32>
  %z = arith.mulf %y, %h : tensor<24xf32>
  %next = math.cos %z : tensor<24xf32>
  return %next, %n : tensor<24xf32>, tensor<1xi32>
}

func.func private @walk(%i: index, %h: tensor<24xf32>, %x: tensor<24xf32>) -> tensor<24xf32> {
  %0 = arith.mulf %h, %x : tensor<24xf32>
  %1 = math.tanh %0 : tensor<24xf32>
  %2 = arith.addf %1, %h : tensor<24xf32>
  return %2 : tensor<24xf32>
}

func.func @loss(%h0: tensor<48xf32>, %w0: tensor<48xf32>, %w1: tensor<48xf32>, %v: tensor<24xf32>,
    %xs: tensor<20x24xf32>) -> tensor<f32> {
  %n0 = arith.constant dense<0> : tensor<1xi32>
  %h1, %n1, %y1 = bptt.step @turn at 0 carry(%h0, %n0 : tensor<48xf32>, tensor<1xi32>) inputs(%w0 : tensor<48xf32>)
      -> tensor<48xf32>, tensor<1xi32>, tensor<48xf32>
  %h2, %n2, %y2 = bptt.step @turn at 1 carry(%h1, %n1 : tensor<48xf32>, tensor<1xi32>) inputs(%w1 : tensor<48xf32>)
      -> tensor<48xf32>, tensor<1xi32>, tensor<48xf32>
  %h3, %n3, %y3 = bptt.step @turn at 2 carry(%h2, %n2 : tensor<48xf32>, tensor<1xi32>) inputs(%w0 : tensor<48xf32>)
      -> tensor<48xf32>, tensor<1xi32>, tensor<48xf32>
  %h4, %n4 = bptt.step @halve at 3 carry(%h3, %n3 : tensor<48xf32>, tensor<1xi32>) invariants(%w1 : tensor<48xf32>)
      -> tensor<24xf32>, tensor<1xi32>
  %h5, %n5 = bptt.step @mean at 4 carry(%h4, %n4 : tensor<24xf32>, tensor<1xi32>) invariants(%v : tensor<24xf32>)
      -> tensor<24xf32>, tensor<1xi32>
  %h6, %n6 = bptt.step @mean at 5 carry(%h5, %n5 : tensor<24xf32>, tensor<1xi32>) invariants(%v : tensor<24xf32>)
      -> tensor<24xf32>, tensor<1xi32>
  %end = bptt.scan @walk carry(%h6 : tensor<24xf32>) inputs(%xs : tensor<20x24xf32>) -> tensor<24xf32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %sum = linalg.generic {indexing_maps = [#all, #none], iterator_types = ["reduction"]}
      ins(%end : tensor<24xf32>) outs(%zero : tensor<f32>) {
  ^bb0(%x: f32, %acc: f32):
    %s = arith.mulf %x, %x : f32
    %new = arith.addf %acc, %s : f32
    linalg.yield %new : f32
  } -> tensor<f32>
  %loss = linalg.generic {indexing_maps = [#all, #all, #none], iterator_types = ["reduction"]}
      ins(%y1, %y3 : tensor<48xf32>, tensor<48xf32>) outs(%sum : tensor<f32>) {
  ^bb0(%x: f32, %y: f32, %acc: f32):
    %d = arith.subf %x, %y : f32
    %new = arith.addf %acc, %d : f32
    linalg.yield %new : f32
  } -> tensor<f32>
  return %loss : tensor<f32>
}
