// RUN: not bptt-opt %s --bptt-differentiate="function=g" 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not bptt-opt %s --bptt-differentiate="wrt=2" 2>&1 | FileCheck %s --check-prefix=RANGE
// RUN: not bptt-opt %s --bptt-differentiate="wrt=0,1,0" 2>&1 | FileCheck %s --check-prefix=TWICE

// MISSING: error: there is no function @g
// RANGE: error: wrt names argument #2, but @f has 2 arguments
// TWICE: error: wrt names argument #0 twice
func.func @f(%x: f32, %y: f32) -> f32 {
  %z = arith.mulf %x, %y : f32
  return %z : f32
}
