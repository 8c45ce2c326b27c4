// RUN: bptt-opt %s --pass-pipeline='builtin.module(bptt-bufferize,func.func(bptt-assign-arena),bptt-expand-nested)' | FileCheck %s

// A scan inside a cell becomes a loop in it; its states and the inner cell's memory are part of the cell's workspace.
// The outer scan stays.

// CHECK-LABEL: func.func private @inner(
// CHECK-SAME: attributes {bptt.cell, bptt.workspace_bytes = 0 : i64}
func.func private @inner(%i: index, %h: tensor<16xf32>) -> tensor<16xf32> {
  %empty = tensor.empty() : tensor<16xf32>
  %n = linalg.map { math.tanh } ins(%h : tensor<16xf32>) outs(%empty : tensor<16xf32>)
  return %n : tensor<16xf32>
}

// CHECK-LABEL: func.func private @outer(
// CHECK-SAME: %[[ARENA:[^ ]*]]: memref<?xi8>) attributes {bptt.cell, bptt.workspace_bytes = [[BYTES:[0-9]+]] : i64}
// CHECK-NOT: bptt.scan
// CHECK: memref.view %[[ARENA]]
// CHECK: scf.for
// CHECK: call @inner(
// CHECK-NOT: bptt.scan
func.func private @outer(%i: index, %h: tensor<16xf32>) -> tensor<16xf32> {
  %three = arith.constant 3 : index
  %n = bptt.scan @inner carry(%h : tensor<16xf32>) steps(%three) -> tensor<16xf32>
  return %n : tensor<16xf32>
}

// CHECK-LABEL: func.func @f
// CHECK: bptt.scan @outer
func.func @f(%h: tensor<16xf32>, %n: index) -> tensor<16xf32> {
  %y = bptt.scan @outer carry(%h : tensor<16xf32>) steps(%n) -> tensor<16xf32>
  return %y : tensor<16xf32>
}
