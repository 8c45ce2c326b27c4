// Every operation, type and attribute prints, parses and survives bytecode and the generic form.
// RUN: bptt-opt %s | bptt-opt | FileCheck %s
// RUN: bptt-opt %s --mlir-print-op-generic | bptt-opt | FileCheck %s
// RUN: bptt-opt %s --emit-bytecode | bptt-opt | FileCheck %s

func.func private @cell(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) -> (tensor<4xf32>, tensor<f32>) {
  %next = arith.addf %h, %x : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  return %next, %zero : tensor<4xf32>, tensor<f32>
}
func.func private @taped(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>)
    -> (tensor<4xf32>, tensor<f32>, tensor<4xf32>) {
  %next = arith.addf %h, %x : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  return %next, %zero, %x : tensor<4xf32>, tensor<f32>, tensor<4xf32>
}
func.func private @advance(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %next = arith.addf %h, %x : tensor<4xf32>
  return %next : tensor<4xf32>
}
func.func private @retaped(%i: index, %h: tensor<4xf32>, %x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %next = arith.addf %h, %x : tensor<4xf32>
  return %next, %x : tensor<4xf32>, tensor<4xf32>
}
func.func private @adjoint(%i: index, %r: tensor<4xf32>, %h: tensor<4xf32>, %next: tensor<4xf32>, %x: tensor<4xf32>,
    %dnext: tensor<4xf32>, %dloss: tensor<f32>) -> (tensor<4xf32>, tensor<4xf32>) {
  return %dnext, %dnext : tensor<4xf32>, tensor<4xf32>
}
func.func private @free(%i: index, %y: tensor<4xf32>, %w: tensor<4xf32>) -> tensor<4xf32> {
  %next = arith.mulf %y, %w : tensor<4xf32>
  return %next : tensor<4xf32>
}
func.func private @inplace(%h: memref<4xf32>) {
  return
}

// CHECK-LABEL: func.func @scan
func.func @scan(%h: tensor<4xf32>, %xs: tensor<10x4xf32>, %none: tensor<0x4xf32>, %some: tensor<?x4xf32>, %n: index) {
  // CHECK: bptt.scan @cell carry(%{{.*}} : tensor<4xf32>) inputs(%{{.*}} : tensor<10x4xf32>) -> tensor<4xf32>, tensor<10xf32>
  %0:2 = bptt.scan @cell carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>, tensor<10xf32>
  // CHECK: bptt.scan @advance reverse carry
  %1 = bptt.scan @advance reverse carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>
  // CHECK: bptt.scan @cell taped @taped adjoint @adjoint carry
  %2:2 = bptt.scan @cell taped @taped adjoint @adjoint carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>)
      -> tensor<4xf32>, tensor<10xf32>
  // CHECK: bptt.scan @free carry(%{{.*}} : tensor<4xf32>) invariants(%{{.*}} : tensor<4xf32>) steps(%{{.*}}) -> tensor<4xf32>
  %3 = bptt.scan @free carry(%h : tensor<4xf32>) invariants(%h : tensor<4xf32>) steps(%n) -> tensor<4xf32>
  // CHECK: inputs(%{{.*}} : tensor<0x4xf32>) -> tensor<4xf32>, tensor<0xf32>
  %4:2 = bptt.scan @cell carry(%h : tensor<4xf32>) inputs(%none : tensor<0x4xf32>) -> tensor<4xf32>, tensor<0xf32>
  // CHECK: inputs(%{{.*}} : tensor<?x4xf32>) -> tensor<4xf32>, tensor<?xf32>
  %5:2 = bptt.scan @cell carry(%h : tensor<4xf32>) inputs(%some : tensor<?x4xf32>) -> tensor<4xf32>, tensor<?xf32>
  return
}

// CHECK-LABEL: func.func @buffers
func.func @buffers(%h: memref<4xf32>, %xs: memref<10x4xf32>) {
  // CHECK: bptt.scan @inplace carry(%{{.*}} : memref<4xf32>) inputs(%{{.*}} : memref<10x4xf32>) outs(%{{.*}} : memref<4xf32>)
  // CHECK-NEXT: return
  bptt.scan @inplace carry(%h : memref<4xf32>) inputs(%xs : memref<10x4xf32>) outs(%h : memref<4xf32>)
  return
}

// CHECK-LABEL: func.func @sweeps
func.func @sweeps(%h: tensor<4xf32>, %xs: tensor<10x4xf32>, %dh: tensor<4xf32>, %dls: tensor<10xf32>) {
  // CHECK: %[[RESULTS:.*]]:2, %[[TAPE:.*]] = bptt.forward @cell taped @taped plan #bptt.plan<policy = "optimal", steps = 10,
  // CHECK-SAME: carry(%{{.*}} : tensor<4xf32>) inputs(%{{.*}} : tensor<10x4xf32>) -> tensor<4xf32>, tensor<10xf32>
  %results:2, %tape = bptt.forward @cell taped @taped
      plan #bptt.plan<policy = "optimal", steps = 10, state = 64, residual = 64, kept = 640,
                      advance_cost = 1, taped_cost = 2, backward_cost = 4>
      carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>) -> tensor<4xf32>, tensor<10xf32>
  // CHECK: bptt.backward @advance taped @retaped adjoint @adjoint tape(%[[TAPE]]) carry
  // CHECK-SAME: cotangents(%{{.*}}, %{{.*}} : tensor<4xf32>, tensor<10xf32>)
  // CHECK-SAME: carries = array<i64: 0>, outputs = array<i64: 0>, wrt_inputs = array<i64: 0>, wrt_invariants = array<i64>
  // CHECK-SAME: -> tensor<4xf32>, tensor<10x4xf32>
  %0:2 = bptt.backward @advance taped @retaped adjoint @adjoint tape(%tape)
      carry(%h : tensor<4xf32>) inputs(%xs : tensor<10x4xf32>)
      cotangents(%dh, %dls : tensor<4xf32>, tensor<10xf32>)
      {carries = array<i64: 0>, outputs = array<i64: 0>, wrt_inputs = array<i64: 0>, wrt_invariants = array<i64>}
      -> tensor<4xf32>, tensor<10x4xf32>
  return
}

// CHECK-LABEL: func.func @unrolled
func.func @unrolled(%h0: tensor<4xf32>, %x0: tensor<4xf32>, %x1: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK: %[[H1:.*]] = bptt.step @advance at 0 carry(%{{.*}} : tensor<4xf32>) inputs(%{{.*}} : tensor<4xf32>) -> tensor<4xf32>
  %h1 = bptt.step @advance at 0 carry(%h0 : tensor<4xf32>) inputs(%x0 : tensor<4xf32>) -> tensor<4xf32>
  // CHECK: %[[KEPT:.*]] = bptt.checkpoint %[[H1]] at 1 : tensor<4xf32>
  %kept = bptt.checkpoint %h1 at 1 : tensor<4xf32>
  // CHECK: bptt.recompute(%[[KEPT]], %{{.*}} : tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> {
  // CHECK: bptt.yield %{{.*}} : tensor<4xf32>
  %h2 = bptt.recompute(%kept, %x1 : tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%h: tensor<4xf32>, %x: tensor<4xf32>):
    %next = bptt.step @advance at 1 carry(%h : tensor<4xf32>) inputs(%x : tensor<4xf32>) -> tensor<4xf32>
    bptt.yield %next : tensor<4xf32>
  }
  return %h2 : tensor<4xf32>
}

// CHECK-LABEL: func.func private @opaque(!bptt.tape)
func.func private @opaque(!bptt.tape)
