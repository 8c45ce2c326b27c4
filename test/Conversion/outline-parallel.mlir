// RUN: bptt-opt %s --bptt-outline-parallel="threads=2" --canonicalize | FileCheck %s
// RUN: bptt-opt %s --bptt-outline-parallel --canonicalize | FileCheck %s --check-prefix=ONE
// RUN: bptt-opt %s --bptt-lower-to-cpu="threads=2" | FileCheck %s --check-prefix=LLVM

// ONE-NOT: bptt_parallel_for
// ONE: scf.parallel

// CHECK: func.func private @bptt_parallel_for(!llvm.ptr, !llvm.ptr, i64, i64)
// CHECK-LABEL: func.func @scale
// CHECK-SAME: (%[[A:.*]]: memref<?xf32>, %[[S:.*]]: f32, %[[N:.*]]: index)
// LLVM-NOT: unrealized_conversion_cast
// LLVM-LABEL: llvm.func @scale(
func.func @scale(%a: memref<?xf32>, %s: f32, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  // The frame is taken once, outside the loop.
  // CHECK: %[[CONTEXT:.*]] = llvm.alloca
  // CHECK: scf.for
  // CHECK-NOT: llvm.alloca
  // CHECK: llvm.store
  // CHECK: call @bptt_parallel_for(%{{.*}}, %[[CONTEXT]], %{{.*}}, %c2_i64)
  // CHECK-NOT: scf.parallel
  // LLVM: llvm.mlir.addressof @scale_parallel
  // LLVM: llvm.call @bptt_parallel_for
  scf.for %t = %c0 to %n step %c1 {
    scf.parallel (%i) = (%c0) to (%n) step (%c8) {
      %x = memref.load %a[%i] : memref<?xf32>
      %y = arith.mulf %x, %s : f32
      memref.store %y, %a[%i] : memref<?xf32>
    }
  }
  return
}

// CHECK-LABEL: func.func private @scale_parallel
// CHECK-SAME: (%[[P:.*]]: !llvm.ptr, %[[BEGIN:.*]]: i64, %[[END:.*]]: i64)
// CHECK: llvm.load %[[P]]
// CHECK: scf.for %[[I:.*]] = %{{.*}} to %{{.*}} step %c1
// CHECK: arith.muli %[[I]], %c8
// CHECK: memref.load
