// RUN: bptt-opt %s --bptt-widen-floats | FileCheck %s

// CHECK-LABEL: func.func @f(%{{.*}}: tensor<2xf64>, %{{.*}}: tensor<2xi32>) -> tensor<2xf64>
func.func @f(%a: tensor<2xf32>, %t: tensor<2xi32>) -> tensor<2xf32> {
  // CHECK: arith.constant dense<[1.000000e-01, 2.500000e-01]> : tensor<2xf64>
  %c = arith.constant dense<[0.1, 0.25]> : tensor<2xf64>
  %d = arith.constant dense<0.5> : tensor<2xf32>
  // CHECK-NOT: arith.extf
  %w = arith.extf %a : tensor<2xf32> to tensor<2xf64>
  %s = arith.addf %w, %c : tensor<2xf64>
  // CHECK-NOT: arith.truncf
  %n = arith.truncf %s : tensor<2xf64> to tensor<2xf32>
  %r = arith.addf %n, %d : tensor<2xf32>
  return %r : tensor<2xf32>
}
