//===- KernelScheduler.h - Which operations share a kernel ------*- C++ -*-===//

#ifndef BPTT_LIB_CONVERSION_GPU_KERNELSCHEDULER_H
#define BPTT_LIB_CONVERSION_GPU_KERNELSCHEDULER_H

#include "KernelNode.h"

namespace bptt {

/// A kernel to be, of one product or reduction or of several pointwise nodes.
struct Kernel {
  KernelKind kind;
  std::vector<KernelNode> nodes;
  /// If not empty: kernels that a block does one after the other, row by row;
  /// their nodes are in `nodes` too.
  std::vector<Kernel> parts;

  /// The rows that all nodes have.
  std::optional<int64_t> countRows() const;

  /// What a block's threads share sums with, if they do.
  std::optional<int64_t> countThreads() const;

  bool conflictsWith(const Kernel &other) const;

  /// Has each block do `next` afterwards.
  void append(Kernel next);
};

/// Decides which operations of a stretch of straight-line code share a kernel.
class KernelScheduler {
public:
  void add(KernelNode node);

  /// Has a block do one after the other what it alone needs: a softmax, say.
  void gatherRows();

  /// The kernels, those together that have to wait for as many others: they may
  /// run side by side.
  llvm::SmallVector<llvm::SmallVector<const Kernel *>> getLevels() const;

private:
  KernelNode *findLast(llvm::ArrayRef<MemoryAccess> accesses);
  bool canMoveDown(const KernelNode &first);
  void erase(const KernelNode *node);
  void foldStart(KernelNode &node);
  void foldProduct(KernelNode &node);

  std::vector<Kernel> kernels;
};

} // namespace bptt

#endif
