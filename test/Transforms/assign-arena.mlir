// RUN: bptt-opt %s --bptt-assign-arena --split-input-file --verify-diagnostics | FileCheck %s

// Two buffers that never live together share bytes; a third lies above them.
// CHECK-LABEL: func.func @reuse
// CHECK-SAME:    %[[ARENA:[^:]*]]: memref<?xi8>) attributes {bptt.workspace_bytes = 192 : i64}
func.func @reuse(%in: memref<16xf32>, %out: memref<16xf32>) {
  %zero = arith.constant 0.0 : f32
  // CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
  // CHECK-DAG: memref.view %[[ARENA]][%[[C0]]][] : memref<?xi8> to memref<32xf32>
  %long = memref.alloc() : memref<32xf32>
  linalg.fill ins(%zero : f32) outs(%long : memref<32xf32>)
  // CHECK: %[[C128:.*]] = arith.constant 128 : index
  // CHECK: memref.view %[[ARENA]][%[[C128]]][] : memref<?xi8> to memref<16xf32>
  %a = memref.alloc() : memref<16xf32>
  linalg.copy ins(%in : memref<16xf32>) outs(%a : memref<16xf32>)
  linalg.copy ins(%a : memref<16xf32>) outs(%out : memref<16xf32>)
  // CHECK: %[[AGAIN:.*]] = arith.constant 128 : index
  // CHECK: memref.view %[[ARENA]][%[[AGAIN]]][] : memref<?xi8> to memref<16xf32>
  %b = memref.alloc() : memref<16xf32>
  linalg.copy ins(%in : memref<16xf32>) outs(%b : memref<16xf32>)
  linalg.copy ins(%b : memref<16xf32>) outs(%out : memref<16xf32>)
  linalg.fill ins(%zero : f32) outs(%long : memref<32xf32>)
  return
}

// -----

// A size that is known late lies above, and has a function that tells the whole.
// CHECK-LABEL: func.func @late_workspace_bytes
// CHECK-SAME:    -> index
// CHECK:         memref.dim
// CHECK-LABEL: func.func @late(
func.func @late(%in: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %n = memref.dim %in, %c0 : memref<?xf32>
  %a = memref.alloc(%n) : memref<?xf32>
  linalg.copy ins(%in : memref<?xf32>) outs(%a : memref<?xf32>)
  return
}

// -----

func.func @stack() {
  // expected-error @below {{allocates outside the arena}}
  %a = memref.alloca() : memref<4xf32>
  return
}

// -----

func.func private @helper(%out: memref<4xf32>) {
  // expected-error @below {{stands in a function that is called like any other; inline it (bptt-normalize)}}
  %a = memref.alloc() : memref<4xf32>
  linalg.copy ins(%a : memref<4xf32>) outs(%out : memref<4xf32>)
  return
}
