// Every chip has the oldest PTX that knows it, and all those that utils/gpu/ names are chips of the compiler.

// RUN: bptt-opt %s --bptt-lower-to-nvvm="chip=sm_80 format=isa" | FileCheck %s -DVERSION=7.0 -DCHIP=sm_80
// RUN: bptt-opt %s --bptt-lower-to-nvvm="chip=sm_90a format=isa" | FileCheck %s -DVERSION=8.0 -DCHIP=sm_90a
// RUN: bptt-opt %s --bptt-lower-to-nvvm="chip=sm_100 format=isa" | FileCheck %s -DVERSION=8.6 -DCHIP=sm_100
// RUN: bptt-opt %s --bptt-lower-to-nvvm="chip=sm_100f format=isa" | FileCheck %s -DVERSION=8.8 -DCHIP=sm_100f
// RUN: bptt-opt %s --bptt-lower-to-nvvm="chip=sm_103a format=isa" | FileCheck %s -DVERSION=8.8 -DCHIP=sm_103a
// RUN: bptt-opt %s --bptt-lower-to-nvvm="chip=sm_110 format=isa" | FileCheck %s -DVERSION=9.0 -DCHIP=sm_110
// RUN: bptt-opt %s --bptt-lower-to-nvvm="chip=sm_120 format=isa" | FileCheck %s -DVERSION=8.7 -DCHIP=sm_120
// RUN: bptt-opt %s --bptt-lower-to-nvvm="chip=sm_121a format=isa" | FileCheck %s -DVERSION=8.8 -DCHIP=sm_121a
// CHECK: .version [[VERSION]]\0A.target [[CHIP]]\0A

// RUN: python3 -c "import sys; sys.path.insert(0, '%utils/gpu'); import device; [print(device.chip_for(c)) for c in device.CHIPS]" > %t.txt
// RUN: xargs -I CHIP bptt-opt %s --bptt-lower-to-nvvm="chip=CHIP format=isa" -o /dev/null < %t.txt
// RUN: python3 -c "import sys; sys.path.insert(0, '%utils/gpu'); import device; print(device.chip_for(101), device.chip_for(122))" \
// RUN:   | FileCheck %s --check-prefix=OTHERS
// OTHERS: sm_100 sm_121
// RUN: not python3 -c "import sys; sys.path.insert(0, '%utils/gpu'); import device; device.chip_for(75)" 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NONE
// NONE: NoDevice: kernels cannot be compiled for sm_75, only for sm_80, sm_86, {{.*}}, sm_121

// RUN: not bptt-opt %s --bptt-lower-to-nvvm=chip=sm_70 2>&1 | FileCheck %s --check-prefix=OLD
// OLD: error: chip 'sm_70' is not known, expected one of sm_80, {{.*}}sm_90, sm_90a, sm_100, sm_100a, sm_100f, {{.*}}sm_121f
// RUN: not bptt-opt %s --bptt-lower-to-nvvm=chip=sm_9o0 2>&1 | FileCheck %s --check-prefix=NAME
// NAME: error: chip 'sm_9o0' is not known, expected one of sm_80

func.func @f(%a: memref<8xf32>, %b: memref<8xf32>) {
  memref.copy %a, %b : memref<8xf32> to memref<8xf32>
  return
}
