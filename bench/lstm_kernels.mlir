// One LSTM layer in f32, batch 16, input 256, hidden 256, any number of steps: what is
// left of it after bufferization. `bench-functions` times @forward, which keeps
// the gates and the states of every step, and @backward.

#id = affine_map<(i, j) -> (i, j)>
#col = affine_map<(i, j) -> (j)>
#mn = affine_map<(m, n, k) -> (m, n)>
#mk = affine_map<(m, n, k) -> (m, k)>
#kn = affine_map<(m, n, k) -> (k, n)>

func.func private @taped(%x: memref<16x256xf32, strided<[256, 1], offset: ?>>, %h: memref<16x256xf32, strided<[256, 1], offset: ?>>, %c: memref<16x256xf32, strided<[256, 1], offset: ?>>, %w: memref<256x1024xf32>, %u: memref<256x1024xf32>, %b: memref<1024xf32>,
    %z: memref<16x1024xf32, strided<[1024, 1], offset: ?>>, %hn: memref<16x256xf32, strided<[256, 1], offset: ?>>, %cn: memref<16x256xf32, strided<[256, 1], offset: ?>>) {
  %one = arith.constant 1.0 : f32
  linalg.broadcast ins(%b : memref<1024xf32>) outs(%z : memref<16x1024xf32, strided<[1024, 1], offset: ?>>) dimensions = [0]
  linalg.matmul ins(%x, %w : memref<16x256xf32, strided<[256, 1], offset: ?>>, memref<256x1024xf32>) outs(%z : memref<16x1024xf32, strided<[1024, 1], offset: ?>>)
  linalg.matmul ins(%h, %u : memref<16x256xf32, strided<[256, 1], offset: ?>>, memref<256x1024xf32>) outs(%z : memref<16x1024xf32, strided<[1024, 1], offset: ?>>)
  %i = memref.subview %z[0, 0] [16, 256] [1, 1] : memref<16x1024xf32, strided<[1024, 1], offset: ?>> to memref<16x256xf32, strided<[1024, 1], offset: ?>>
  %f = memref.subview %z[0, 256] [16, 256] [1, 1] : memref<16x1024xf32, strided<[1024, 1], offset: ?>> to memref<16x256xf32, strided<[1024, 1], offset: ?>>
  %g = memref.subview %z[0, 512] [16, 256] [1, 1] : memref<16x1024xf32, strided<[1024, 1], offset: ?>> to memref<16x256xf32, strided<[1024, 1], offset: ?>>
  %o = memref.subview %z[0, 768] [16, 256] [1, 1] : memref<16x1024xf32, strided<[1024, 1], offset: ?>> to memref<16x256xf32, strided<[1024, 1], offset: ?>>
  linalg.generic {indexing_maps = [#id, #id, #id, #id, #id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%c : memref<16x256xf32, strided<[256, 1], offset: ?>>) outs(%i, %f, %g, %o, %cn, %hn : memref<16x256xf32, strided<[1024, 1], offset: ?>>, memref<16x256xf32, strided<[1024, 1], offset: ?>>, memref<16x256xf32, strided<[1024, 1], offset: ?>>, memref<16x256xf32, strided<[1024, 1], offset: ?>>, memref<16x256xf32, strided<[256, 1], offset: ?>>, memref<16x256xf32, strided<[256, 1], offset: ?>>) {
  ^bb0(%c0: f32, %zi: f32, %zf: f32, %zg: f32, %zo: f32, %c1: f32, %h1: f32):
    %ni = arith.negf %zi : f32
    %ei = math.exp %ni : f32
    %pi = arith.addf %ei, %one : f32
    %si = arith.divf %one, %pi : f32
    %nf = arith.negf %zf : f32
    %ef = math.exp %nf : f32
    %pf = arith.addf %ef, %one : f32
    %sf = arith.divf %one, %pf : f32
    %no = arith.negf %zo : f32
    %eo = math.exp %no : f32
    %po = arith.addf %eo, %one : f32
    %so = arith.divf %one, %po : f32
    %tg = math.tanh %zg : f32
    %q = arith.mulf %sf, %c0 : f32
    %r = arith.mulf %si, %tg : f32
    %cc = arith.addf %q, %r : f32
    %tc = math.tanh %cc : f32
    %hh = arith.mulf %so, %tc : f32
    linalg.yield %si, %sf, %tg, %so, %cc, %hh : f32, f32, f32, f32, f32, f32
  }
  return
}

func.func private @adjoint(%x: memref<16x256xf32, strided<[256, 1], offset: ?>>, %h: memref<16x256xf32, strided<[256, 1], offset: ?>>, %c: memref<16x256xf32, strided<[256, 1], offset: ?>>, %cn: memref<16x256xf32, strided<[256, 1], offset: ?>>, %z: memref<16x1024xf32, strided<[1024, 1], offset: ?>>, %w: memref<256x1024xf32>, %u: memref<256x1024xf32>,
    %dy: memref<16x256xf32, strided<[256, 1], offset: ?>>, %dh: memref<16x256xf32>, %dc: memref<16x256xf32>, %dz: memref<16x1024xf32, strided<[1024, 1], offset: ?>>, %dw: memref<256x1024xf32>, %du: memref<256x1024xf32>, %db: memref<1024xf32>, %dx: memref<16x256xf32, strided<[256, 1], offset: ?>>) {
  %one = arith.constant 1.0 : f32
  %zero = arith.constant 0.0 : f32
  %i = memref.subview %z[0, 0] [16, 256] [1, 1] : memref<16x1024xf32, strided<[1024, 1], offset: ?>> to memref<16x256xf32, strided<[1024, 1], offset: ?>>
  %f = memref.subview %z[0, 256] [16, 256] [1, 1] : memref<16x1024xf32, strided<[1024, 1], offset: ?>> to memref<16x256xf32, strided<[1024, 1], offset: ?>>
  %g = memref.subview %z[0, 512] [16, 256] [1, 1] : memref<16x1024xf32, strided<[1024, 1], offset: ?>> to memref<16x256xf32, strided<[1024, 1], offset: ?>>
  %o = memref.subview %z[0, 768] [16, 256] [1, 1] : memref<16x1024xf32, strided<[1024, 1], offset: ?>> to memref<16x256xf32, strided<[1024, 1], offset: ?>>
  %di = memref.subview %dz[0, 0] [16, 256] [1, 1] : memref<16x1024xf32, strided<[1024, 1], offset: ?>> to memref<16x256xf32, strided<[1024, 1], offset: ?>>
  %df = memref.subview %dz[0, 256] [16, 256] [1, 1] : memref<16x1024xf32, strided<[1024, 1], offset: ?>> to memref<16x256xf32, strided<[1024, 1], offset: ?>>
  %dg = memref.subview %dz[0, 512] [16, 256] [1, 1] : memref<16x1024xf32, strided<[1024, 1], offset: ?>> to memref<16x256xf32, strided<[1024, 1], offset: ?>>
  %do = memref.subview %dz[0, 768] [16, 256] [1, 1] : memref<16x1024xf32, strided<[1024, 1], offset: ?>> to memref<16x256xf32, strided<[1024, 1], offset: ?>>
  linalg.generic {indexing_maps = [#id, #id, #id, #id, #id, #id, #id, #id, #id, #id, #id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%i, %f, %g, %o, %c, %cn, %dy, %dh : memref<16x256xf32, strided<[1024, 1], offset: ?>>, memref<16x256xf32, strided<[1024, 1], offset: ?>>, memref<16x256xf32, strided<[1024, 1], offset: ?>>, memref<16x256xf32, strided<[1024, 1], offset: ?>>, memref<16x256xf32, strided<[256, 1], offset: ?>>, memref<16x256xf32, strided<[256, 1], offset: ?>>, memref<16x256xf32, strided<[256, 1], offset: ?>>, memref<16x256xf32>)
      outs(%di, %df, %dg, %do, %dc : memref<16x256xf32, strided<[1024, 1], offset: ?>>, memref<16x256xf32, strided<[1024, 1], offset: ?>>, memref<16x256xf32, strided<[1024, 1], offset: ?>>, memref<16x256xf32, strided<[1024, 1], offset: ?>>, memref<16x256xf32>) {
  ^bb0(%si: f32, %sf: f32, %tg: f32, %so: f32, %c0: f32, %c1: f32, %y: f32, %hin: f32, %u0: f32, %u1: f32, %u2: f32, %u3: f32, %cin: f32):
    %hh = arith.addf %hin, %y : f32
    %tc = math.tanh %c1 : f32
    %t2 = arith.mulf %tc, %tc : f32
    %t3 = arith.subf %one, %t2 : f32
    %ho = arith.mulf %hh, %so : f32
    %ht = arith.mulf %ho, %t3 : f32
    %cc = arith.addf %cin, %ht : f32
    %i1 = arith.subf %one, %si : f32
    %i2 = arith.mulf %si, %i1 : f32
    %i3 = arith.mulf %cc, %tg : f32
    %ri = arith.mulf %i3, %i2 : f32
    %f1 = arith.subf %one, %sf : f32
    %f2 = arith.mulf %sf, %f1 : f32
    %f3 = arith.mulf %cc, %c0 : f32
    %rf = arith.mulf %f3, %f2 : f32
    %g1 = arith.mulf %tg, %tg : f32
    %g2 = arith.subf %one, %g1 : f32
    %g3 = arith.mulf %cc, %si : f32
    %rg = arith.mulf %g3, %g2 : f32
    %o1 = arith.subf %one, %so : f32
    %o2 = arith.mulf %so, %o1 : f32
    %o3 = arith.mulf %hh, %tc : f32
    %ro = arith.mulf %o3, %o2 : f32
    %rc = arith.mulf %cc, %sf : f32
    linalg.yield %ri, %rf, %rg, %ro, %rc : f32, f32, f32, f32, f32
  }
  linalg.generic {indexing_maps = [#mk, #mn, #kn], iterator_types = ["reduction", "parallel", "parallel"]}
      ins(%x, %dz : memref<16x256xf32, strided<[256, 1], offset: ?>>, memref<16x1024xf32, strided<[1024, 1], offset: ?>>) outs(%dw : memref<256x1024xf32>) {
  ^bb0(%p: f32, %q: f32, %r: f32):
    %s = arith.mulf %p, %q : f32
    %t = arith.addf %r, %s : f32
    linalg.yield %t : f32
  }
  linalg.generic {indexing_maps = [#mk, #mn, #kn], iterator_types = ["reduction", "parallel", "parallel"]}
      ins(%h, %dz : memref<16x256xf32, strided<[256, 1], offset: ?>>, memref<16x1024xf32, strided<[1024, 1], offset: ?>>) outs(%du : memref<256x1024xf32>) {
  ^bb0(%p: f32, %q: f32, %r: f32):
    %s = arith.mulf %p, %q : f32
    %t = arith.addf %r, %s : f32
    linalg.yield %t : f32
  }
  linalg.generic {indexing_maps = [#id, #col], iterator_types = ["reduction", "parallel"]}
      ins(%dz : memref<16x1024xf32, strided<[1024, 1], offset: ?>>) outs(%db : memref<1024xf32>) {
  ^bb0(%p: f32, %q: f32):
    %s = arith.addf %q, %p : f32
    linalg.yield %s : f32
  }
  linalg.fill ins(%zero : f32) outs(%dx : memref<16x256xf32, strided<[256, 1], offset: ?>>)
  linalg.fill ins(%zero : f32) outs(%dh : memref<16x256xf32>)
  linalg.generic {indexing_maps = [#mn, #kn, #mk], iterator_types = ["parallel", "reduction", "parallel"]}
      ins(%dz, %w : memref<16x1024xf32, strided<[1024, 1], offset: ?>>, memref<256x1024xf32>) outs(%dx : memref<16x256xf32, strided<[256, 1], offset: ?>>) {
  ^bb0(%p: f32, %q: f32, %r: f32):
    %s = arith.mulf %p, %q : f32
    %t = arith.addf %r, %s : f32
    linalg.yield %t : f32
  }
  linalg.generic {indexing_maps = [#mn, #kn, #mk], iterator_types = ["parallel", "reduction", "parallel"]}
      ins(%dz, %u : memref<16x1024xf32, strided<[1024, 1], offset: ?>>, memref<256x1024xf32>) outs(%dh : memref<16x256xf32>) {
  ^bb0(%p: f32, %q: f32, %r: f32):
    %s = arith.mulf %p, %q : f32
    %t = arith.addf %r, %s : f32
    linalg.yield %t : f32
  }
  return
}

// The states have one entry more than there are steps, so the last step is left
// out here: T + 1 entries everywhere, T steps.
func.func @forward(%xs: memref<?x16x256xf32>, %hs: memref<?x16x256xf32>, %cs: memref<?x16x256xf32>, %zs: memref<?x16x1024xf32>, %w: memref<256x1024xf32>, %u: memref<256x1024xf32>, %b: memref<1024xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %entries = memref.dim %xs, %c0 : memref<?x16x256xf32>
  %steps = arith.subi %entries, %c1 : index
  scf.for %t = %c0 to %steps step %c1 {
    %next = arith.addi %t, %c1 : index
    %x = memref.subview %xs[%t, 0, 0] [1, 16, 256] [1, 1, 1] : memref<?x16x256xf32> to memref<16x256xf32, strided<[256, 1], offset: ?>>
    %h = memref.subview %hs[%t, 0, 0] [1, 16, 256] [1, 1, 1] : memref<?x16x256xf32> to memref<16x256xf32, strided<[256, 1], offset: ?>>
    %c = memref.subview %cs[%t, 0, 0] [1, 16, 256] [1, 1, 1] : memref<?x16x256xf32> to memref<16x256xf32, strided<[256, 1], offset: ?>>
    %z = memref.subview %zs[%t, 0, 0] [1, 16, 1024] [1, 1, 1] : memref<?x16x1024xf32> to memref<16x1024xf32, strided<[1024, 1], offset: ?>>
    %hn = memref.subview %hs[%next, 0, 0] [1, 16, 256] [1, 1, 1] : memref<?x16x256xf32> to memref<16x256xf32, strided<[256, 1], offset: ?>>
    %cn = memref.subview %cs[%next, 0, 0] [1, 16, 256] [1, 1, 1] : memref<?x16x256xf32> to memref<16x256xf32, strided<[256, 1], offset: ?>>
    func.call @taped(%x, %h, %c, %w, %u, %b, %z, %hn, %cn)
        : (memref<16x256xf32, strided<[256, 1], offset: ?>>, memref<16x256xf32, strided<[256, 1], offset: ?>>, memref<16x256xf32, strided<[256, 1], offset: ?>>, memref<256x1024xf32>, memref<256x1024xf32>, memref<1024xf32>, memref<16x1024xf32, strided<[1024, 1], offset: ?>>, memref<16x256xf32, strided<[256, 1], offset: ?>>, memref<16x256xf32, strided<[256, 1], offset: ?>>) -> ()
  }
  return
}

func.func @backward(%xs: memref<?x16x256xf32>, %hs: memref<?x16x256xf32>, %cs: memref<?x16x256xf32>, %zs: memref<?x16x1024xf32>, %w: memref<256x1024xf32>, %u: memref<256x1024xf32>,
    %dys: memref<?x16x256xf32>, %dh: memref<16x256xf32>, %dc: memref<16x256xf32>, %dz: memref<16x1024xf32>, %dw: memref<256x1024xf32>, %du: memref<256x1024xf32>, %db: memref<1024xf32>, %dxs: memref<?x16x256xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %entries = memref.dim %xs, %c0 : memref<?x16x256xf32>
  %steps = arith.subi %entries, %c1 : index
  %dzv = memref.cast %dz : memref<16x1024xf32> to memref<16x1024xf32, strided<[1024, 1], offset: ?>>
  scf.for %i = %c0 to %steps step %c1 {
    %next = arith.subi %steps, %i : index
    %t = arith.subi %next, %c1 : index
    %x = memref.subview %xs[%t, 0, 0] [1, 16, 256] [1, 1, 1] : memref<?x16x256xf32> to memref<16x256xf32, strided<[256, 1], offset: ?>>
    %h = memref.subview %hs[%t, 0, 0] [1, 16, 256] [1, 1, 1] : memref<?x16x256xf32> to memref<16x256xf32, strided<[256, 1], offset: ?>>
    %c = memref.subview %cs[%t, 0, 0] [1, 16, 256] [1, 1, 1] : memref<?x16x256xf32> to memref<16x256xf32, strided<[256, 1], offset: ?>>
    %z = memref.subview %zs[%t, 0, 0] [1, 16, 1024] [1, 1, 1] : memref<?x16x1024xf32> to memref<16x1024xf32, strided<[1024, 1], offset: ?>>
    %dy = memref.subview %dys[%t, 0, 0] [1, 16, 256] [1, 1, 1] : memref<?x16x256xf32> to memref<16x256xf32, strided<[256, 1], offset: ?>>
    %dx = memref.subview %dxs[%t, 0, 0] [1, 16, 256] [1, 1, 1] : memref<?x16x256xf32> to memref<16x256xf32, strided<[256, 1], offset: ?>>
    %cn = memref.subview %cs[%next, 0, 0] [1, 16, 256] [1, 1, 1] : memref<?x16x256xf32> to memref<16x256xf32, strided<[256, 1], offset: ?>>
    func.call @adjoint(%x, %h, %c, %cn, %z, %w, %u, %dy, %dh, %dc, %dzv, %dw, %du, %db, %dx)
        : (memref<16x256xf32, strided<[256, 1], offset: ?>>, memref<16x256xf32, strided<[256, 1], offset: ?>>, memref<16x256xf32, strided<[256, 1], offset: ?>>, memref<16x256xf32, strided<[256, 1], offset: ?>>, memref<16x1024xf32, strided<[1024, 1], offset: ?>>, memref<256x1024xf32>, memref<256x1024xf32>, memref<16x256xf32, strided<[256, 1], offset: ?>>, memref<16x256xf32>, memref<16x256xf32>, memref<16x1024xf32, strided<[1024, 1], offset: ?>>, memref<256x1024xf32>, memref<256x1024xf32>, memref<1024xf32>, memref<16x256xf32, strided<[256, 1], offset: ?>>) -> ()
  }
  return
}
