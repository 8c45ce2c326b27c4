//===- NestedForwards.h - Recurrences inside the steps of others -*- C++ -*-==//

#ifndef BPTT_LIB_TRANSFORMS_NESTEDFORWARDS_H
#define BPTT_LIB_TRANSFORMS_NESTEDFORWARDS_H

#include "bptt/Dialect/BPTT/IR/BPTTDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/SetVector.h"

namespace bptt {

/// The recurrences with two sweeps inside the steps of a function's
/// recurrences, at any depth, by number: innermost first, and always the same
/// for a module and its clones, bufferized or not.
struct NestedForwards {
  /// Numbers of the ones that stand in a recurrence's own cells.
  using Children = llvm::SetVector<unsigned>;
  struct Entry {
    ForwardOp forward;
    Children children;
  };
  llvm::SmallVector<Entry> all;
  /// Of the function's own recurrences with two sweeps, in order. What stands
  /// in the cells of its scans is among `all` only.
  llvm::SmallVector<Children> ofTopLevel;

  bool empty() const { return all.empty(); }
  unsigned numberOf(ForwardOp forward) const;
};

NestedForwards collectNestedForwards(mlir::func::FuncOp function);

/// The first sweeps of `function` itself, in order.
llvm::SmallVector<FirstSweepOpInterface>
getFirstSweeps(mlir::func::FuncOp function);

} // namespace bptt

#endif
