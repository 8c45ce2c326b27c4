// RUN: bptt-opt %s --bptt-form-kernels --split-input-file | FileCheck %s
// RUN: bptt-opt %s --bptt-form-kernels=matmul-precision=bf16 --split-input-file | FileCheck %s --check-prefix=BF16

#id = affine_map<(i, j) -> (i, j)>
#left = affine_map<(i, j, k) -> (i, k)>
#right = affine_map<(i, j, k) -> (k, j)>
#out = affine_map<(i, j, k) -> (i, j)>

// Element-wise work of different shapes in one kernel, where it is independent or stays in a thread; 16 bytes at a time.
// CHECK-LABEL: func @one_kernel
// CHECK-COUNT-1: gpu.launch
// CHECK: vector.load {{.*}} {alignment = 16 : i64} : {{.*}} vector<4xf32>
// CHECK: arith.mulf
// CHECK: vector.store {{.*}} {alignment = 16 : i64}
// CHECK: vector.store
// CHECK: scf.if
// CHECK: vector.store
// CHECK-NOT: gpu.launch
func.func @one_kernel(%a: memref<8x16xf32>, %wide: memref<8x32xf32>, %other: memref<64xf32>, %zero: f32) {
  %left = memref.subview %wide[0, 0] [8, 16] [1, 1] : memref<8x32xf32> to memref<8x16xf32, strided<[32, 1]>>
  %right = memref.subview %wide[0, 16] [8, 16] [1, 1] : memref<8x32xf32> to memref<8x16xf32, strided<[32, 1], offset: 16>>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%a : memref<8x16xf32>) outs(%left : memref<8x16xf32, strided<[32, 1]>>) {
  ^bb0(%x: f32, %old: f32):
    %y = arith.mulf %x, %x : f32
    linalg.yield %y : f32
  }
  memref.copy %left, %right : memref<8x16xf32, strided<[32, 1]>> to memref<8x16xf32, strided<[32, 1], offset: 16>>
  linalg.fill ins(%zero : f32) outs(%other : memref<64xf32>)
  return
}

// -----

// What a processor's caches would hold, did it read it.
// CHECK-LABEL: func @prefetched
// CHECK-NOT: memref.prefetch
// CHECK: gpu.launch
func.func @prefetched(%a: memref<16x16xf32>, %b: memref<16x16xf32>) {
  %0 = arith.constant 0 : index
  memref.prefetch %a[%0, %0], read, locality<3>, data : memref<16x16xf32>
  memref.copy %a, %b : memref<16x16xf32> to memref<16x16xf32>
  return
}

// -----

// What another thread wrote needs another kernel, here a transposition in place of a buffer.
// CHECK-LABEL: func @two_kernels
// CHECK-COUNT-2: gpu.launch
// CHECK-NOT: gpu.launch
func.func @two_kernels(%a: memref<16x16xf32>, %b: memref<16x16xf32>, %c: memref<16x16xf32>) {
  memref.copy %a, %b : memref<16x16xf32> to memref<16x16xf32>
  linalg.transpose ins(%b : memref<16x16xf32>) outs(%c : memref<16x16xf32>) permutation = [1, 0]
  return
}

// -----

// Views of one arena: apart, so one kernel; then overlapping, so two.
// CHECK-LABEL: func @views
// CHECK-COUNT-2: gpu.launch
// CHECK-NOT: gpu.launch
func.func @views(%arena: memref<?xi8>, %a: memref<16xf32>, %offset: index) {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %next = arith.addi %offset, %c64 : index
  %behind = arith.addi %offset, %c32 : index
  %first = memref.view %arena[%offset][] : memref<?xi8> to memref<16xf32>
  %second = memref.view %arena[%next][] : memref<?xi8> to memref<16xf32>
  %third = memref.view %arena[%behind][] : memref<?xi8> to memref<16xf32>
  memref.copy %a, %first : memref<16xf32> to memref<16xf32>
  memref.copy %a, %second : memref<16xf32> to memref<16xf32>
  memref.copy %a, %third : memref<16xf32> to memref<16xf32>
  return
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (j)>
#left = affine_map<(i, j, k) -> (i, k)>
#right = affine_map<(i, j, k) -> (k, j)>
#out = affine_map<(i, j, k) -> (i, j)>

// A bias and two products of the same result: one kernel, in shared memory.
// CHECK-LABEL: func @product
// CHECK: gpu.launch {{.*}} function(@product_0_product) workgroup(%{{.*}} : memref<32x17xf32, #gpu.address_space<workgroup>>
// CHECK: scf.for
// CHECK: gpu.barrier
// CHECK: scf.for
// CHECK: math.fma
// CHECK: gpu.barrier
// CHECK: scf.for
// CHECK: math.fma
// CHECK-NOT: gpu.launch
func.func @product(%bias: memref<64xf32>, %x: memref<8x16xf32>, %w: memref<16x64xf32>, %h: memref<8x24xf32>,
    %u: memref<24x64xf32>, %z: memref<8x64xf32>) {
  linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%bias : memref<64xf32>) outs(%z : memref<8x64xf32>) {
  ^bb0(%a: f32, %old: f32):
    linalg.yield %a : f32
  }
  linalg.matmul ins(%x, %w : memref<8x16xf32>, memref<16x64xf32>) outs(%z : memref<8x64xf32>)
  linalg.matmul ins(%h, %u : memref<8x24xf32>, memref<24x64xf32>) outs(%z : memref<8x64xf32>)
  return
}

