// RUN: bptt-opt %s --bptt-lower-to-cpu | FileCheck %s

// Everything a step is made of reaches the LLVM dialect without an allocator
// and without a runtime library.

// CHECK-NOT: memrefCopy
// CHECK-NOT: @malloc
// CHECK-NOT: unrealized_conversion_cast

// CHECK-LABEL: llvm.func @cell(
func.func private @cell(%z: memref<16x256xf32, strided<[256, 1], offset: ?>>,
                        %h: memref<16x64xf32>) {
  %gate = memref.subview %z[0, 64] [16, 64] [1, 1]
      : memref<16x256xf32, strided<[256, 1], offset: ?>> to memref<16x64xf32, strided<[256, 1], offset: ?>>
  // CHECK-NOT: call @tanhf
  linalg.map { math.tanh } ins(%gate : memref<16x64xf32, strided<[256, 1], offset: ?>>)
      outs(%h : memref<16x64xf32>)
  return
}

// CHECK-LABEL: llvm.func @step(
// CHECK-SAME: llvm.emit_c_interface
func.func @step(%arena: memref<?xi8>, %w: memref<64x256xf32>, %steps: index)
    attributes {llvm.emit_c_interface} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16384 = arith.constant 16384 : index
  %c32768 = arith.constant 32768 : index
  %h = memref.view %arena[%c0][] : memref<?xi8> to memref<16x64xf32>
  %z = memref.view %arena[%c16384][] : memref<?xi8> to memref<16x256xf32>
  scf.for %i = %c0 to %steps step %c1 {
    %kept = memref.view %arena[%c32768][] : memref<?xi8> to memref<16x64xf32>
    %kind = arith.remui %i, %c16384 : index
    scf.index_switch %kind
    case 0 {
      linalg.matmul ins(%h, %w : memref<16x64xf32>, memref<64x256xf32>)
          outs(%z : memref<16x256xf32>)
      %zz = memref.cast %z : memref<16x256xf32> to memref<16x256xf32, strided<[256, 1], offset: ?>>
      func.call @cell(%zz, %h)
          : (memref<16x256xf32, strided<[256, 1], offset: ?>>, memref<16x64xf32>) -> ()
      scf.yield
    }
    default {
      // Contiguous: one memcpy. Strided: loops.
      // CHECK: llvm.intr.memcpy
      memref.copy %h, %kept : memref<16x64xf32> to memref<16x64xf32>
      %part = memref.subview %z[0, 64] [16, 64] [1, 1]
          : memref<16x256xf32> to memref<16x64xf32, strided<[256, 1], offset: 64>>
      memref.copy %part, %h : memref<16x64xf32, strided<[256, 1], offset: 64>> to memref<16x64xf32>
      scf.yield
    }
  }
  return
}
// CHECK: llvm.func @_mlir_ciface_step(
