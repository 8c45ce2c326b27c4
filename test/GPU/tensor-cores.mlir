// Products on tensor cores, in every tiling and both layouts, for every type: an LSTM of 1024 units and 64 streams, and larger and
// odd ones. No spills.
// REQUIRES: ptxas
// RUN: bptt-opt %s --bptt-lower-to-nvvm="chip=sm_80" | %utils/assemble_kernels.py sm_80 | FileCheck %s
// RUN: bptt-opt %s --bptt-lower-to-nvvm="chip=sm_90a" | %utils/assemble_kernels.py sm_90a | FileCheck %s
// RUN: bptt-opt %s --bptt-lower-to-nvvm="chip=sm_100" | %utils/assemble_kernels.py sm_100 | FileCheck %s
// CHECK: 12 kernels for sm_{{[0-9a-z]+}}, {{[0-9]+}} bytes of cubin, no spills

#mk = affine_map<(i, j, k) -> (i, k)>
#km = affine_map<(i, j, k) -> (k, i)>
#kn = affine_map<(i, j, k) -> (k, j)>
#nk = affine_map<(i, j, k) -> (j, k)>
#mn = affine_map<(i, j, k) -> (i, j)>

func.func @gates(%a: memref<64x1024xbf16>, %b: memref<1024x4096xbf16>, %c: memref<64x4096xf32>) {
  linalg.generic {indexing_maps = [#mk, #kn, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<64x1024xbf16>, memref<1024x4096xbf16>) outs(%c : memref<64x4096xf32>) {
  ^bb0(%x: bf16, %y: bf16, %s: f32):
    %xw = arith.extf %x : bf16 to f32
    %yw = arith.extf %y : bf16 to f32
    %p = arith.mulf %xw, %yw : f32
    %q = arith.addf %s, %p : f32
    linalg.yield %q : f32
  }
  return
}

func.func @gates_few(%a: memref<16x256xf16>, %b: memref<256x1024xf16>, %c: memref<16x1024xf32>) {
  linalg.generic {indexing_maps = [#mk, #kn, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<16x256xf16>, memref<256x1024xf16>) outs(%c : memref<16x1024xf32>) {
  ^bb0(%x: f16, %y: f16, %s: f32):
    %xw = arith.extf %x : f16 to f32
    %yw = arith.extf %y : f16 to f32
    %p = arith.mulf %xw, %yw : f32
    %q = arith.addf %s, %p : f32
    linalg.yield %q : f32
  }
  return
}

func.func @state_cotangent(%a: memref<64x4096xf32>, %b: memref<1024x4096xbf16>, %c: memref<64x1024xf32>) {
  linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<64x4096xf32>, memref<1024x4096xbf16>) outs(%c : memref<64x1024xf32>) {
  ^bb0(%x: f32, %y: bf16, %s: f32):
    %yw = arith.extf %y : bf16 to f32
    %p = arith.mulf %x, %yw : f32
    %q = arith.addf %s, %p : f32
    linalg.yield %q : f32
  }
  return
}

func.func @state_cotangent_f16(%a: memref<16x1024xf32>, %b: memref<256x1024xf16>, %c: memref<16x256xf32>) {
  linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<16x1024xf32>, memref<256x1024xf16>) outs(%c : memref<16x256xf32>) {
  ^bb0(%x: f32, %y: f16, %s: f32):
    %yw = arith.extf %y : f16 to f32
    %p = arith.mulf %x, %yw : f32
    %q = arith.addf %s, %p : f32
    linalg.yield %q : f32
  }
  return
}

func.func @weight_cotangent(%a: memref<64x1024xbf16>, %b: memref<64x4096xf32>, %c: memref<1024x4096xf32>) {
  linalg.generic {indexing_maps = [#km, #kn, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<64x1024xbf16>, memref<64x4096xf32>) outs(%c : memref<1024x4096xf32>) {
  ^bb0(%x: bf16, %y: f32, %s: f32):
    %xw = arith.extf %x : bf16 to f32
    %p = arith.mulf %xw, %y : f32
    %q = arith.addf %s, %p : f32
    linalg.yield %q : f32
  }
  return
}

func.func @middle(%a: memref<128x512xbf16>, %b: memref<2048x512xbf16>, %c: memref<128x2048xf32>) {
  linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<128x512xbf16>, memref<2048x512xbf16>) outs(%c : memref<128x2048xf32>) {
  ^bb0(%x: bf16, %y: bf16, %s: f32):
    %xw = arith.extf %x : bf16 to f32
    %yw = arith.extf %y : bf16 to f32
    %p = arith.mulf %xw, %yw : f32
    %q = arith.addf %s, %p : f32
    linalg.yield %q : f32
  }
  return
}

