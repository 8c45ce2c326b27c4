// RUN: bptt-opt %s --bptt-normalize | FileCheck %s

// Calls and steps are gone, element-wise work is one operation, what nothing
// refers to is removed.

// CHECK-LABEL: func.func private @cell(
// CHECK: linalg.generic
// CHECK-NEXT: ^bb0
// CHECK-NEXT: arith.mulf
// CHECK-NEXT: math.tanh
// CHECK-NEXT: linalg.yield
// CHECK-NOT: linalg.generic
// CHECK-LABEL: func.func @f(
// CHECK-NOT: call
// CHECK-NOT: bptt.step
// CHECK: bptt.scan @cell
// CHECK-NOT: func.func
func.func private @square(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = arith.mulf %x, %x : tensor<4xf32>
  return %y : tensor<4xf32>
}
func.func private @cell(%i: index, %h: tensor<4xf32>) -> tensor<4xf32> {
  %s = func.call @square(%h) : (tensor<4xf32>) -> tensor<4xf32>
  %y = math.tanh %s : tensor<4xf32>
  return %y : tensor<4xf32>
}
func.func @f(%h0: tensor<4xf32>, %n: index) -> tensor<4xf32> {
  %h1 = bptt.step @cell at 0 carry(%h0 : tensor<4xf32>) -> tensor<4xf32>
  %h2 = func.call @square(%h1) : (tensor<4xf32>) -> tensor<4xf32>
  %h3 = bptt.scan @cell carry(%h2 : tensor<4xf32>) steps(%n) -> tensor<4xf32>
  return %h3 : tensor<4xf32>
}
