// The dialect and its passes in LLVM's own mlir-opt.
// Not under sanitizers: Debian's mlir-opt lacks the runtime that a sanitized plugin needs.
// UNSUPPORTED: asan
// RUN: mlir-opt --load-dialect-plugin=%plugin --load-pass-plugin=%plugin %s | FileCheck %s
// RUN: mlir-opt --load-dialect-plugin=%plugin --load-pass-plugin=%plugin %s \
// RUN:   --pass-pipeline="builtin.module(bptt-widen-floats)" | FileCheck %s --check-prefix=WIDE

// CHECK: bptt.scan @cell carry(%{{.*}} : tensor<4xf32>) inputs(%{{.*}} : tensor<10x4xf32>) -> tensor<4xf32>
// WIDE: bptt.scan @cell carry(%{{.*}} : tensor<4xf64>) inputs(%{{.*}} : tensor<10x4xf64>) -> tensor<4xf64>
func.func private @cell(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %sum = arith.addf %h, %x : tensor<4xf32>
  %next = math.tanh %sum : tensor<4xf32>
  return %next : tensor<4xf32>
}

func.func @last(%h: tensor<4xf32>, %xs: tensor<10x4xf32>) -> tensor<4xf32> {
  %last = bptt.scan @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  return %last : tensor<4xf32>
}