// -----

// A long sum along rows is shared by a block, a short one over rows belongs to one thread.
// CHECK-LABEL: func @sums
// CHECK: function(@sums_0_reduction) workgroup(
// CHECK: function(@sums_1_pointwise)
// CHECK-NOT: gpu.barrier
// CHECK-NOT: gpu.launch
func.func @sums(%a: memref<8x256xf32>, %rows: memref<8xf32>, %columns: memref<256xf32>) {
  linalg.reduce {arith.addf} ins(%a : memref<8x256xf32>) outs(%rows : memref<8xf32>) dimensions = [1]
  linalg.reduce {arith.addf} ins(%a : memref<8x256xf32>) outs(%columns : memref<256xf32>) dimensions = [0]
  return
}

// -----

// A scalar that comes from memory never visits the host.
// CHECK-LABEL: func @scalars
// CHECK-NOT: memref.load
// CHECK: gpu.launch
// CHECK: memref.load
// CHECK: arith.mulf
// CHECK: memref.store
// CHECK-NOT: gpu.launch
func.func @scalars(%a: memref<f32>, %b: memref<f32>) {
  %x = memref.load %a[] : memref<f32>
  %y = arith.mulf %x, %x : f32
  memref.store %y, %b[] : memref<f32>
  return
}

// -----

#left = affine_map<(i, j, k) -> (i, k)>
#right = affine_map<(i, j, k) -> (k, j)>
#turned = affine_map<(i, j, k) -> (j, k)>
#out = affine_map<(i, j, k) -> (i, j)>

// Factors of bf16 go to the tensor cores: four tiles of each in shared memory, three on their way while one is multiplied. What is
// contiguous in memory stays so; where that is not the term, ldmatrix transposes.
// CHECK-LABEL: func @tensor_cores
// CHECK: gpu.launch {{.*}} function(@tensor_cores_0_product)
// CHECK-SAME: workgroup(%[[A:[a-z0-9]+]] : memref<4x1x16x40xbf16, #gpu.address_space<workgroup>>, %[[B:[a-z0-9]+]] : memref<4x1x32x40xbf16, #gpu.address_space<workgroup>>)
// CHECK-COUNT-3: nvvm.cp.async.commit.group
// CHECK: scf.for
// CHECK: nvvm.cp.async.wait.group 2
// CHECK: gpu.barrier
// CHECK: nvgpu.device_async_copy {{.*}}bypassL1} : memref<16x256xbf16, {{.*}} to memref<4x1x16x40xbf16
// CHECK: nvvm.cp.async.commit.group
// CHECK: nvgpu.ldmatrix %[[A]]{{.*}} {numTiles = 4 : i32, transpose = false}
// CHECK: nvgpu.ldmatrix %[[B]]{{.*}} {numTiles = 4 : i32, transpose = true}
// CHECK-COUNT-2: nvvm.mma.sync
// CHECK: nvgpu.ldmatrix %[[A]]
// CHECK-COUNT-2: nvvm.mma.sync
// CHECK-NOT: nvvm.mma.sync
// CHECK: loop_annotation = #{{.*}}
func.func @tensor_cores(%x: memref<16x256xbf16>, %w: memref<256x64xbf16>, %z: memref<16x64xf32>) {
  linalg.matmul ins(%x, %w : memref<16x256xbf16>, memref<256x64xbf16>) outs(%z : memref<16x64xf32>)
  return
}

