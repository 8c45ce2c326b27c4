// RUN: bptt-opt %s --bptt-fuse-scans | FileCheck %s
// RUN: bptt-opt %s --bptt-fuse-scans --remarks-filter=bptt --remark-policy=all -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: bptt-opt %s --bptt-fuse-scans | bptt-opt --bptt-normalize | FileCheck %s --check-prefix=NORMAL

func.func private @lower(%i: index, %a: tensor<2xf32>, %x: tensor<2xf32>, %w: tensor<2xf32>)
    -> (tensor<2xf32>, tensor<2xf32>, tensor<f32>) {
  %s = arith.addf %a, %x : tensor<2xf32>
  %n = arith.mulf %s, %w : tensor<2xf32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  return %n, %s, %zero : tensor<2xf32>, tensor<2xf32>, tensor<f32>
}

func.func private @upper(%i: index, %b: tensor<2xf32>, %y: tensor<2xf32>, %x: tensor<2xf32>, %w: tensor<2xf32>)
    -> (tensor<2xf32>, tensor<2xf32>) {
  %s = arith.subf %b, %y : tensor<2xf32>
  %t = arith.addf %s, %x : tensor<2xf32>
  %n = arith.mulf %t, %w : tensor<2xf32>
  return %n, %s : tensor<2xf32>, tensor<2xf32>
}

// One cell calls the two; the input and the invariant that both read are passed once.
// CHECK: func.func private @lower_upper(
// CHECK-SAME: %[[I:[^:]*]]: index, %[[A:[^:]*]]: tensor<2xf32>, %[[B:[^:]*]]: tensor<2xf32>,
// CHECK-SAME: %[[X:[^:]*]]: tensor<2xf32>, %[[W:[^:]*]]: tensor<2xf32>)
// CHECK: %[[L:.*]]:3 = call @lower(%[[I]], %[[A]], %[[X]], %[[W]])
// CHECK: %[[U:.*]]:2 = call @upper(%[[I]], %[[B]], %[[L]]#1, %[[X]], %[[W]])
// CHECK: return %[[L]]#0, %[[U]]#0, %[[L]]#2, %[[U]]#1

// Nothing between a layer and the next is left after inlining.
// NORMAL: func.func private @lower_upper(
// NORMAL-NOT: call

// What depends on the first and stands in front of the second moves behind both.
// CHECK-LABEL: func.func @layers
// CHECK-SAME: %[[XS:[^:]*]]: tensor<5x2xf32>, %[[A0:[^:]*]]: tensor<2xf32>, %[[B0:[^:]*]]: tensor<2xf32>, %[[WS:[^:]*]]: tensor<2xf32>
// CHECK: %[[R:.*]]:4 = bptt.scan @lower_upper carry(%[[A0]], %[[B0]] : {{.*}}) inputs(%[[XS]] : {{.*}}) invariants(%[[WS]] :
// CHECK-SAME: -> tensor<2xf32>, tensor<2xf32>, tensor<5xf32>, tensor<5x2xf32>
// CHECK: %[[M:.*]] = arith.mulf %[[R]]#0, %[[R]]#0
// CHECK: return %[[M]], %[[R]]#1, %[[R]]#3
// REMARK-DAG: remark: [Passed] FuseScans {{.*}}@lower and @upper: the sequence between them, 40 B, is not stored
func.func @layers(%xs: tensor<5x2xf32>, %a0: tensor<2xf32>, %b0: tensor<2xf32>, %w: tensor<2xf32>)
    -> (tensor<2xf32>, tensor<2xf32>, tensor<5x2xf32>) {
  %a, %ys, %ls = bptt.scan @lower carry(%a0 : tensor<2xf32>) inputs(%xs : tensor<5x2xf32>)
      invariants(%w : tensor<2xf32>) -> tensor<2xf32>, tensor<5x2xf32>, tensor<5xf32>
  %m = arith.mulf %a, %a : tensor<2xf32>
  %b, %zs = bptt.scan @upper carry(%b0 : tensor<2xf32>) inputs(%ys, %xs : tensor<5x2xf32>, tensor<5x2xf32>)
      invariants(%w : tensor<2xf32>) -> tensor<2xf32>, tensor<5x2xf32>
  return %m, %b, %zs : tensor<2xf32>, tensor<2xf32>, tensor<5x2xf32>
}

// Three layers, both ways of naming the length, from the last step to the first.
// CHECK-LABEL: func.func @three
// CHECK: bptt.scan @counter_upper_upper reverse carry({{.*}}) inputs(%{{.*}} : tensor<?x2xf32>)
// CHECK-SAME: steps(%{{.*}})
// REMARK-DAG: remark: [Passed] FuseScans {{.*}}@counter and @upper: the sequence between them is not stored
// REMARK-DAG: remark: [Passed] FuseScans {{.*}}@counter_upper and @upper: the sequence between them is not stored
func.func private @counter(%i: index, %n: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %one = arith.constant dense<1.0> : tensor<2xf32>
  %next = arith.addf %n, %one : tensor<2xf32>
  return %next, %n : tensor<2xf32>, tensor<2xf32>
}
func.func @three(%xs: tensor<?x2xf32>, %a0: tensor<2xf32>, %w: tensor<2xf32>) -> tensor<2xf32> {
  %c0 = arith.constant 0 : index
  %steps = tensor.dim %xs, %c0 : tensor<?x2xf32>
  %a, %ys = bptt.scan @counter reverse carry(%a0 : tensor<2xf32>) steps(%steps) -> tensor<2xf32>, tensor<?x2xf32>
  %b, %zs = bptt.scan @upper reverse carry(%a0 : tensor<2xf32>) inputs(%ys, %xs : tensor<?x2xf32>, tensor<?x2xf32>)
      invariants(%w : tensor<2xf32>) -> tensor<2xf32>, tensor<?x2xf32>
  %c, %vs = bptt.scan @upper reverse carry(%a0 : tensor<2xf32>) inputs(%zs, %xs : tensor<?x2xf32>, tensor<?x2xf32>)
      invariants(%w : tensor<2xf32>) -> tensor<2xf32>, tensor<?x2xf32>
  return %c : tensor<2xf32>
}

// CHECK-LABEL: func.func @stored
// CHECK: bptt.scan @lower carry
// CHECK: bptt.scan @upper carry
// REMARK-DAG: remark: [Missed] FuseScans {{.*}}@lower and @upper: what the first stacks is also used by 'func.return'
func.func @stored(%xs: tensor<5x2xf32>, %a0: tensor<2xf32>, %w: tensor<2xf32>) -> (tensor<2xf32>, tensor<5x2xf32>) {
  %a, %ys, %ls = bptt.scan @lower carry(%a0 : tensor<2xf32>) inputs(%xs : tensor<5x2xf32>)
      invariants(%w : tensor<2xf32>) -> tensor<2xf32>, tensor<5x2xf32>, tensor<5xf32>
  %b, %zs = bptt.scan @upper carry(%a0 : tensor<2xf32>) inputs(%ys, %xs : tensor<5x2xf32>, tensor<5x2xf32>)
      invariants(%w : tensor<2xf32>) -> tensor<2xf32>, tensor<5x2xf32>
  return %b, %ys : tensor<2xf32>, tensor<5x2xf32>
}

// CHECK-LABEL: func.func @opposite
// CHECK: bptt.scan @lower carry
// CHECK: bptt.scan @upper reverse carry
// REMARK-DAG: remark: [Missed] FuseScans {{.*}}@lower and @upper: they run in opposite directions
func.func @opposite(%xs: tensor<5x2xf32>, %a0: tensor<2xf32>, %w: tensor<2xf32>) -> tensor<2xf32> {
  %a, %ys, %ls = bptt.scan @lower carry(%a0 : tensor<2xf32>) inputs(%xs : tensor<5x2xf32>)
      invariants(%w : tensor<2xf32>) -> tensor<2xf32>, tensor<5x2xf32>, tensor<5xf32>
  %b, %zs = bptt.scan @upper reverse carry(%a0 : tensor<2xf32>) inputs(%ys, %xs : tensor<5x2xf32>, tensor<5x2xf32>)
      invariants(%w : tensor<2xf32>) -> tensor<2xf32>, tensor<5x2xf32>
  return %b : tensor<2xf32>
}