func.func @middle_parts(%a: memref<512x128xf32>, %b: memref<512x2048xbf16>, %c: memref<128x2048xf32>) {
  linalg.generic {indexing_maps = [#km, #kn, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<512x128xf32>, memref<512x2048xbf16>) outs(%c : memref<128x2048xf32>) {
  ^bb0(%x: f32, %y: bf16, %s: f32):
    %yw = arith.extf %y : bf16 to f32
    %p = arith.mulf %x, %yw : f32
    %q = arith.addf %s, %p : f32
    linalg.yield %q : f32
  }
  return
}

func.func @large(%a: memref<4096x1024xbf16>, %b: memref<1024x4096xbf16>, %c: memref<4096x4096xf32>) {
  linalg.generic {indexing_maps = [#mk, #kn, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<4096x1024xbf16>, memref<1024x4096xbf16>) outs(%c : memref<4096x4096xf32>) {
  ^bb0(%x: bf16, %y: bf16, %s: f32):
    %xw = arith.extf %x : bf16 to f32
    %yw = arith.extf %y : bf16 to f32
    %p = arith.mulf %xw, %yw : f32
    %q = arith.addf %s, %p : f32
    linalg.yield %q : f32
  }
  return
}

func.func @large_turned(%a: memref<1024x4096xf16>, %b: memref<4096x1024xf16>, %c: memref<4096x4096xf32>) {
  linalg.generic {indexing_maps = [#km, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<1024x4096xf16>, memref<4096x1024xf16>) outs(%c : memref<4096x4096xf32>) {
  ^bb0(%x: f16, %y: f16, %s: f32):
    %xw = arith.extf %x : f16 to f32
    %yw = arith.extf %y : f16 to f32
    %p = arith.mulf %xw, %yw : f32
    %q = arith.addf %s, %p : f32
    linalg.yield %q : f32
  }
  return
}

func.func @large_parts(%a: memref<1024x4096xf32>, %b: memref<4096x1024xf16>, %c: memref<4096x4096xf32>) {
  linalg.generic {indexing_maps = [#km, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<1024x4096xf32>, memref<4096x1024xf16>) outs(%c : memref<4096x4096xf32>) {
  ^bb0(%x: f32, %y: f16, %s: f32):
    %yw = arith.extf %y : f16 to f32
    %p = arith.mulf %x, %yw : f32
    %q = arith.addf %s, %p : f32
    linalg.yield %q : f32
  }
  return
}

func.func @odd(%a: memref<33x45xbf16>, %b: memref<45x70xbf16>, %c: memref<33x70xf32>) {
  linalg.generic {indexing_maps = [#mk, #kn, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<33x45xbf16>, memref<45x70xbf16>) outs(%c : memref<33x70xf32>) {
  ^bb0(%x: bf16, %y: bf16, %s: f32):
    %xw = arith.extf %x : bf16 to f32
    %yw = arith.extf %y : bf16 to f32
    %p = arith.mulf %xw, %yw : f32
    %q = arith.addf %s, %p : f32
    linalg.yield %q : f32
  }
  return
}

func.func @odd_parts(%a: memref<45x33xf32>, %b: memref<70x45xf16>, %c: memref<33x70xf32>) {
  linalg.generic {indexing_maps = [#km, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<45x33xf32>, memref<70x45xf16>) outs(%c : memref<33x70xf32>) {
  ^bb0(%x: f32, %y: f16, %s: f32):
    %yw = arith.extf %y : f16 to f32
    %p = arith.mulf %x, %yw : f32
    %q = arith.addf %s, %p : f32
    linalg.yield %q : f32
  }
  return
}
