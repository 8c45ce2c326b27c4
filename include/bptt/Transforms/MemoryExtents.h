//===- MemoryExtents.h - How far a program's views reach --------*- C++ -*-===//
//
// The peak of a materialised program, read off its IR alone. The functions are
// executed as far as their integers go: loops, branches and offsets, with the
// lengths and tables of one run; nothing is computed on floats, and nothing is
// known of plans. What the planner promised must be what comes out.
//
//===----------------------------------------------------------------------===//

#ifndef BPTT_TRANSFORMS_MEMORYEXTENTS_H
#define BPTT_TRANSFORMS_MEMORYEXTENTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace bptt {

/// A memref that a function is called with: its extents, and its contents, row
/// after row, if they are 32-bit integers that the program decides by.
struct MemoryArgument {
  llvm::SmallVector<int64_t> shape;
  llvm::ArrayRef<int32_t> contents = {};
};

/// For each argument of `function` the number of bytes from its beginning to
/// the end of the farthest `memref.view` of it, in this function and in those
/// it calls; 0 if there is none.
///
/// `function` is bufferized, with recurrences expanded and arenas assigned; the
/// arguments are all memrefs. Fails with a diagnostic at the operation on one
/// that allocates, on a view that begins before its buffer, and on a loop,
/// branch or view that depends on numbers which are not known.
llvm::FailureOr<llvm::SmallVector<int64_t>>
measureExtents(mlir::func::FuncOp function,
               llvm::ArrayRef<MemoryArgument> arguments);

} // namespace bptt

#endif
