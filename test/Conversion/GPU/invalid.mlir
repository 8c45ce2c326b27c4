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

// -----

memref.global "private" constant @one : memref<4xf32> = dense<1.0>

func.func @choice(%which: i1, %a: memref<4xf32>, %out: memref<4xf32>) {
  // expected-error @+1 {{'memref.get_global' op passes a constant of the host to kernels, which cannot see it; make it an argument of the function}}
  %one = memref.get_global @one : memref<4xf32>
  %chosen = arith.select %which, %one, %a : memref<4xf32>
  memref.copy %chosen, %out : memref<4xf32> to memref<4xf32>
  return
}
