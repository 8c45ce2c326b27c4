// RUN: bptt-opt %s --bptt-sink-constants --split-input-file | FileCheck %s
// RUN: bptt-opt %s --bptt-sink-constants --bptt-form-kernels --split-input-file -o /dev/null

memref.global "private" constant @tokens : memref<4x3xi32> = dense<7>

// All calls pass a part of the same constant, which goes where it is used: through the function between. The function is told which part.

// CHECK-LABEL: func.func @alike(
// CHECK-SAME: %[[OUT:[a-z0-9]+]]: memref<3xi32>, %[[STEP:[a-z0-9]+]]: index
// CHECK: call @outer(%[[OUT]], %[[STEP]], %{{.*}}) : (memref<3xi32>, index, memref<?xi8>)
// CHECK: call @outer(%[[OUT]], %{{.*}}, %{{.*}}) : (memref<3xi32>, index, memref<?xi8>)
func.func @alike(%out: memref<3xi32>, %step: index, %bytes: memref<?xi8>) {
  %c1 = arith.constant 1 : index
  %tokens = memref.get_global @tokens : memref<4x3xi32>
  %one = memref.subview %tokens[%step, 0] [1, 3] [1, 1] : memref<4x3xi32> to memref<3xi32, strided<[1], offset: ?>>
  %other = memref.subview %tokens[%c1, 0] [1, 3] [1, 1] : memref<4x3xi32> to memref<3xi32, strided<[1], offset: ?>>
  func.call @outer(%out, %one, %bytes) : (memref<3xi32>, memref<3xi32, strided<[1], offset: ?>>, memref<?xi8>) -> ()
  func.call @outer(%out, %other, %bytes) : (memref<3xi32>, memref<3xi32, strided<[1], offset: ?>>, memref<?xi8>) -> ()
  return
}

// CHECK-LABEL: func.func private @outer(
// CHECK-SAME: %{{.*}}: memref<3xi32>, %[[AT:[a-z0-9]+]]: index, %{{.*}}: memref<?xi8>) attributes {bptt.tables = array<i64: 2>}
// CHECK: call @inner(%[[AT]], %{{.*}}) : (index, memref<3xi32>)
func.func private @outer(%out: memref<3xi32>, %part: memref<3xi32, strided<[1], offset: ?>>, %bytes: memref<?xi8>)
    attributes {bptt.tables = array<i64: 2>} {
  func.call @inner(%part, %out) : (memref<3xi32, strided<[1], offset: ?>>, memref<3xi32>) -> ()
  return
}

// CHECK-LABEL: func.func private @inner(
// CHECK-SAME: %[[AT:[a-z0-9]+]]: index
// CHECK: %[[TOKENS:.*]] = memref.get_global @tokens
// CHECK: %[[PART:.*]] = memref.subview %[[TOKENS]][%[[AT]], 0]
// CHECK: linalg.copy ins(%[[PART]]
func.func private @inner(%part: memref<3xi32, strided<[1], offset: ?>>, %out: memref<3xi32>) {
  linalg.copy ins(%part : memref<3xi32, strided<[1], offset: ?>>) outs(%out : memref<3xi32>)
  return
}

// -----

// Calls that pass other constants have copies of their own, and a call that passes none has what was there.

memref.global "private" constant @a : memref<3xi32> = dense<1>
memref.global "private" constant @b : memref<3xi32> = dense<2>

// CHECK-LABEL: func.func @others(
// CHECK: call @[[FIRST:cell_[0-9]+]](%{{.*}}) : (memref<3xi32>)
// CHECK: call @[[SECOND:cell_[0-9]+]](%{{.*}}) : (memref<3xi32>)
// CHECK: call @cell(%{{.*}}, %{{.*}}) : (memref<3xi32>, memref<3xi32>)
// CHECK: call @[[FIRST]](%{{.*}}) : (memref<3xi32>)
func.func @others(%x: memref<3xi32>, %out: memref<3xi32>) {
  %a = memref.get_global @a : memref<3xi32>
  %b = memref.get_global @b : memref<3xi32>
  func.call @cell(%a, %out) : (memref<3xi32>, memref<3xi32>) -> ()
  func.call @cell(%b, %out) : (memref<3xi32>, memref<3xi32>) -> ()
  func.call @cell(%x, %out) : (memref<3xi32>, memref<3xi32>) -> ()
  func.call @cell(%a, %out) : (memref<3xi32>, memref<3xi32>) -> ()
  return
}
func.func private @cell(%in: memref<3xi32>, %out: memref<3xi32>) {
  linalg.copy ins(%in : memref<3xi32>) outs(%out : memref<3xi32>)
  return
}
// CHECK-DAG: func.func private @[[FIRST]](%{{[a-z0-9]+}}: memref<3xi32>)
// CHECK-DAG: func.func private @[[SECOND]](%{{[a-z0-9]+}}: memref<3xi32>)
