// RUN: bptt-opt %s --bptt-form-kernels --canonicalize --cse | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#none = affine_map<(i, j) -> ()>

// One sum: four times 16 bytes at once, in eight partial sums, then the threads of a warp, then the warps.
// CHECK-LABEL: func @one_sum
// CHECK: gpu.launch {{.*}} = %c1, {{.*}} threads({{.*}} = %c512, {{.*}} workgroup(%[[SHARED:.*]] : memref<16x1xf32,
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %c8192{{.*}} step %c2048
// CHECK-COUNT-4: vector.load {{.*}} {alignment = 16 : i64} : memref<64x1024xbf16>, vector<8xbf16>
// CHECK-NOT: vector.load
// CHECK-COUNT-32: arith.mulf
// CHECK: scf.yield
// CHECK-COUNT-5: gpu.shuffle xor
// CHECK-NOT: gpu.shuffle
// CHECK: memref.store %{{.*}}, %[[SHARED]]
// CHECK: gpu.barrier
// CHECK-COUNT-16: memref.load %[[SHARED]]
// CHECK-NOT: gpu.barrier
func.func @one_sum(%a: memref<64x1024xbf16>, %sum: memref<f32>) {
  linalg.generic {indexing_maps = [#id, #none], iterator_types = ["reduction", "reduction"]}
      ins(%a : memref<64x1024xbf16>) outs(%sum : memref<f32>) {
  ^bb0(%x: bf16, %so_far: f32):
    %wide = arith.extf %x : bf16 to f32
    %square = arith.mulf %wide, %wide : f32
    %more = arith.addf %so_far, %square : f32
    linalg.yield %more : f32
  }
  return
}

// Sums of columns: a block for 32 of them, eight threads side by side with four each and sixteen behind one another.
// CHECK-LABEL: func @column_sums
// CHECK: gpu.launch {{.*}} = %c128, {{.*}} threads({{.*}} = %c128{{.*}}, {{.*}} workgroup(%{{.*}} : memref<4x32xf32,
// CHECK-COUNT-4: vector.load {{.*}} {alignment = 16 : i64} : memref<64x4096xf32>, vector<4xf32>
// CHECK-NOT: vector.load
// CHECK-COUNT-8: gpu.shuffle xor
// CHECK-NOT: gpu.shuffle
// CHECK: gpu.barrier
// CHECK-NOT: gpu.launch
func.func @column_sums(%a: memref<64x4096xf32>, %sums: memref<4096xf32>) {
  linalg.reduce {arith.addf} ins(%a : memref<64x4096xf32>) outs(%sums : memref<4096xf32>) dimensions = [0]
  return
}

// Not aligned: the same threads add the same terms, read one by one.
// CHECK-LABEL: func @not_aligned
// CHECK: gpu.launch {{.*}} = %c128, {{.*}} threads({{.*}} = %c128{{.*}}, {{.*}} workgroup(%{{.*}} : memref<4x32xf32,
// CHECK-NOT: vector.load
// CHECK-COUNT-16: memref.load {{.*}} : memref<64x4096xf32, strided<[4097, 1]>>
// CHECK-COUNT-8: gpu.shuffle xor
func.func @not_aligned(%all: memref<64x4097xf32>, %sums: memref<4096xf32>) {
  %a = memref.subview %all[0, 0] [64, 4096] [1, 1] : memref<64x4097xf32> to memref<64x4096xf32, strided<[4097, 1]>>
  linalg.reduce {arith.addf} ins(%a : memref<64x4096xf32, strided<[4097, 1]>>) outs(%sums : memref<4096xf32>) dimensions = [0]
  return
}

// Perhaps no row at all: the block that is launched nevertheless does nothing.
// CHECK-LABEL: func @open_rows
// CHECK: %[[ROWS:.*]] = memref.dim %{{.*}}, %c0
// CHECK: gpu.launch blocks(%[[BLOCK:[a-z0-9]+]],
// CHECK: %[[WORKS:.*]] = arith.cmpi ult, %[[BLOCK]], %[[ROWS]]
// CHECK: scf.if %[[WORKS]] {
// CHECK: vector.load
// CHECK: gpu.barrier
// CHECK: memref.store
func.func @open_rows(%a: memref<?x64xf32>, %sums: memref<?xf32>) {
  linalg.reduce {arith.addf} ins(%a : memref<?x64xf32>) outs(%sums : memref<?xf32>) dimensions = [1]
  return
}
