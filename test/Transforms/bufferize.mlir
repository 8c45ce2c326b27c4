// RUN: bptt-opt %s --bptt-bufferize --canonicalize | FileCheck %s

// A cell gets a destination for its result and reads its other arguments at any offset.
// CHECK-LABEL: func.func private @cell
// CHECK-SAME:    (%{{.*}}: index, %[[H:.*]]: memref<4xf32, strided<[1], offset: ?>>, %[[X:.*]]: memref<4xf32, strided<[1], offset: ?>>, %[[OUT:.*]]: memref<4xf32, strided<[1], offset: ?>>)
// CHECK-NOT:     memref.alloc
// CHECK:         linalg.map {{.*}} outs(%[[OUT]]
// CHECK-NOT:     memref.copy
func.func private @cell(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %empty = tensor.empty() : tensor<4xf32>
  %n = linalg.map { arith.addf } ins(%h, %x : tensor<4xf32>, tensor<4xf32>) outs(%empty : tensor<4xf32>)
  return %n : tensor<4xf32>
}

// A public function's results are its caller's: the scan writes there.
// CHECK-LABEL: func.func @f
// CHECK-SAME:    %[[H0:.*]]: memref<4xf32>, %[[XS:.*]]: memref<9x4xf32>, %[[RESULT:.*]]: memref<4xf32>)
// CHECK-NOT:     memref.alloc
// CHECK:         bptt.scan @cell carry(%[[H0]] : memref<4xf32>) inputs(%[[XS]] : memref<9x4xf32>) outs(%[[RESULT]] : memref<4xf32>)
func.func @f(%h0: tensor<4xf32>, %xs: tensor<9x4xf32>) -> tensor<4xf32> {
  %h = bptt.scan @cell carry(%h0 : tensor<4xf32>) inputs(%xs : tensor<9x4xf32>) -> tensor<4xf32>
  return %h : tensor<4xf32>
}
