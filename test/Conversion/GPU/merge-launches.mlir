// RUN: bptt-opt %s --bptt-form-kernels --split-input-file | FileCheck %s


// Products of the same factor do not wait for one another: the blocks of one come before those of the other, and what one
// needs of shared memory serves both.
// CHECK-LABEL: func @independent
// CHECK: %[[ALL:.*]] = arith.constant 12 : index
// CHECK: gpu.launch blocks(%[[BLOCK:[^,]*]], %{{[^,]*}}, %{{[^,]*}}) in (%{{[^,]*}} = %[[ALL]],
// CHECK-SAME: function(@independent_0_product)
// CHECK-SAME: workgroup(%{{[^,]*}} : memref<32x33xf64, {{[^,]*}}>, %{{[^,]*}} : memref<32x33xf64, {{[^,]*}}>) {
// CHECK: %[[SECOND:.*]] = arith.constant 4 : index
// CHECK: %[[FIRST:.*]] = arith.cmpi ult, %[[BLOCK]], %[[SECOND]]
// CHECK: scf.if %[[FIRST]]
// CHECK: gpu.barrier
// CHECK: } else {
// CHECK: arith.subi %[[BLOCK]],
// CHECK: gpu.barrier
// CHECK-NOT: gpu.launch
func.func @independent(%a: memref<64x64xf64>, %b: memref<64x64xf64>, %d: memref<64x128xf64>, %c: memref<64x64xf64>, %e: memref<64x128xf64>) {
  linalg.matmul ins(%a, %b : memref<64x64xf64>, memref<64x64xf64>) outs(%c : memref<64x64xf64>)
  linalg.matmul ins(%a, %d : memref<64x64xf64>, memref<64x128xf64>) outs(%e : memref<64x128xf64>)
  return
}

// -----

// The second reads what the first wrote.
// CHECK-LABEL: func @dependent
// CHECK-COUNT-2: gpu.launch
// CHECK-NOT: gpu.launch
func.func @dependent(%a: memref<64x64xf64>, %b: memref<64x64xf64>, %c: memref<64x64xf64>, %d: memref<64x64xf64>) {
  linalg.matmul ins(%a, %b : memref<64x64xf64>, memref<64x64xf64>) outs(%c : memref<64x64xf64>)
  linalg.matmul ins(%c, %b : memref<64x64xf64>, memref<64x64xf64>) outs(%d : memref<64x64xf64>)
  return
}

// -----

// What is one of two buffers may be either of them, and is neither of others.
// CHECK-LABEL: func @chosen
// CHECK-COUNT-2: gpu.launch
// CHECK-NOT: gpu.launch
func.func @chosen(%first: i1, %a: memref<64x64xf64>, %b: memref<64x64xf64>, %c: memref<64x64xf64>, %d: memref<64x64xf64>) {
  %chosen = arith.select %first, %c, %d : memref<64x64xf64>
  linalg.matmul ins(%a, %b : memref<64x64xf64>, memref<64x64xf64>) outs(%chosen : memref<64x64xf64>)
  linalg.matmul ins(%c, %b : memref<64x64xf64>, memref<64x64xf64>) outs(%a : memref<64x64xf64>)
  return
}

// CHECK-LABEL: func @apart_from_chosen
// CHECK-COUNT-1: gpu.launch
// CHECK-NOT: gpu.launch
func.func @apart_from_chosen(%first: i1, %a: memref<64x64xf64>, %b: memref<64x64xf64>, %c: memref<64x64xf64>, %d: memref<64x64xf64>, %e: memref<64x64xf64>) {
  %chosen = arith.select %first, %c, %d : memref<64x64xf64>
  linalg.matmul ins(%a, %b : memref<64x64xf64>, memref<64x64xf64>) outs(%chosen : memref<64x64xf64>)
  linalg.matmul ins(%b, %b : memref<64x64xf64>, memref<64x64xf64>) outs(%e : memref<64x64xf64>)
  return
}

// -----

// A grid that is known only at run time stays apart.
// CHECK-LABEL: func @unknown_grid
// CHECK-COUNT-2: gpu.launch
// CHECK-NOT: gpu.launch
func.func @unknown_grid(%a: memref<64x64xf64>, %b: memref<64x64xf64>, %c: memref<64x64xf64>, %x: memref<?xf64>, %y: memref<?xf64>) {
  linalg.matmul ins(%a, %b : memref<64x64xf64>, memref<64x64xf64>) outs(%c : memref<64x64xf64>)
  memref.copy %x, %y : memref<?xf64> to memref<?xf64>
  return
}

// -----

#row = affine_map<(i, j) -> (i)>
#all = affine_map<(i, j) -> (i, j)>

// A softmax: each block does a row, first the maximum, then the sum, then the quotients.
// CHECK-LABEL: func @softmax
// CHECK: gpu.launch blocks({{.*}}) in (%{{[^,]*}} = %c16{{.*}} threads({{.*}}) in (%{{[^,]*}} = %c32
// CHECK-SAME: function(@softmax_0_rows)
// CHECK: arith.maximumf
// CHECK: gpu.shuffle
// CHECK: gpu.barrier
// CHECK: arith.addf
// CHECK: gpu.barrier
// CHECK: scf.for %{{.*}} = %{{.*}} to %c32{{.*}} step %c32
// CHECK: arith.divf
// CHECK-NOT: gpu.launch
func.func @softmax(%x: memref<16x128xf32>, %most: memref<16xf32>, %sum: memref<16xf32>, %y: memref<16x128xf32>) {
  %least = arith.constant 0xFF800000 : f32
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%least : f32) outs(%most : memref<16xf32>)
  linalg.generic {indexing_maps = [#all, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<16x128xf32>) outs(%most : memref<16xf32>) {
  ^bb0(%a: f32, %old: f32):
    %m = arith.maximumf %old, %a : f32
    linalg.yield %m : f32
  }
  linalg.fill ins(%zero : f32) outs(%sum : memref<16xf32>)
  linalg.generic {indexing_maps = [#all, #row, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x, %most : memref<16x128xf32>, memref<16xf32>) outs(%sum : memref<16xf32>) {
  ^bb0(%a: f32, %m: f32, %old: f32):
    %d = arith.subf %a, %m : f32
    %s = arith.addf %old, %d : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [#all, #row, #all], iterator_types = ["parallel", "parallel"]}
      ins(%x, %sum : memref<16x128xf32>, memref<16xf32>) outs(%y : memref<16x128xf32>) {
  ^bb0(%a: f32, %s: f32, %old: f32):
    %q = arith.divf %a, %s : f32
    linalg.yield %q : f32
  }
  return
}

// -----

#row = affine_map<(i, j) -> (i)>
#all = affine_map<(i, j) -> (i, j)>

// The sum of a row is spread over a column: another block's.
// CHECK-LABEL: func @across_rows
// CHECK-COUNT-2: gpu.launch
// CHECK-NOT: gpu.launch
func.func @across_rows(%x: memref<128x128xf32>, %sum: memref<128xf32>, %y: memref<128x128xf32>) {
  linalg.generic {indexing_maps = [#all, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<128x128xf32>) outs(%sum : memref<128xf32>) {
  ^bb0(%a: f32, %old: f32):
    %s = arith.addf %old, %a : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (j)>, #all], iterator_types = ["parallel", "parallel"]}
      ins(%sum : memref<128xf32>) outs(%y : memref<128x128xf32>) {
  ^bb0(%s: f32, %old: f32):
    linalg.yield %s : f32
  }
  return
}
