// RUN: bptt-opt %s --bptt-form-kernels=wgmma=true --canonicalize --cse --split-input-file | FileCheck %s
// RUN: bptt-opt %s --bptt-form-kernels --split-input-file | FileCheck %s --check-prefix=WARPS --implicit-check-not=wgmma --implicit-check-not=tensor_map

// One warp has boxes copied, four multiply. What is turned in memory, the second factor, is swizzled by rows of 64 bytes.
// WARPS: nvvm.mma.sync
// CHECK: func.func @product(%[[X:.*]]: memref<64x128xbf16>, %[[W:.*]]: memref<128x4096xbf16>
// CHECK-DAG: %[[MAP_X:.*]] = llvm.alloca {{.*}} x !llvm.array<16 x i64> {alignment = 64 : i64}
// CHECK-DAG: %[[MAP_W:.*]] = llvm.alloca {{.*}} x !llvm.array<16 x i64> {alignment = 64 : i64}
// CHECK: call @bptt_cuda_tensor_map(%{{.*}}, %{{.*}}, %c128, %c64, %c256, %c64, %c64, %c128, %c1)
// CHECK: call @bptt_cuda_tensor_map(%{{.*}}, %{{.*}}, %c4096, %c128, %c8192, %c32, %c64, %c64, %c1)
// CHECK: gpu.launch
// CHECK-SAME: = %c128,
// CHECK-SAME: = %c160,
// CHECK-SAME: dynamic_shared_memory_size
// CHECK: gpu.dynamic_shared_memory
// CHECK: scf.if
// CHECK: nvvm.mbarrier.init
// CHECK: nvvm.fence.mbarrier.init
// CHECK: gpu.barrier
// CHECK: scf.if
// CHECK: scf.for
// CHECK: nvvm.mbarrier.try_wait.parity
// CHECK: nvvm.wgmma.fence.aligned
// CHECK-COUNT-4: nvvm.wgmma.mma_async {{.*}}<m = 64, n = 32, k = 16>, D[<f32>, <one>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <row>]
// CHECK-NOT: nvvm.wgmma.mma_async
// CHECK: nvvm.wgmma.commit.group.sync.aligned
// CHECK: nvvm.wgmma.wait.group.sync.aligned 0
// CHECK: nvvm.mbarrier.arrive %
// CHECK: } else {
// CHECK: scf.for
// CHECK: nvvm.mbarrier.try_wait.parity
// CHECK: nvvm.mbarrier.arrive.expect_tx
// CHECK-COUNT-2: nvvm.cp.async.bulk.tensor.shared.cluster.global
// CHECK-NOT: nvvm.cp.async.bulk.tensor
func.func @product(%x: memref<64x128xbf16>, %w: memref<128x4096xbf16>, %z: memref<64x4096xf32>) {
  linalg.matmul ins(%x, %w : memref<64x128xbf16>, memref<128x4096xbf16>) outs(%z : memref<64x4096xf32>)
  return
}

// -----

// A factor of f32 is copied as it is, and becomes two of bf16 that are multiplied one after the other.
// WARPS: nvvm.mma.sync
// CHECK: func.func @converted(
// CHECK: call @bptt_cuda_tensor_map(%{{.*}}, %{{.*}}, %c128, %c64, %c512, %c64, %c64, %c0, %c2)
// CHECK: nvvm.mbarrier.try_wait.parity
// CHECK: llvm.load %{{.*}} {alignment = 16 : i64} : !llvm.ptr<3> -> vector<8xf32>
// CHECK: arith.truncf {{.*}} vector<8xf32> to vector<8xbf16>
// CHECK: llvm.store %{{.*}} {alignment = 16 : i64} : vector<8xbf16>, !llvm.ptr<3>
// CHECK: arith.subf
// CHECK: llvm.store %{{.*}} {alignment = 16 : i64} : vector<8xbf16>, !llvm.ptr<3>
// CHECK: nvvm.fence.proxy {kind = #nvvm.proxy_kind<async.shared>
// CHECK: nvvm.barrier id = %c1_i32 number_of_threads = %c128_i32
// CHECK-COUNT-8: nvvm.wgmma.mma_async {{.*}}, A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>]
// CHECK-NOT: nvvm.wgmma.mma_async
#mk = affine_map<(i, j, k) -> (i, k)>
#nk = affine_map<(i, j, k) -> (j, k)>
#mn = affine_map<(i, j, k) -> (i, j)>
func.func @converted(%a: memref<64x128xf32>, %b: memref<64x128xbf16>, %c: memref<64x64xf32>) {
  linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<64x128xf32>, memref<64x128xbf16>) outs(%c : memref<64x64xf32>) {
  ^bb0(%x: f32, %y: bf16, %s: f32):
    %yw = arith.extf %y : bf16 to f32
    %p = arith.mulf %x, %yw : f32
    %q = arith.addf %s, %p : f32
    linalg.yield %q : f32
  }
  return
}

// -----

// Few rows, rows that do not begin at multiples of 16 bytes, an address of which nothing is known, several products in one
// operation, and a constant stay with warps; and so does what is of the same kind as one of these.
// WARPS: func.func @others(
// WARPS: nvvm.mma.sync
// CHECK: func.func @others(
// CHECK-NOT: bptt_cuda_tensor_map
// CHECK-NOT: wgmma
// CHECK: return
memref.global "private" constant @table : memref<64x64xbf16> = dense<1.0>
func.func @others(%a: memref<16x64xbf16>, %b: memref<64x64xbf16>, %c: memref<16x64xf32>,
                  %d: memref<64x68xbf16, strided<[68, 1]>>, %e: memref<68x64xbf16>, %f: memref<64x64xf32>,
                  %g: memref<4x64x64xbf16>, %h: memref<4x64x64xbf16>, %i: memref<4x64x64xf32>, %j: memref<64x64xf32>, %k: memref<64x64xf32>, %l: memref<64x64xf32>, %at: index) {
  linalg.matmul ins(%b, %b : memref<64x64xbf16>, memref<64x64xbf16>) outs(%l : memref<64x64xf32>)
  linalg.matmul ins(%a, %b : memref<16x64xbf16>, memref<64x64xbf16>) outs(%c : memref<16x64xf32>)
  linalg.matmul ins(%d, %e : memref<64x68xbf16, strided<[68, 1]>>, memref<68x64xbf16>) outs(%f : memref<64x64xf32>)
  linalg.batch_matmul ins(%g, %h : memref<4x64x64xbf16>, memref<4x64x64xbf16>) outs(%i : memref<4x64x64xf32>)
  %odd = memref.reinterpret_cast %e to offset: [%at], sizes: [64, 64], strides: [64, 1] : memref<68x64xbf16> to memref<64x64xbf16, strided<[64, 1], offset: ?>>
  linalg.matmul ins(%b, %odd : memref<64x64xbf16>, memref<64x64xbf16, strided<[64, 1], offset: ?>>) outs(%j : memref<64x64xf32>)
  %table = memref.get_global @table : memref<64x64xbf16>
  linalg.matmul ins(%table, %b : memref<64x64xbf16>, memref<64x64xbf16>) outs(%k : memref<64x64xf32>)
  return
}
