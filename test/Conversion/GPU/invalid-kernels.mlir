// RUN: bptt-opt %s --pass-pipeline="builtin.module(gpu.module(bptt-convert-kernels))" --verify-diagnostics

gpu.module @kernels {
  gpu.func @k(%a: memref<f64>, %n: i32) kernel {
    %x = memref.load %a[] : memref<f64>
    // expected-error @+1 {{'math.fpowi' op of 'f64' has no expansion for GPUs, and libdevice is not used}}
    %y = math.fpowi %x, %n : f64, i32
    memref.store %y, %a[] : memref<f64>
    gpu.return
  }
}
