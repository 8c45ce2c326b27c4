// RUN: bptt-opt %s --bptt-lower-to-nvvm="chip=sm_90a matmul=wgmma" > %t.mlir
// RUN: FileCheck %s --input-file=%t.mlir
// RUN: FileCheck %s --check-prefix=HOST --input-file=%t.mlir
// RUN: bptt-opt %s --bptt-lower-to-nvvm="chip=sm_90a" | FileCheck %s --check-prefix=WARPS --implicit-check-not=wgmma
// RUN: bptt-opt %s --bptt-lower-to-nvvm="chip=sm_90" | FileCheck %s --check-prefix=WARPS --implicit-check-not=wgmma
// RUN: bptt-opt %s --bptt-lower-to-nvvm="chip=sm_80" | FileCheck %s --check-prefix=WARPS --implicit-check-not=wgmma
// RUN: bptt-opt %s --bptt-lower-to-nvvm="chip=sm_100" | FileCheck %s --check-prefix=WARPS --implicit-check-not=wgmma
// WARPS: mma.sync.aligned.m16n8k16

// The maps are parameters by value, whose addresses are the copy engine's; the size of shared memory is the launch's.
// CHECK: .version 8.0\0A.target sm_90a
// CHECK: .extern .shared .align 16 .b8 [[SHARED:__dynamic_shmem__[0-9]+]][]
// CHECK: .visible .entry f_0_product(
// CHECK: .param .align 64 .b8 f_0_product_param_[[X:[0-9]]][128]
// CHECK: .param .align 64 .b8 f_0_product_param_[[W:[0-9]]][128]
// CHECK: .maxntid 160
// CHECK: mbarrier.init.shared.b64
// CHECK: fence.mbarrier_init.release.cluster
// CHECK: fence.proxy.async.shared::cta
// CHECK: bar.sync
// CHECK: mbarrier.try_wait.parity.shared.b64
// CHECK: wgmma.fence.sync.aligned
// CHECK: wgmma.mma_async.sync.aligned.m64n32k16.f32.bf16.bf16 {{[^;]*}}, p, 1, 1, 0, 1;
// CHECK: wgmma.commit_group.sync.aligned
// CHECK: wgmma.wait_group.sync.aligned {{[^;]*}}0;
// CHECK: mbarrier.arrive.shared.b64
// CHECK: mbarrier.arrive.expect_tx.shared.b64
// CHECK: cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes

// A launch passes the bytes of a map, not their address.
// HOST: llvm.func @bptt_cuda_tensor_map(!llvm.ptr, i64, i64, i64, i64, i64, i64, i64, i64)
// HOST-LABEL: llvm.func internal @launch_f_0_product(
// HOST-COUNT-2: llvm.load %{{.*}} : !llvm.ptr -> !llvm.array<16 x i64>
// HOST: gpu.launch_func {{.*}} dynamic_shared_memory_size %{{.*}} args({{.*}} : !llvm.array<16 x i64>, {{.*}} : !llvm.array<16 x i64>)
func.func @f(%x: memref<64x128xbf16>, %w: memref<128x32xbf16>, %z: memref<64x32xf32>) {
  linalg.matmul ins(%x, %w : memref<64x128xbf16>, memref<128x32xbf16>) outs(%z : memref<64x32xf32>)
  return
}