// An f32 next to a bf16 enters in two parts, the second one multiplied first. An infinity has no second part, which were no number.
// CHECK-LABEL: func @two_parts
// CHECK: workgroup(%{{.*}} : memref<1x2x16x40xbf16, {{.*}}>, %{{.*}} : memref<1x1x32x40xbf16,
// CHECK: vector.load {{.*}} vector<8xf32>
// CHECK: %[[FIRST:.*]] = arith.truncf {{.*}} : vector<8xf32> to vector<8xbf16>
// CHECK: vector.store %[[FIRST]]
// CHECK: %[[BACK:.*]] = arith.extf %[[FIRST]]
// CHECK: %[[REST:.*]] = arith.subf %{{.*}}, %[[BACK]]
// CHECK: %[[NUMBER:.*]] = arith.cmpf ord, %[[REST]], %[[REST]]
// CHECK: %[[FINITE:.*]] = arith.select %[[NUMBER]], %[[REST]],
// CHECK: %[[SECOND:.*]] = arith.truncf %[[FINITE]]
// CHECK: vector.store %[[SECOND]]
// CHECK-COUNT-8: nvvm.mma.sync
// CHECK-NOT: nvvm.mma.sync
// BF16-LABEL: func @two_parts
// BF16-COUNT-4: nvvm.mma.sync
// BF16-NOT: nvvm.mma.sync
// BF16: func @others
func.func @two_parts(%dz: memref<16x32xf32>, %w: memref<64x32xbf16>, %dx: memref<16x64xf32>) {
  linalg.generic {indexing_maps = [#left, #turned, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%dz, %w : memref<16x32xf32>, memref<64x32xbf16>) outs(%dx : memref<16x64xf32>) {
  ^bb0(%a: f32, %b: bf16, %sum: f32):
    %wide = arith.extf %b : bf16 to f32
    %p = arith.mulf %a, %wide : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// Products of f32 do not go there, and none is rounded between two products.
// CHECK-LABEL: func @others
// CHECK: gpu.launch {{.*}} function(@others_0_product)
// CHECK-NOT: nvvm.mma.sync
// CHECK: gpu.launch {{.*}} function(@others_1_product)
// CHECK: nvvm.mma.sync
// CHECK: gpu.launch {{.*}} function(@others_2_product)
func.func @others(%x: memref<16x32xf32>, %w: memref<32x64xf32>, %z: memref<16x64xf32>,
    %h: memref<16x32xbf16>, %u: memref<32x64xbf16>, %y: memref<16x64xbf16>) {
  linalg.matmul ins(%x, %w : memref<16x32xf32>, memref<32x64xf32>) outs(%z : memref<16x64xf32>)
  linalg.matmul ins(%h, %u : memref<16x32xbf16>, memref<32x64xbf16>) outs(%y : memref<16x64xbf16>)
  linalg.matmul ins(%h, %u : memref<16x32xbf16>, memref<32x64xbf16>) outs(%y : memref<16x64xbf16>)
  return
}

// -----

#a = affine_map<(b, i, j, k) -> (b, i, k)>
#b = affine_map<(b, i, j, k) -> (b, k, j)>
#c = affine_map<(b, i, j, k) -> (b, i, j)>

// More matrices than a grid may have blocks along z: 70000 times two tiles across, all along x.
// CHECK-LABEL: func @many_matrices
// CHECK: gpu.launch blocks(%[[X:.*]], %{{.*}}, %{{.*}}) in (%{{.*}} = %c140000, %{{.*}} = %c1{{.*}}, %{{.*}} = %c1{{.*}})
// CHECK: %[[MATRIX:.*]] = arith.divui %[[X]], %c2
// CHECK: %[[ACROSS:.*]] = arith.remui %[[X]], %c2
// CHECK: memref.load %{{.*}} : memref<70000x2x40xf32
func.func @many_matrices(%x: memref<70000x2x3xf32>, %y: memref<70000x3x40xf32>, %z: memref<70000x2x40xf32>) {
  linalg.batch_matmul ins(%x, %y : memref<70000x2x3xf32>, memref<70000x3x40xf32>) outs(%z : memref<70000x2x40xf32>)
  return
}
