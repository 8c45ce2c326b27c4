//===- Passes.td - Lowering towards a target ---------------*- tablegen -*-===//

#ifndef BPTT_CONVERSION_PASSES_TD
#define BPTT_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ExpandMath : Pass<"bptt-expand-math"> {
  let summary = "Replace transcendental functions of f32 by polynomials, and round";
  let description = [{
    Upstream's rational and polynomial approximations (`populateMathPolynomialApproximationPatterns`), which
    LLVM's vectoriser turns into vector code; without them every `tanh` is a call of libm. Sine and cosine are our own,
    exact to 2 ulp for arguments up to some 1e6. f64 is left alone, but for `round`, which becomes arithmetic in every type.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::vector::VectorDialect"];
}

def CallMathLibrary : Pass<"bptt-call-math-library", "::mlir::ModuleOp"> {
  let summary = "Call the C library for expm1 and log1p";
  let description = [{
    `-convert-math-to-llvm` computes expm1 as exp(x) - 1 and log1p as log(1 + x), which for small arguments loses what the
    two are for. In front of it, this pass calls the C library (upstream's `-convert-math-to-libm` for these two).
  }];
  let dependentDialects = ["::mlir::func::FuncDialect", "::mlir::LLVM::LLVMDialect", "::mlir::vector::VectorDialect"];
}

def CopyToLinalg : Pass<"bptt-copy-to-linalg"> {
  let summary = "Turn strided copies into linalg";
  let description = [{
    A `memref.copy` of contiguous memory becomes one `memcpy` intrinsic further down; any other would become a call
    of a runtime function. It is rewritten to `linalg.copy`, which the later passes turn into loops.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

def ExpandDoubleMath : Pass<"bptt-expand-double-math"> {
  let summary = "Replace transcendental functions of f64 by arithmetic";
  let description = [{
    exp, expm1, exp2, log, log2, log10, log1p, tanh, sinh, cosh, their inverses, sin, cos, tan, their inverses, atan2, erf, erfc, cbrt
    and powf of f64, with errors of a few ulp (sin and cos up to some 1e5 turns, powf where its exponent is not large), for chips
    without a library of them. Those of narrower types that -bptt-expand-math leaves (exp2, log10, sinh, cosh, tan, powf, and the
    inverses of some) are computed in f64 and rounded.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

def VectorizeContractions : Pass<"bptt-vectorize-contractions"> {
  let summary = "Turn linalg contractions on memrefs into register-tiled vector loops";
  let description = [{
    Rewrites every `linalg` operation on memrefs that computes `out += lhs * rhs` in floats (recognised from its body and
    indexing maps: named or generic, transposed or not, batched, with a vector, with several dimensions of a kind; the factors may be
    narrower floats than the result, which the body extends) into loops
    around a tile of the result that stays in vector registers, with one `vector.fma` for each product. Nothing is
    allocated or packed. What lies along the lanes is decided by which loop is innermost in the operands:

    * a parallel loop, as in `z += x * W` and `dW += x^T * dz`: one operand is loaded as vectors, the other broadcast. The products
      of each element are added in the order of the reduction;
    * a reduction, as in `dx += dz * W^T`: both operands are loaded as vectors. Each lane sums its share in order, and the lanes are summed
      pairwise. `W` is not transposed.

    The sum is then added to what is there: that may be large beside its terms, as a weight's gradient over many steps is.

    Sums of a result narrower than f32 are kept in f32 and rounded once.

    Both orders follow from shapes and indexing maps alone; neither tile sizes, layouts, threads nor the function around it change a
    bit. Where the innermost stride of an operand is not known to be 1, its vectors are gathered element by element:
    the same bits, slowly.

    A direct emitter, since upstream's way (tile, vectorise, hoist the accumulator's transfers out of the reduction)
    needs a proof that the result does not alias the operands, and views of one arena give none; and since it lets the
    epilogues of odd sizes be masked in place of falling back to scalars.

    Assumes what `linalg` on buffers assumes: the result overlaps no input.
  }];
  let options = [
    Option<"vectorBits", "vector-bits", "int64_t", /*default=*/"512", "Width of a vector register, in bits">,
    Option<"threads", "threads", "int64_t", /*default=*/"1",
           "With more than one, large products become scf.parallel over independent tiles">,
    Option<"minParallelWork", "min-parallel-work", "int64_t", /*default=*/"131072",
           "Products of fewer multiply-adds than this stay on one thread">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def VectorizeElementwise : Pass<"bptt-vectorize-elementwise"> {
  let summary = "Turn element-wise linalg and reductions on memrefs into vector loops";
  let description = [{
    Every `linalg` operation on memrefs whose maps are projected permutations and whose body is element-wise arithmetic
    becomes a loop nest around vectors, the last of which is masked. LLVM's loop vectoriser would do as much where it can
    prove, or check at run time, that no two operands overlap; for many views of one arena it gives up. `linalg` on buffers
    says so already: a result overlaps an operand exactly or not at all, and each vector is read before it is written.

    * Results in lanes: element-wise operations, and reductions over other loops, such as the sum of rows, whose sums are in the
      order of plain loops. With an innermost stride that is not 1 the operation is left to plain loops, with the same bits.
    * Partial results in lanes: reductions along rows by addition, multiplication, minimum or maximum. Each lane combines its
      share in order, the lanes are combined pairwise, then with what is there. This is so for every layout.

    Integer divisions are left alone, since a lane that is not active must not divide by zero.
    Run before -bptt-expand-math, which then expands vectors.
  }];
  let options = [
    Option<"vectorBits", "vector-bits", "int64_t", /*default=*/"512", "Width of a vector register, in bits">,
    Option<"threads", "threads", "int64_t", /*default=*/"1",
           "With more than one, large operations become scf.parallel over results">,
    Option<"minParallelWork", "min-parallel-work", "int64_t", /*default=*/"131072",
           "Operations worth fewer multiply-adds than this stay on one thread">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def OutlineParallel : Pass<"bptt-outline-parallel", "::mlir::ModuleOp"> {
  let summary = "Run parallel loops on the runtime's threads";
  let description = [{
    Every outermost `scf.parallel` of one dimension and without reductions becomes a function of a range of iterations, and
    a call of `bptt_parallel_for` (bptt/Runtime/ParallelFor.h) with that function, the values that the loop captured in a
    struct on the stack, the number of iterations and the number of threads:

        scf.parallel (%i) = (%c0) to (%c1008) step (%c48) { ... %w ... }
        ->
        func.func private @cell_parallel(%context: !llvm.ptr, %begin: i64, %end: i64)
        call @bptt_parallel_for(%body, %context, %iterations, %threads)

    The runtime is our own rather than OpenMP's: it does without a library that has to be found at run time, a loop costs it
    about a microsecond, and with more threads than processors the caller does the work of workers that are not
    scheduled. With one thread the pass changes nothing.
  }];
  let options = [
    Option<"threads", "threads", "int64_t", /*default=*/"1", "Threads that share a loop, the caller's among them">,
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::scf::SCFDialect",
                           "::mlir::LLVM::LLVMDialect"];
}

def SinkConstants : Pass<"bptt-sink-constants", "::mlir::ModuleOp"> {
  let summary = "Make constants that are passed to functions inside them";
  let description = [{
    Where calls of a private function pass a constant, or a part of one, the function makes it itself, and is passed where the part
    begins. Calls that pass other constants, or none, call another copy of the function. A kernel of that function then has the constant;
    the address of one on the host would mean nothing to it.

    ```mlir
    // before
    %tokens = memref.get_global @tokens : memref<4x3xi32>
    %part = memref.subview %tokens[%step, 0] [1, 3] [1, 1] : memref<4x3xi32> to memref<3xi32, strided<[1], offset: ?>>
    func.call @cell(%h, %part) : (memref<3xf32>, memref<3xi32, strided<[1], offset: ?>>) -> ()
    // after
    func.call @cell(%h, %step) : (memref<3xf32>, index) -> ()
    ```
  }];
  let dependentDialects = ["::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect"];
}

def FormKernels : Pass<"bptt-form-kernels", "::mlir::ModuleOp"> {
  let summary = "Turn structured operations on memrefs into GPU kernels";
  let description = [{
    Every copy and every `linalg` operation of a function becomes part of a `gpu.launch`; control flow, addresses and calls stay with
    the host. Companions (functions that compute sizes) are left alone.

    * Element-wise operations between two products become one kernel where they can: where no thread reads what
      another one wrote, up to 2 KiB of parameters. Of an operation with more operands than registers hold, the results are computed
      one after the other. Neighbours in memory are neighbouring threads; where alignment and shapes permit, each reads and
      writes 16 bytes at a time. Short sums are done by the thread that owns the result, so a table lookup's scatter needs no
      atomics.
    * Long sums, minima and maxima: along rows a block for each result, along columns one for up to 32 neighbours, unless there are
      results enough to keep every thread busy. A thread takes up to 16 bytes of neighbours at a time, and several loads are on their
      way at once. The threads of a warp exchange registers, the warps of a block meet in shared memory.
    * Matrix products: tiles in shared memory, one fused multiply-add for each product, added in the order of the terms. What the result starts
      from (zero, a bias, another product) is computed in the same kernel, and added last.
    * Matrix products with a factor of bf16 or f16, and sums in f32: the same on tensor cores, sixteen terms at a time, with a few tiles
      on their way to shared memory while one is multiplied. A factor that is wider than the other is the sum of two of bf16, which
      leaves 2^-18 of an f32; with `matmul-precision=bf16` it is rounded to one. With `matmul-precision=tf32`, products with a factor of
      f32, of both or of one, are there as well: f32 is rounded to TF32 (10 bits behind the point), which holds every bf16 and f16.
    * With `wgmma`, which is for `chip=sm_90a`, those of bf16 and f16 are computed by groups of four warps (`wgmma`), while one warp
      has the copy engine bring their tiles (TMA, `cp.async.bulk.tensor`); a factor of another type is converted in shared memory.
      The host makes the tensor maps before each launch (`bptt_cuda_tensor_map` of bptt-c/cuda.h), and the kernel takes them by value.
      Assumes, of a product: both factors are matrices of two dimensions and not constants; their first elements and strides are
      at multiples of 16 bytes, their fastest dimension is a multiple of eight; there are more than 32 rows and more than 16
      columns, one loop of terms and no other loop; and all this holds for every product of the same shapes, maps and types in the
      module, since tensor cores may round otherwise here, and a step that is computed again must have the same bits. All other
      products are made of `mma.sync`, which every chip from sm_80 on has. These kernels have not been run on a GPU yet, which is
      why one has to ask for them.
    * A block does several of these one after the other, with barriers between them, where it needs only what it wrote itself: the maximum,
      sum and quotients of a softmax's rows are one kernel, as long as the sums of a row have as many threads and the rest of it, in
      vectors, is no more than four for each.

    Kernels that do not wait for one another are one launch, where they have as many threads a block, 48 KiB of shared memory and 2 KiB
    of parameters do for all, and the sizes of their grids are known: the blocks of one come before those of the next. So the backward
    of a step's two products is one launch or two, not four.

    The order of every sum follows from shapes alone, and nothing is atomic: the bits of a result are the same from run to run and on
    every chip, and equal where a step is computed again.

    ```mlir
    // before
    linalg.fill ins(%zero : f32) outs(%a : memref<8xf32>)
    memref.copy %b, %c : memref<8xf32> to memref<8xf32>
    // after: one kernel
    gpu.launch blocks(...) in (%bx = %c1, ...) threads(...) in (%tx = %c128, ...) module(@kernels) function(@f_0_pointwise) {
      ... vector.store %zeros, ...
      ... vector.load ... vector.store ...
    }
    ```

    Assumes what `linalg` on buffers assumes, and that arguments of a function do not overlap. Arguments of public functions are
    device memory, aligned to 16 bytes, and to 64 where they are bytes; those listed in `bptt.tables` are the host's. A kernel has the
    constants that it reads; fails where the host passes the address of one to a function or a loop (see -bptt-sink-constants), and
    with `wgmma` for another chip than sm_90a.
  }];
  let options = [
    Option<"matmulPrecision", "matmul-precision", "std::string", "\"f32\"",
           "f32; tf32: round f32 factors of products to TF32; or bf16: round factors of products with a bf16 or f16 "
           "factor to bf16">,
    Option<"chip", "chip", "std::string", "\"sm_90a\"", "The chip that kernels are for; decides what they may use">,
    Option<"wgmma", "wgmma", "bool", "false", "Use wgmma and TMA, where a product allows it; for chip=sm_90a alone">,
  ];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
                           "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::nvgpu::NVGPUDialect", "::mlir::NVVM::NVVMDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def CallProducts : Pass<"bptt-call-products", "::mlir::ModuleOp"> {
  let summary = "Leave matrix products to cuBLASLt";
  let description = [{
    Every `linalg` operation on memrefs that is a product of two matrices becomes a call of `bptt_cuda_product` (bptt-c/cuda.h), which
    has cuBLASLt compute it: transposed or not, of f64, f32, f16 or bf16, or of f16 or bf16 with a result in f32. Where the result is
    filled with zero right before, the fill goes as well. What cuBLASLt cannot read or add up as it stands (batches, vectors, strides in
    both directions, factors of different types) is left to -bptt-form-kernels.

    ```mlir
    // before
    linalg.fill ins(%zero : f32) outs(%z : memref<16x64xf32>)
    linalg.matmul ins(%x, %w : memref<16x32xf32>, memref<32x64xf32>) outs(%z : memref<16x64xf32>)
    // after
    call @bptt_cuda_product(%z_address, %x_address, %w_address, %c16, %c64, %c32, %c64, %c32, %c64, %f32, %f32, %c0)
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect"];
}

def AttachChip : Pass<"bptt-attach-chip", "::mlir::ModuleOp"> {
  let summary = "Say which chip kernels are compiled for";
  let description = [{
    Gives every `gpu.module` the target of a chip, with the oldest version of PTX that knows it, or 8.1 where a kernel takes more than
    4 KiB of parameters, hence a driver from 530 on. Fails on a chip before sm_80 and on one
    that LLVM does not know, and lists those that there are: LLVM itself would warn, and compile for another.
  }];
  let options = [Option<"chip", "chip", "std::string", "\"sm_90a\"", "sm_80, sm_90a, sm_100, ...">];
  let dependentDialects = ["::mlir::NVVM::NVVMDialect"];
}

def ConvertKernels : Pass<"bptt-convert-kernels", "::mlir::gpu::GPUModuleOp"> {
  let summary = "Convert kernels to NVVM, without calls of libdevice";
  let description = [{
    Upstream's patterns for everything in a kernel after control flow is lowered, as -convert-gpu-to-nvvm has them, but for `math`:
    what the chip has an instruction for (fused multiply-adds, square roots, rounding) becomes that instruction. Upstream calls a
    library of NVIDIA's instead, which would make its toolkit necessary for PTX.

    Buffers are passed as bare pointers, tensor maps (parameters that are pointers already) by value. Shared memory is aligned to 16
    bytes. Fails, naming the operation, on a transcendental function that nothing has expanded.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::NVVM::NVVMDialect"];
}

def EmulateKernels : Pass<"bptt-emulate-kernels", "::mlir::ModuleOp"> {
  let summary = "Run GPU kernels on the CPU, thread by thread";
  let description = [{
    Every outlined kernel becomes a function of its arguments, its block and its thread, and every launch a call of
    `bptt_emulated_launch` (bptt/Runtime/EmulatedLaunch.h), which runs all threads of all blocks, from barrier to barrier. For
    tests: what is executed is what a GPU would execute, index for index.

    The threads of a warp meet where they exchange registers: `gpu.shuffle xor` of 32 bits, `nvgpu.ldmatrix` and `nvvm.mma.sync`
    (m16n8k16 of bf16 or f16, m16n8k8 of TF32) move every element as the chip does. How its tensor cores round while they add is
    not documented and not emulated. An `nvgpu.device_async_copy` is made at once in one launch, and as late as its wait allows in the next.

    Of sm_90a: barriers in shared memory (`nvvm.mbarrier`) with their phases; copies of boxes by tensor maps, with the swizzle
    and with zeros outside of the matrix, at once or late as above; `nvvm.wgmma.mma_async` of bf16 and f16, which finds its factors in
    shared memory through their descriptors, and notices if they change before it is waited for; and `nvvm.barrier` of some threads.

    Assumes kernels of one region block whose blocks of threads have one dimension, as -bptt-form-kernels makes them. Fails on an
    operation of the gpu, nvgpu or nvvm dialects that it does not know.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::vector::VectorDialect", "::mlir::LLVM::LLVMDialect"];
}

def BindStream : Pass<"bptt-bind-stream", "::mlir::ModuleOp"> {
  let summary = "Launch every kernel on a stream that the caller passes";
  let description = [{
    Every function that launches a kernel, itself or through a call, gets a new last argument, the stream, and passes it on. Each
    launch moves into a function of its own, so that the array of its arguments, which upstream's translation allocates on
    the stack, is gone when it returns, and a sweep of any length needs no more stack than one step.

    ```mlir
    // before
    llvm.func @f(%p: !llvm.ptr) { gpu.launch_func @kernels::@k blocks in ... args(%p : !llvm.ptr) ... }
    // after
    llvm.func @f(%p: !llvm.ptr, %stream: !llvm.ptr) { llvm.call @launch_k(%p, %stream) ... }
    llvm.func internal @launch_k(%p: !llvm.ptr, %stream: !llvm.ptr) {
      gpu.launch_func <%stream : !llvm.ptr> @kernels::@k blocks in ... args(%p : !llvm.ptr) ... }
    ```

    Assumes functions of the LLVM dialect.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif
