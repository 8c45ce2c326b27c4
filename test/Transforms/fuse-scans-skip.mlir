// RUN: bptt-opt %s --bptt-fuse-scans --remarks-filter=bptt --remark-policy=all -o /dev/null 2>&1 | FileCheck %s

// The first two layers cannot be one as long as the third reads what the first stacks; once it is one with the second,
// they can, and nothing was missed.
// CHECK-NOT: [Missed]
// CHECK:     [Passed] FuseScans {{.*}}@middle and @upper: the sequence between them
// CHECK-NOT: [Missed]
// CHECK:     [Passed] FuseScans {{.*}}@lower and @middle_upper: the sequence between them
// CHECK-NOT: [Missed]

func.func private @lower(%i: index, %a: tensor<2xf32>, %x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %s = arith.addf %a, %x : tensor<2xf32>
  return %s, %s : tensor<2xf32>, tensor<2xf32>
}

func.func private @middle(%i: index, %b: tensor<2xf32>, %y: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %s = arith.mulf %b, %y : tensor<2xf32>
  return %s, %s : tensor<2xf32>, tensor<2xf32>
}

func.func private @upper(%i: index, %c: tensor<2xf32>, %z: tensor<2xf32>, %y: tensor<2xf32>) -> tensor<2xf32> {
  %s = arith.mulf %c, %z : tensor<2xf32>
  %t = arith.addf %s, %y : tensor<2xf32>
  return %t : tensor<2xf32>
}

func.func @skip(%xs: tensor<5x2xf32>, %h0: tensor<2xf32>) -> tensor<2xf32> {
  %a, %ys = bptt.scan @lower carry(%h0 : tensor<2xf32>) inputs(%xs : tensor<5x2xf32>)
      -> tensor<2xf32>, tensor<5x2xf32>
  %b, %zs = bptt.scan @middle carry(%h0 : tensor<2xf32>) inputs(%ys : tensor<5x2xf32>)
      -> tensor<2xf32>, tensor<5x2xf32>
  %c = bptt.scan @upper carry(%h0 : tensor<2xf32>) inputs(%zs, %ys : tensor<5x2xf32>, tensor<5x2xf32>)
      -> tensor<2xf32>
  return %c : tensor<2xf32>
}
