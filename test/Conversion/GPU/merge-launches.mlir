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

// A grid that is known only at run time stays apart.
// CHECK-LABEL: func @unknown_grid
// CHECK-COUNT-2: gpu.launch
// CHECK-NOT: gpu.launch
func.func @unknown_grid(%a: memref<64x64xf64>, %b: memref<64x64xf64>, %c: memref<64x64xf64>, %x: memref<?xf64>, %y: memref<?xf64>) {
  linalg.matmul ins(%a, %b : memref<64x64xf64>, memref<64x64xf64>) outs(%c : memref<64x64xf64>)
  memref.copy %x, %y : memref<?xf64> to memref<?xf64>
  return
}
