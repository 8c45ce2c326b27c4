// RUN: bptt-opt %s --pass-pipeline="builtin.module(func.func(bptt-vectorize-contractions,canonicalize,cse))" | FileCheck %s
// RUN: bptt-opt %s --pass-pipeline="builtin.module(func.func(bptt-vectorize-contractions{threads=2},canonicalize,cse))" | FileCheck %s --check-prefix=TWO
// RUN: bptt-opt %s --pass-pipeline="builtin.module(func.func(bptt-vectorize-contractions{vector-bits=256},canonicalize,cse))" | FileCheck %s --check-prefix=AVX2

#mn = affine_map<(m, n, k) -> (m, n)>
#mk = affine_map<(m, n, k) -> (m, k)>
#kn = affine_map<(m, n, k) -> (k, n)>

// x * W: 8 rows by 3 vectors stay in registers over the whole reduction, the
// columns of W are at hand for both halves of the rows, and what is there
// already is added last.
// CHECK-LABEL: func @product
// TWO-LABEL: func @product
// AVX2-LABEL: func @product
func.func @product(%x: memref<16x256xf32>, %w: memref<256x1024xf32>, %z: memref<16x1024xf32>) {
  // CHECK: scf.for %[[N:.*]] = %c0 to %c1008 step %c48
  // CHECK: scf.for %[[M:.*]] = %c0 to %c16 step %c8
  // CHECK: scf.for %[[K:.*]] = %c0 to %c256 step %c1 iter_args
  // CHECK: memref.load %arg0[%[[M]], %[[K]]]
  // CHECK: vector.load %arg1[%[[K]], %[[N]]] : memref<256x1024xf32>, vector<16xf32>
  // CHECK-COUNT-24: vector.fma
  // CHECK-NOT: vector.fma
  // CHECK: scf.yield
  // CHECK-COUNT-24: vector.load %arg2
  // CHECK: arith.addf {{.*}} : vector<16xf32>
  // CHECK-COUNT-24: vector.store {{.*}} %arg2
  // What is left over of the columns: one vector, nothing to mask.
  // CHECK-NOT: mask
  // CHECK: return
  // TWO: scf.parallel ({{.*}}) = (%c0) to (%c1008) step (%c48)
  // TWO: scf.for {{.*}} step %c8
  // AVX2-COUNT-12: vector.fma {{.*}} : vector<8xf32>
  // AVX2-NOT: vector.fma
  // AVX2: scf.yield
  linalg.matmul ins(%x, %w : memref<16x256xf32>, memref<256x1024xf32>) outs(%z : memref<16x1024xf32>)
  return
}

// dz * W^T: both operands are vectors along the reduction, summed in the end.
// CHECK-LABEL: func @by_transposed
func.func @by_transposed(%dz: memref<16x1024xf64>, %w: memref<256x1024xf64>, %dx: memref<16x256xf64>) {
  // CHECK: scf.for {{.*}} = %c0 to %c1024 step %c8 iter_args
  // CHECK-COUNT-16: vector.fma {{.*}} : vector<8xf64>
  // CHECK: scf.yield
  // CHECK: vector.extract_strided_slice
  // CHECK: arith.addf {{.*}} : vector<4xf64>
  // CHECK: memref.store {{.*}} %arg2
  linalg.generic {indexing_maps = [#mn, #kn, #mk], iterator_types = ["parallel", "reduction", "parallel"]}
      ins(%dz, %w : memref<16x1024xf64>, memref<256x1024xf64>) outs(%dx : memref<16x256xf64>) {
  ^bb0(%a: f64, %b: f64, %c: f64):
    %p = arith.mulf %a, %b : f64
    %s = arith.addf %c, %p : f64
    linalg.yield %s : f64
  }
  return
}

// x^T * dz: the reduction is short and the result is large, so the walk goes
// along the rows of the result, each of whose tiles is read and written once.
// CHECK-LABEL: func @transposed_by
// TWO-LABEL: func @transposed_by
func.func @transposed_by(%x: memref<16x256xf32>, %dz: memref<16x1024xf32>, %dw: memref<256x1024xf32>) {
  // CHECK: scf.for {{.*}} = %c0 to %c256 step %c8
  // CHECK: scf.for {{.*}} = %c0 to %c1008 step %c48
  // CHECK: scf.for {{.*}} = %c0 to %c16 step %c1 iter_args
  // CHECK-COUNT-24: vector.fma
  // CHECK: scf.yield
  // TWO: scf.parallel ({{.*}}) = (%c0) to (%c256) step (%c8)
  linalg.generic {indexing_maps = [#mk, #mn, #kn], iterator_types = ["reduction", "parallel", "parallel"]}
      ins(%x, %dz : memref<16x256xf32>, memref<16x1024xf32>) outs(%dw : memref<256x1024xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %b, %a : f32
    %s = arith.addf %p, %c : f32
    linalg.yield %s : f32
  }
  return
}

// Seven columns: one masked vector of eight lanes.
// CHECK-LABEL: func @odd
// TWO-LABEL: func @odd
func.func @odd(%x: memref<3x100xf32>, %w: memref<100x7xf32>, %z: memref<3x7xf32>) {
  // CHECK: %[[MASK:.*]] = arith.constant dense<[true, true, true, true, true, true, true, false]>
  // CHECK-COUNT-3: vector.fma {{.*}} : vector<8xf32>
  // CHECK-COUNT-3: vector.maskedload %arg2{{.*}} %[[MASK]]
  // CHECK-COUNT-3: vector.maskedstore %arg2{{.*}} %[[MASK]]
  // Too little for two threads.
  // TWO-NOT: scf.parallel
  linalg.matmul ins(%x, %w : memref<3x100xf32>, memref<100x7xf32>) outs(%z : memref<3x7xf32>)
  return
}

// Not a sum of products of floats.
// CHECK-LABEL: func @integers
func.func @integers(%x: memref<3x100xi32>, %w: memref<100x7xi32>, %z: memref<3x7xi32>) {
  // CHECK: linalg.matmul
  linalg.matmul ins(%x, %w : memref<3x100xi32>, memref<100x7xi32>) outs(%z : memref<3x7xi32>)
  return
}

// Narrow factors are widened as they are read; a narrow result is summed in f32 and rounded once.
// CHECK-LABEL: func @mixed
func.func @mixed(%x: memref<16x32xbf16>, %w: memref<32x64xbf16>, %z: memref<16x64xf32>) {
  // CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<16xf32>
  // CHECK: vector.load {{.*}} : memref<32x64xbf16>, vector<16xbf16>
  // CHECK: arith.extf {{.*}} : vector<16xbf16> to vector<16xf32>
  // CHECK: vector.fma {{.*}} : vector<16xf32>
  // CHECK-NOT: arith.truncf
  // CHECK: return
  linalg.matmul ins(%x, %w : memref<16x32xbf16>, memref<32x64xbf16>) outs(%z : memref<16x64xf32>)
  return
}

// CHECK-LABEL: func @narrow
func.func @narrow(%x: memref<16x32xf16>, %w: memref<32x64xf16>, %z: memref<16x64xf16>) {
  // CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<16xf32>
  // CHECK-NOT: arith.truncf
  // CHECK: vector.fma {{.*}} : vector<16xf32>
  // CHECK: scf.yield
  // CHECK: arith.truncf {{.*}} : vector<16xf32> to vector<16xf16>
  // CHECK: vector.store
  linalg.matmul ins(%x, %w : memref<16x32xf16>, memref<32x64xf16>) outs(%z : memref<16x64xf16>)
  return
}
