// RUN: bptt-opt %s --bptt-call-products --canonicalize --cse --split-input-file | FileCheck %s

// A fill with zero right before goes into the product; the numbers are rows, columns, terms, strides from row to row of the
// result and the factors, their types (2 is f32), and flags.
// CHECK-LABEL: func @fill
// CHECK-SAME: %[[X:.*]]: memref<16x32xf32>, %[[W:.*]]: memref<32x64xf32>, %[[Z:.*]]: memref<16x64xf32>
// CHECK-NOT: linalg
// CHECK: %[[BASE:.*]], %{{.*}}, %{{.*}}:2, %{{.*}}:2 = memref.extract_strided_metadata %[[Z]]
// CHECK: memref.extract_aligned_pointer_as_index %[[BASE]]
// CHECK: memref.extract_strided_metadata %[[X]]
// CHECK: memref.extract_strided_metadata %[[W]]
// CHECK: call @bptt_cuda_product(%{{.*}}, %{{.*}}, %{{.*}}, %c16, %c64, %c32, %c64, %c32, %c64, %c2, %c2, %c0)
func.func @fill(%x: memref<16x32xf32>, %w: memref<32x64xf32>, %z: memref<16x64xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%z : memref<16x64xf32>)
  linalg.matmul ins(%x, %w : memref<16x32xf32>, memref<32x64xf32>) outs(%z : memref<16x64xf32>)
  return
}

// -----

// A fill with one stays, and the product is added (flag 4) to it.
// CHECK-LABEL: func @accumulate
// CHECK: linalg.fill
// CHECK: call @bptt_cuda_product({{.*}}, %c4)
func.func @accumulate(%x: memref<16x32xf32>, %w: memref<32x64xf32>, %z: memref<16x64xf32>) {
  %one = arith.constant 1.0 : f32
  linalg.fill ins(%one : f32) outs(%z : memref<16x64xf32>)
  linalg.matmul ins(%x, %w : memref<16x32xf32>, memref<32x64xf32>) outs(%z : memref<16x64xf32>)
  return
}

// -----

// dW += x^T dz of columns 8 to 24 of a wider matrix: the left factor transposed (1), added (4); rows of 48 elements.
#x = affine_map<(m, n, k) -> (k, m)>
#dz = affine_map<(m, n, k) -> (k, n)>
#dw = affine_map<(m, n, k) -> (m, n)>
// CHECK-LABEL: func @transposed
// CHECK: call @bptt_cuda_product({{.*}}, %c6, %c16, %c4, %c16, %c6, %c48, %c1, %c2, %c5)
func.func @transposed(%x: memref<4x6xbf16>, %wide: memref<4x48xbf16>, %dw: memref<6x16xf32>) {
  %dz = memref.subview %wide[0, 8] [4, 16] [1, 1] : memref<4x48xbf16> to memref<4x16xbf16, strided<[48, 1], offset: 8>>
  linalg.generic {indexing_maps = [#x, #dz, #dw], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %dz : memref<4x6xbf16>, memref<4x16xbf16, strided<[48, 1], offset: 8>>) outs(%dw : memref<6x16xf32>) {
  ^bb0(%a: bf16, %b: bf16, %c: f32):
    %0 = arith.extf %a : bf16 to f32
    %1 = arith.extf %b : bf16 to f32
    %2 = arith.mulf %0, %1 : f32
    %3 = arith.addf %c, %2 : f32
    linalg.yield %3 : f32
  }
  return
}

// -----

// Batches, vectors, strides both ways, factors of two types: not for cuBLASLt.
// CHECK-LABEL: func @others
// CHECK: linalg.batch_matmul
// CHECK: linalg.matvec
// CHECK: linalg.matmul
// CHECK: linalg.matmul
// CHECK-NOT: bptt_cuda_product
func.func @others(%a: memref<2x4x4xf32>, %c: memref<2x4x4xf32>, %m: memref<4x4xf32>, %v: memref<4xf32>, %w: memref<4xf32>,
    %strided: memref<4x4xf32, strided<[16, 2]>>, %n: memref<4x4xbf16>) {
  linalg.batch_matmul ins(%a, %a : memref<2x4x4xf32>, memref<2x4x4xf32>) outs(%c : memref<2x4x4xf32>)
  linalg.matvec ins(%m, %v : memref<4x4xf32>, memref<4xf32>) outs(%w : memref<4xf32>)
  %z = memref.subview %c[0, 0, 0] [1, 4, 4] [1, 1, 1] : memref<2x4x4xf32> to memref<4x4xf32, strided<[4, 1]>>
  linalg.matmul ins(%strided, %m : memref<4x4xf32, strided<[16, 2]>>, memref<4x4xf32>) outs(%z : memref<4x4xf32, strided<[4, 1]>>)
  linalg.matmul ins(%n, %m : memref<4x4xbf16>, memref<4x4xf32>) outs(%z : memref<4x4xf32, strided<[4, 1]>>)
  return
}
