//===- Passes.td - Lowering towards a target ---------------*- tablegen -*-===//

#ifndef BPTT_CONVERSION_PASSES_TD
#define BPTT_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ExpandMath : Pass<"bptt-expand-math"> {
  let summary = "Replace transcendental functions of f32 by polynomials";
  let description = [{
    Upstream's rational and polynomial approximations (`populateMathPolynomialApproximationPatterns`), which
    LLVM's vectoriser turns into vector code; without them every `tanh` is a call of libm. f64 is left alone.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::vector::VectorDialect"];
}

def CopyToLinalg : Pass<"bptt-copy-to-linalg"> {
  let summary = "Turn strided copies into linalg";
  let description = [{
    A `memref.copy` of contiguous memory becomes one `memcpy` intrinsic further down; any other would become a call
    of a runtime function. It is rewritten to `linalg.copy`, which the later passes turn into loops.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

def VectorizeContractions : Pass<"bptt-vectorize-contractions"> {
  let summary = "Turn linalg contractions on memrefs into register-tiled vector loops";
  let description = [{
    Rewrites every `linalg` operation on memrefs that computes `out += lhs * rhs` in floats (recognised from its body and
    indexing maps: named or generic, transposed or not, batched, with a vector, with several dimensions of a kind) into loops
    around a tile of the result that stays in vector registers, with one `vector.fma` for each product. Nothing is
    allocated or packed. What lies along the lanes is decided by which loop is innermost in the operands:

    * a parallel loop, as in `z += x * W` and `dW += x^T * dz`: one operand is loaded as vectors, the other broadcast. Each element of the
      result starts from what is there and adds its products in the order of the reduction;
    * a reduction, as in `dx += dz * W^T`: both operands are loaded as vectors. Each lane sums its share in order, the lanes are summed pairwise,
      and the result is added to what is there. `W` is not transposed.

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

#endif
