// RUN: bptt-opt %s --bptt-lower-to-nvvm="chip=sm_80 format=isa" | FileCheck %s

// Everything is set for sixteen bytes at a time.
// CHECK: .visible .entry f_0_product(
// CHECK: .maxntid 64
// CHECK: .shared .align 16 .b8
// CHECK: cp.async.cg.shared.global [{{[^]]+}}], [{{[^]]+}}], 16;
// CHECK: cp.async.commit_group;
// CHECK: cp.async.wait_group
// CHECK: bar.sync
// CHECK: ldmatrix.sync.aligned.m8n8.x4.shared.b16
// CHECK: ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16
// CHECK: mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
// CHECK: .visible .entry g_0_product(
// CHECK: mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32

func.func @f(%x: memref<16x64xbf16>, %w: memref<64x32xbf16>, %z: memref<16x32xf32>) {
  linalg.matmul ins(%x, %w : memref<16x64xbf16>, memref<64x32xbf16>) outs(%z : memref<16x32xf32>)
  return
}
func.func @g(%x: memref<16x64xf16>, %w: memref<64x32xf16>, %z: memref<16x32xf32>) {
  linalg.matmul ins(%x, %w : memref<16x64xf16>, memref<64x32xf16>) outs(%z : memref<16x32xf32>)
  return
}
