// RUN: bptt-opt %s --bptt-lower-to-nvvm="chip=sm_90a format=isa" | FileCheck %s --check-prefix=HOST
// RUN: bptt-opt %s --bptt-lower-to-nvvm="chip=sm_90a format=isa" | mlir-translate --mlir-to-llvmir | FileCheck %s --check-prefix=LLVM
// RUN: bptt-opt %s --bptt-lower-to-nvvm="chip=sm_80 format=isa" | FileCheck %s --check-prefix=PTX
// RUN: bptt-opt %s --bptt-lower-to-nvvm="chip=sm_80 format=llvm" | FileCheck %s --check-prefix=NVVM

// The stream is the last argument, and goes to launches in functions of their own; the host calls nothing else.
// HOST-LABEL: module attributes {gpu.container_module}
// HOST: llvm.func @step({{.*}} %[[STREAM:[a-z0-9]+]]: !llvm.ptr)
// HOST-NOT: gpu.launch_func
// HOST: llvm.call @launch_step_0_product({{.*}} %[[STREAM]])
// HOST-NOT: gpu.launch_func
// HOST: llvm.call @launch_step_1_pointwise({{.*}} %[[STREAM]])
// HOST-NOT: gpu.launch_func
// HOST: gpu.binary @kernels [#gpu.object<#nvvm.target<O = 3, chip = "sm_90a">
// HOST-SAME: assembly = "
// HOST: llvm.func internal @launch_step_0_product({{.*}} %[[OWN:[a-z0-9]+]]: !llvm.ptr) attributes {no_inline}
// HOST: gpu.launch_func <%[[OWN]] : !llvm.ptr> @kernels::@step_0_product

// LLVM: define internal void @launch_step_0_product({{.*}} ptr %[[STREAM:[0-9]+]])
// LLVM: %[[FUNCTION:.*]] = call ptr @mgpuModuleGetFunction(
// LLVM-NEXT: call void @mgpuLaunchKernel(ptr %[[FUNCTION]], i64 2, i64 1, i64 1, i64 128, i64 1, i64 1, i32 0, ptr %[[STREAM]],
// LLVM-NOT: @mgpuStream
// LLVM-NOT: @mgpuMem

// Needs no library; products are fused once, sums rounded twice; 16 bytes at a time.
// PTX-NOT: .extern
// PTX: .target sm_80
// PTX: .visible .entry step_0_product(
// PTX: .maxntid 128
// PTX: st.shared
// PTX: bar.sync
// PTX: fma.rn.f32
// PTX: .visible .entry step_1_pointwise(
// PTX: ld.global.v4
// PTX: mul.rn.f32
// PTX: st.global.v4

// NVVM: gpu.object<#nvvm.target<O = 3, chip = "sm_80"

#id = affine_map<(i, j) -> (i, j)>
func.func @step(%x: memref<16x32xf32>, %w: memref<32x64xf32>, %z: memref<16x64xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%z : memref<16x64xf32>)
  linalg.matmul ins(%x, %w : memref<16x32xf32>, memref<32x64xf32>) outs(%z : memref<16x64xf32>)
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%z : memref<16x64xf32>) {
  ^bb0(%a: f32):
    %b = arith.mulf %a, %a : f32
    %c = math.tanh %b : f32
    linalg.yield %c : f32
  }
  return
}