// The second starts from what the first ends with, by way of another operation.
// CHECK-LABEL: func.func @sequential
// CHECK: bptt.scan @lower carry
// CHECK: bptt.scan @upper carry
// REMARK-DAG: remark: [Missed] FuseScans {{.*}}@lower and @upper: the second needs the end of the first before it starts
func.func @sequential(%xs: tensor<5x2xf32>, %a0: tensor<2xf32>, %w: tensor<2xf32>) -> tensor<2xf32> {
  %a, %ys, %ls = bptt.scan @lower carry(%a0 : tensor<2xf32>) inputs(%xs : tensor<5x2xf32>)
      invariants(%w : tensor<2xf32>) -> tensor<2xf32>, tensor<5x2xf32>, tensor<5xf32>
  %m = arith.mulf %a, %a : tensor<2xf32>
  %b, %zs = bptt.scan @upper carry(%m : tensor<2xf32>) inputs(%ys, %xs : tensor<5x2xf32>, tensor<5x2xf32>)
      invariants(%w : tensor<2xf32>) -> tensor<2xf32>, tensor<5x2xf32>
  return %b : tensor<2xf32>
}

// CHECK-LABEL: func.func @attention
// CHECK: bptt.scan @lower carry
// CHECK: bptt.scan @attend carry
// REMARK-DAG: remark: [Missed] FuseScans {{.*}}@lower and @attend: the second needs the whole sequence at every step
func.func private @attend(%i: index, %b: tensor<2xf32>, %y: tensor<2xf32>, %ys: tensor<5x2xf32>) -> tensor<2xf32> {
  %s = arith.addf %b, %y : tensor<2xf32>
  return %s : tensor<2xf32>
}
func.func @attention(%xs: tensor<5x2xf32>, %a0: tensor<2xf32>, %w: tensor<2xf32>) -> tensor<2xf32> {
  %a, %ys, %ls = bptt.scan @lower carry(%a0 : tensor<2xf32>) inputs(%xs : tensor<5x2xf32>)
      invariants(%w : tensor<2xf32>) -> tensor<2xf32>, tensor<5x2xf32>, tensor<5xf32>
  %b = bptt.scan @attend carry(%a0 : tensor<2xf32>) inputs(%ys : tensor<5x2xf32>)
      invariants(%ys : tensor<5x2xf32>) -> tensor<2xf32>
  return %b : tensor<2xf32>
}

// CHECK-LABEL: func.func @supplied
// CHECK: bptt.scan @lower carry
// CHECK: bptt.scan @upper taped @upper adjoint @upper carry
// REMARK-DAG: remark: [Missed] FuseScans {{.*}}@lower and @upper: @upper has a supplied rule
func.func @supplied(%xs: tensor<5x2xf32>, %a0: tensor<2xf32>, %w: tensor<2xf32>) -> tensor<2xf32> {
  %a, %ys, %ls = bptt.scan @lower carry(%a0 : tensor<2xf32>) inputs(%xs : tensor<5x2xf32>)
      invariants(%w : tensor<2xf32>) -> tensor<2xf32>, tensor<5x2xf32>, tensor<5xf32>
  %b, %zs = bptt.scan @upper taped @upper adjoint @upper carry(%a0 : tensor<2xf32>)
      inputs(%ys, %xs : tensor<5x2xf32>, tensor<5x2xf32>)
      invariants(%w : tensor<2xf32>) -> tensor<2xf32>, tensor<5x2xf32>
  return %b : tensor<2xf32>
}
