// RUN: bptt-opt %s --bptt-form-kernels --split-input-file --verify-diagnostics

func.func @branch(%a: memref<i1>, %b: memref<4xf32>, %c: memref<4xf32>) {
  // expected-error @+1 {{'memref.load' op reads device memory on the host, where it is not seen}}
  %x = memref.load %a[] : memref<i1>
  // expected-note @+1 {{needed here}}
  scf.if %x {
    memref.copy %b, %c : memref<4xf32> to memref<4xf32>
  }
  return
}
