// A network whose layers differ: every step has weights of its own, some share a cell, and the states between them are
// of different widths. A chain of steps is planned like a recurrence: which states and tapes are kept, and which are
// computed again, each with its own bytes and its own cost.
//
//   bptt-run examples/chain.mlir --budget=70% --check

#all = affine_map<(n, o) -> (n, o)>
#none = affine_map<(n, o) -> ()>

// h' = tanh(h V / 8), 64 wide to 128
func.func private @widen(%i: index, %h: tensor<32x64xf32>, %v: tensor<64x128xf32>) -> tensor<32x128xf32> {
  %zero = arith.constant 0.0 : f32
  %scale = arith.constant dense<0.125> : tensor<32x128xf32>
  %empty = tensor.empty() : tensor<32x128xf32>
  %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<32x128xf32>) -> tensor<32x128xf32>
  %product = linalg.matmul ins(%h, %v : tensor<32x64xf32>, tensor<64x128xf32>) outs(%start : tensor<32x128xf32>)
      -> tensor<32x128xf32>
  %sum = arith.mulf %product, %scale : tensor<32x128xf32>
  %next = math.tanh %sum : tensor<32x128xf32>
  return %next : tensor<32x128xf32>
}

// h' = h + tanh(h W / 11 + b) / (i + 1): a residual layer that matters less the deeper it stands
func.func private @mix(%i: index, %h: tensor<32x128xf32>, %w: tensor<128x128xf32>, %b: tensor<128xf32>)
    -> tensor<32x128xf32> {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %scale = arith.constant 0.09 : f32
  %empty = tensor.empty() : tensor<32x128xf32>
  %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<32x128xf32>) -> tensor<32x128xf32>
  %product = linalg.matmul ins(%h, %w : tensor<32x128xf32>, tensor<128x128xf32>) outs(%start : tensor<32x128xf32>)
      -> tensor<32x128xf32>
  %bias = linalg.broadcast ins(%b : tensor<128xf32>) outs(%empty : tensor<32x128xf32>) dimensions = [0]
  %i32 = arith.index_cast %i : index to i32
  %depth = arith.sitofp %i32 : i32 to f32
  %next_depth = arith.addf %depth, %one : f32
  %next = linalg.generic {indexing_maps = [#all, #all, #all, #none, #all], iterator_types = ["parallel", "parallel"]}
      ins(%h, %product, %bias, %next_depth : tensor<32x128xf32>, tensor<32x128xf32>, tensor<32x128xf32>, f32)
      outs(%empty : tensor<32x128xf32>) {
  ^bb0(%old: f32, %p: f32, %c: f32, %d: f32, %out: f32):
    %scaled = arith.mulf %p, %scale : f32
    %sum = arith.addf %scaled, %c : f32
    %t = math.tanh %sum : f32
    %part = arith.divf %t, %d : f32
    %new = arith.addf %old, %part : f32
    linalg.yield %new : f32
  } -> tensor<32x128xf32>
  return %next : tensor<32x128xf32>
}

// h' = tanh(h V / 11), 128 wide to 32; an output of the step is the mean square of what came in.
func.func private @narrow(%i: index, %h: tensor<32x128xf32>, %v: tensor<128x32xf32>)
    -> (tensor<32x32xf32>, tensor<f32>) {
  %zero = arith.constant 0.0 : f32
  %scale = arith.constant dense<0.09> : tensor<32x32xf32>
  %empty = tensor.empty() : tensor<32x32xf32>
  %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<32x32xf32>) -> tensor<32x32xf32>
  %product = linalg.matmul ins(%h, %v : tensor<32x128xf32>, tensor<128x32xf32>) outs(%start : tensor<32x32xf32>)
      -> tensor<32x32xf32>
  %sum = arith.mulf %product, %scale : tensor<32x32xf32>
  %next = math.tanh %sum : tensor<32x32xf32>
  %scalar = tensor.empty() : tensor<f32>
  %nothing = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %energy = linalg.generic {indexing_maps = [#all, #none], iterator_types = ["reduction", "reduction"]}
      ins(%h : tensor<32x128xf32>) outs(%nothing : tensor<f32>) {
  ^bb0(%x: f32, %acc: f32):
    %mean = arith.constant 2.44140625e-4 : f32
    %square = arith.mulf %x, %x : f32
    %part = arith.mulf %square, %mean : f32
    %new = arith.addf %acc, %part : f32
    linalg.yield %new : f32
  } -> tensor<f32>
  return %next, %energy : tensor<32x32xf32>, tensor<f32>
}

// h' = tanh(h W / 6)
func.func private @settle(%i: index, %h: tensor<32x32xf32>, %w: tensor<32x32xf32>) -> tensor<32x32xf32> {
  %zero = arith.constant 0.0 : f32
  %scale = arith.constant dense<0.18> : tensor<32x32xf32>
  %empty = tensor.empty() : tensor<32x32xf32>
  %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<32x32xf32>) -> tensor<32x32xf32>
  %product = linalg.matmul ins(%h, %w : tensor<32x32xf32>, tensor<32x32xf32>) outs(%start : tensor<32x32xf32>)
      -> tensor<32x32xf32>
  %sum = arith.mulf %product, %scale : tensor<32x32xf32>
  %next = math.tanh %sum : tensor<32x32xf32>
  return %next : tensor<32x32xf32>
}

func.func @loss(%x: tensor<32x64xf32>, %v: tensor<64x128xf32> {bptt.wrt}, %w0: tensor<128x128xf32> {bptt.wrt},
    %w1: tensor<128x128xf32> {bptt.wrt}, %b: tensor<128xf32> {bptt.wrt}, %u: tensor<128x32xf32> {bptt.wrt},
    %s: tensor<32x32xf32> {bptt.wrt}) -> tensor<f32> {
  %h1 = bptt.step @widen at 0 carry(%x : tensor<32x64xf32>) invariants(%v : tensor<64x128xf32>) -> tensor<32x128xf32>
  %h2 = bptt.step @mix at 1 carry(%h1 : tensor<32x128xf32>)
      invariants(%w0, %b : tensor<128x128xf32>, tensor<128xf32>) -> tensor<32x128xf32>
  %h3 = bptt.step @mix at 2 carry(%h2 : tensor<32x128xf32>)
      invariants(%w1, %b : tensor<128x128xf32>, tensor<128xf32>) -> tensor<32x128xf32>
  %h4 = bptt.step @mix at 3 carry(%h3 : tensor<32x128xf32>)
      invariants(%w0, %b : tensor<128x128xf32>, tensor<128xf32>) -> tensor<32x128xf32>
  %h5 = bptt.step @mix at 4 carry(%h4 : tensor<32x128xf32>)
      invariants(%w1, %b : tensor<128x128xf32>, tensor<128xf32>) -> tensor<32x128xf32>
  %h6, %energy = bptt.step @narrow at 5 carry(%h5 : tensor<32x128xf32>) invariants(%u : tensor<128x32xf32>)
      -> tensor<32x32xf32>, tensor<f32>
  %h7 = bptt.step @settle at 6 carry(%h6 : tensor<32x32xf32>) invariants(%s : tensor<32x32xf32>) -> tensor<32x32xf32>
  %h8 = bptt.step @settle at 7 carry(%h7 : tensor<32x32xf32>) invariants(%s : tensor<32x32xf32>) -> tensor<32x32xf32>
  %h9 = bptt.step @settle at 8 carry(%h8 : tensor<32x32xf32>) invariants(%s : tensor<32x32xf32>) -> tensor<32x32xf32>
  %zero = arith.constant 0.0 : f32
  %scalar = tensor.empty() : tensor<f32>
  %nothing = linalg.fill ins(%zero : f32) outs(%scalar : tensor<f32>) -> tensor<f32>
  %square_mean = linalg.generic {indexing_maps = [#all, #none], iterator_types = ["reduction", "reduction"]}
      ins(%h9 : tensor<32x32xf32>) outs(%nothing : tensor<f32>) {
  ^bb0(%h: f32, %acc: f32):
    %mean = arith.constant 9.765625e-4 : f32
    %square = arith.mulf %h, %h : f32
    %part = arith.mulf %square, %mean : f32
    %new = arith.addf %acc, %part : f32
    linalg.yield %new : f32
  } -> tensor<f32>
  %tenth = arith.constant dense<0.1> : tensor<f32>
  %penalty = arith.mulf %energy, %tenth : tensor<f32>
  %loss = arith.addf %square_mean, %penalty : tensor<f32>
  return %loss : tensor<f32>
}
