// RUN: bptt-opt %s --bptt-lower-to-nvvm="chip=sm_80 format=isa matmul-precision=tf32" | FileCheck %s

// The left factor's terms are neighbours in memory, the right one's are not, and ldmatrix transposes no 32 bits.
// CHECK: .visible .entry f_0_product(
// CHECK: cp.async.cg.shared.global [{{[^]]+}}], [{{[^]]+}}], 16;
// CHECK: ldmatrix.sync.aligned.m8n8.x4.shared.b16
// CHECK-NOT: ldmatrix{{.*}}trans
// CHECK: cvt.rna.tf32.f32
// CHECK: mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32
// CHECK-NOT: fma.rn.f32

func.func @f(%x: memref<16x64xf32>, %w: memref<64x32xf32>, %z: memref<16x32xf32>) {
  linalg.matmul ins(%x, %w : memref<16x64xf32>, memref<64x32xf32>) outs(%z : memref<16x32xf32>)
  return
}
